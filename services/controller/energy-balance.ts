import { SimulationError } from '../../protocol/errors.ts';
import { agrees } from '../../protocol/rounding.ts';

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

/** Terms of 0 W each, to be added to. */
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

/**
 * Asserts production + generators + import + discharge + unserved = load + export + charge + curtailed, up to
 * the rounding of its terms.
 *
 * @throws SimulationError with every term
 */
export function assertBalanced(terms: Readonly<PowerTerms>, actor: string, timeUs: number): void {
	const { generatorW, unservedW } = terms;
	const inW = terms.productionW + generatorW + terms.importW + terms.dischargeW + unservedW;
	const outW = terms.loadW + terms.exportW + terms.chargeW + terms.curtailedW;
	if (agrees(inW, outW, Math.max(inW, outW))) return;
	throw new SimulationError(
		`Cannot balance the books of "${actor}": production ${terms.productionW} + generators ${generatorW} + ` +
			`import ${terms.importW} + discharge ${terms.dischargeW} + unserved ${unservedW} = ${inW} W, but load ${terms.loadW} + export ${terms.exportW} + ` +
			`charge ${terms.chargeW} + curtailed ${terms.curtailedW} = ${outW} W`,
		{ actor, timeUs },
	);
}
