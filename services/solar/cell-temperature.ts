/** How a module is mounted, for the SAPM thermal model. */
export interface Rack {
	readonly a: number;
	readonly b: number;
	/** Cell above module back at 1000 W/m2, K. */
	readonly deltaTK: number;
}

/** King, Boyson and Kratochvill, Photovoltaic array performance model, SAND2004-3535, table 1. */
export const RACKS = {
	'open-rack-glass-glass': { a: -3.47, b: -0.0594, deltaTK: 3 },
	'open-rack-glass-polymer': { a: -3.56, b: -0.075, deltaTK: 3 },
	'close-mount-glass-glass': { a: -2.98, b: -0.0471, deltaTK: 1 },
	'insulated-back-glass-polymer': { a: -2.81, b: -0.0455, deltaTK: 0 },
} as const satisfies Record<string, Rack>;

/** Which model makes the cells warm, and its coefficients. */
export type TemperatureModel =
	| { readonly type: 'sapm'; readonly rack: keyof typeof RACKS }
	| ({ readonly type: 'faiman' } & FaimanLoss)
	| ({ readonly type: 'pvsyst' } & PvsystLoss)
	| ({ readonly type: 'noct' } & NoctRating);

/** Heat lost per K between module and air: `u0` W/(m2 K), `u1` W s/(m3 K) with the wind. */
interface FaimanLoss {
	readonly u0: number;
	readonly u1: number;
}

/** As Faiman's, with the light that the module takes in and what of it becomes electricity. */
interface PvsystLoss extends FaimanLoss {
	readonly absorption: number;
	readonly efficiency: number;
}

/** What a data sheet says: cell temperature at 800 W/m2, 20 degC and 1 m/s, and efficiency. */
interface NoctRating {
	readonly noctC: number;
	readonly efficiency: number;
}

/**
 * Cell temperature, degC.
 *
 * @param poaWm2 light on the module
 * @param windMs wind at 10 m
 */
export function cellTemperatureC(
	model: TemperatureModel,
	poaWm2: number,
	airC: number,
	windMs: number,
): number {
	switch (model.type) {
		case 'sapm':
			return sapmCellC(poaWm2, airC, windMs, RACKS[model.rack]);
		case 'faiman':
			return faimanC(poaWm2, airC, windMs, model);
		case 'pvsyst':
			return (
				airC + (poaWm2 * model.absorption * (1 - model.efficiency)) / (model.u0 + model.u1 * windMs)
			);
		case 'noct':
			return noctC(poaWm2, airC, windMs, model);
	}
}

/**
 * Cell temperature, degC, by the Sandia model (SAND2004-3535, equations 11 and 12).
 *
 * @param poaWm2 light on the module
 * @param windMs wind at 10 m
 */
export function sapmCellC(
	poaWm2: number,
	airC: number,
	windMs: number,
	rack: Rack = RACKS['open-rack-glass-glass'],
): number {
	const moduleC = poaWm2 * Math.exp(rack.a + rack.b * windMs) + airC;
	return moduleC + (poaWm2 / 1000) * rack.deltaTK;
}

/**
 * Module temperature, degC. Faiman, Assessing the outdoor operating temperature of photovoltaic modules,
 * Progress in Photovoltaics 16, 2008.
 */
export function faimanC(
	poaWm2: number,
	airC: number,
	windMs: number,
	loss: FaimanLoss = { u0: 25, u1: 6.84 },
): number {
	return airC + poaWm2 / (loss.u0 + loss.u1 * windMs);
}

/** Of the light, what the cells take in behind their glass. */
const NOCT_ABSORPTION = 0.9;
/** Wind at a module near the ground over that at 10 m. */
const NOCT_WIND_PART = 0.51;

/**
 * Cell temperature from the nominal operating one. Gilman, SAM photovoltaic model technical reference,
 * NREL/TP-6A20-64102, 2015, section 9.1 (Duffie and Beckman), for modules on an open rack near the ground.
 */
function noctC(poaWm2: number, airC: number, windMs: number, rating: NoctRating): number {
	const still = (poaWm2 / 800) * (rating.noctC - 20);
	const heat = 1 - rating.efficiency / NOCT_ABSORPTION;
	return airC + still * heat * (9.5 / (5.7 + 3.8 * NOCT_WIND_PART * windMs));
}
