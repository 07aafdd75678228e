/**
 * How a time is known: `measured` for this very shape, `interpolated` between measured shapes, `modelled` by a law beyond them
 * (profiling-data/README.md).
 */
export type Evidence = 'measured' | 'interpolated' | 'modelled';

const ORDER: readonly Evidence[] = ['measured', 'interpolated', 'modelled'];

/** The weakest of several. */
export function weakestOf(evidence: readonly Evidence[]): Evidence {
	return ORDER[Math.max(0, ...evidence.map((one) => ORDER.indexOf(one)))] as Evidence;
}

/** Times of a kernel over one size, with what they rest on. */
export interface PricedCurve {
	/** Time at a size from 1 on, ms. */
	readonly ms: (size: number) => number;
	readonly evidence: Evidence;
	/** Where from, and by which law where one was needed. */
	readonly source: string;
}
