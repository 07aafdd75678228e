import { SimulationError } from '../../protocol/errors.ts';

/** Average powers of one step in W, all at least 0. Over a step of equal length they balance as energies do. */
export interface PowerTerms {
	productionW: number;
	generatorW: number;
	importW: number;
	dischargeW: number;
	/** Load that was not served. */
	unservedW: number;
	loadW: number;
	exportW: number;
	chargeW: number;
	curtailedW: number;
}

export function emptyTerms(): PowerTerms {
	return {
		productionW: 0,
		generatorW: 0,
		importW: 0,
		dischargeW: 0,
		unservedW: 0,
		loadW: 0,
		exportW: 0,
		chargeW: 0,
		curtailedW: 0,
	};
}

/** Rounding of sums over some thousand members stays well below this. */
export const BALANCE_TOLERANCE = 1e-9;

/** A load below this may drown in the rounding of a generator that was lowered to it. */
const LEAST_W = 1e-3;

/**
 * Asserts production + generators + import + discharge + unserved = load + export + charge + curtailed, to 1e-9
 * of the larger side.
 *
 * @throws SimulationError with every term
 */
export function assertBalanced(terms: Readonly<PowerTerms>, actor: string, timeUs: number): void {
	const { generatorW, unservedW } = terms;
	const inW = terms.productionW + generatorW + terms.importW + terms.dischargeW + unservedW;
	const outW = terms.loadW + terms.exportW + terms.chargeW + terms.curtailedW;
	if (Math.abs(inW - outW) <= BALANCE_TOLERANCE * Math.max(inW, outW, LEAST_W)) return;
	throw new SimulationError(
		`Cannot balance the books of "${actor}": production ${terms.productionW} + generators ${generatorW} + ` +
			`import ${terms.importW} + discharge ${terms.dischargeW} + unserved ${unservedW} = ${inW} W, but load ${terms.loadW} + export ${terms.exportW} + ` +
			`charge ${terms.chargeW} + curtailed ${terms.curtailedW} = ${outW} W`,
		{ actor, timeUs },
	);
}
