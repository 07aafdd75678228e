/** How a module is mounted, for the SAPM thermal model. */
export interface Mounting {
	readonly a: number;
	readonly b: number;
	/** Cell above module back at 1000 W/m2, K. */
	readonly deltaTK: number;
}

/** King, Boyson and Kratochvill, Photovoltaic array performance model, SAND2004-3535, table 1. */
export const MOUNTINGS = {
	openRackGlassGlass: { a: -3.47, b: -0.0594, deltaTK: 3 },
	openRackGlassPolymer: { a: -3.56, b: -0.075, deltaTK: 3 },
	closeMountGlassGlass: { a: -2.98, b: -0.0471, deltaTK: 1 },
	insulatedBackGlassPolymer: { a: -2.81, b: -0.0455, deltaTK: 0 },
} as const satisfies Record<string, Mounting>;

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
	mounting: Mounting = MOUNTINGS.openRackGlassGlass,
): number {
	const moduleC = poaWm2 * Math.exp(mounting.a + mounting.b * windMs) + airC;
	return moduleC + (poaWm2 / 1000) * mounting.deltaTK;
}

/**
 * Module temperature, degC. Faiman, Assessing the outdoor operating temperature of photovoltaic modules,
 * Progress in Photovoltaics 16, 2008.
 *
 * @param loss heat loss: u0 in W/(m2 K), u1 in W s/(m3 K)
 */
export function faimanC(
	poaWm2: number,
	airC: number,
	windMs: number,
	loss: { readonly u0: number; readonly u1: number } = { u0: 25, u1: 6.84 },
): number {
	return airC + poaWm2 / (loss.u0 + loss.u1 * windMs);
}
