import type { ErrorSummary } from './errors.ts';
import type { Judged } from './limits.ts';
import type { FamilyResult } from './run-truth.ts';
import { QUANTITIES, type Quantity, type TruthResult } from './truth-case.ts';

/** What tables, pages and documents say of results, in the same words. */

/** `4.2 %`. */
export function percent(part: number): string {
	return `${(100 * part).toFixed(1)} %`;
}

/** `+4.2 %`. */
export function signedPercent(part: number): string {
	const text = percent(part);
	return part >= 0 ? `+${text}` : text;
}

/** `TTFT, p90`. */
export function quantityText(quantity: Quantity): string {
	return QUANTITIES[quantity].text;
}

/** Columns of the errors of a family. */
export const ERROR_HEAD = [
	...['group', 'quantity', 'runs', 'mean', 'median', 'p90', 'largest', 'bias'],
] as const;

/** A row of it. */
export function errorCells(one: ErrorSummary): string[] {
	return [
		one.group,
		quantityText(one.quantity),
		String(one.count),
		...[one.mean, one.median, one.p90, one.max].map(percent),
		signedPercent(one.bias),
	];
}

/** Columns of the limits. */
export const LIMIT_HEAD = ['group', 'quantity', 'error', 'is', 'at most', 'meant', ''] as const;

/** A row of them. */
export function limitCells(one: Judged): string[] {
	return [
		one.group,
		quantityText(one.quantity),
		one.statistic === 'max' ? 'largest' : one.statistic,
		percent(one.error),
		percent(one.limit),
		percent(one.goal ?? one.limit),
		one.isHeld ? (one.isReached ? 'reached' : 'held') : 'EXCEEDED',
	];
}

/** Why cases were not simulated, each reason with how many. */
export function refusalsOf(results: readonly TruthResult[]): string[] {
	const counts = new Map<string, number>();
	for (const { refusal } of results)
		if (refusal !== null) counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
	return [...counts].map(([reason, count]) => `${count} of ${results.length} not run: ${reason}`);
}

/** What is said below the title of a family. */
export function aboutFamily({ family }: FamilyResult): readonly (readonly [string, string])[] {
	return [
		['Source', family.source],
		['Workload', family.workload],
		['Fitted to it', family.fitted],
		['Held out', family.heldOut],
	];
}

/** Of a family whose figures are not on this machine. */
export const NOT_HERE = 'its figures are not on this machine: give their folder by --data';
