import { quantile } from './quantile.ts';
import { QUANTITIES, type Quantity, type TruthResult } from './truth-case.ts';

/** How far the simulation of a group is off in a quantity; all but the count relative to what was measured. */
export interface ErrorSummary {
	readonly group: string;
	readonly quantity: Quantity;
	readonly count: number;
	readonly mean: number;
	readonly median: number;
	readonly p90: number;
	readonly max: number;
	/** With its sign: above 0 where the simulation has more. */
	readonly bias: number;
}

/** Simulated over measured less 1; null where one of them is missing. */
export function errorOf({ of, simulated }: TruthResult, quantity: Quantity): number | null {
	const measured = of.measured[quantity];
	const ours = simulated[quantity];
	return measured === undefined || ours === undefined || measured === 0
		? null
		: ours / measured - 1;
}

/** The errors of all groups of a family, in the order of its cases. */
export function errorsOf(results: readonly TruthResult[]): ErrorSummary[] {
	const groups = [...new Set(results.flatMap(({ of }) => of.groups))];
	const quantities = Object.keys(QUANTITIES) as Quantity[];
	return groups.flatMap((group) => {
		const own = results.filter(({ of }) => of.groups.includes(group));
		return quantities.flatMap((quantity) => {
			const errors = own.flatMap((one) => errorOf(one, quantity) ?? []);
			return errors.length === 0 ? [] : [{ group, quantity, ...summary(errors) }];
		});
	});
}

function summary(errors: readonly number[]): Omit<ErrorSummary, 'group' | 'quantity'> {
	const absolute = Float64Array.from(errors, Math.abs);
	const mean = (values: Iterable<number>) =>
		[...values].reduce((sum, value) => sum + value, 0) / errors.length;
	return {
		count: errors.length,
		mean: mean(absolute),
		median: quantile(absolute, 0.5),
		p90: quantile(absolute, 0.9),
		max: quantile(absolute, 1),
		bias: mean(errors),
	};
}
