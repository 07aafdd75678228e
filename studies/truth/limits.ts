import type { ErrorSummary } from './errors.ts';
import type { FamilyName, Quantity } from './truth-case.ts';

/** What an error may be at most, so that accuracy cannot fall in silence, and what it is meant to become. */
export interface Limit {
	readonly family: FamilyName;
	readonly group: string;
	readonly quantity: Quantity;
	readonly statistic: 'mean' | 'median' | 'max';
	/** A part of what was measured. */
	readonly limit: number;
	/** null: as the limit. */
	readonly goal: number | null;
}

/** A limit beside what it limits. */
export interface Judged extends Limit {
	readonly error: number;
	readonly isHeld: boolean;
	readonly isReached: boolean;
}

/** Which cases were run: all, the quick ones, or others, of which nothing is said. */
export type Extent = 'all' | 'quick' | 'some';

/** The limits of a family, as far as the cases that were run are those for which they hold. */
export function judge(
	family: FamilyName,
	errors: readonly ErrorSummary[],
	extent: Extent,
	limits: readonly Limit[] = extent === 'some' ? [] : LIMITS[extent],
): Judged[] {
	return limits.flatMap((one) => {
		if (one.family !== family) return [];
		const found = errors.find(
			({ group, quantity }) => group === one.group && quantity === one.quantity,
		);
		if (found === undefined) return [];
		const error = found[one.statistic];
		return [
			{ ...one, error, isHeld: error <= one.limit, isReached: error <= (one.goal ?? one.limit) },
		];
	});
}

const VIDUR = limitsOf('vidur', 'rows', [
	['powerW', 'max', 0.06, null],
	['timeS', 'max', 0.06, null],
]);

/** Of runs that are held request by request. */
const SINGLE = (
	[
		['Llama-3.1-8B', 0.06, 0.04],
		['Qwen3-30B-A3B-Instruct-2507', 0.13, 0.12],
	] as const
).flatMap(([group, latency, tpot]) =>
	limitsOf('llmservingsim', group, [
		...(['ttftP50Ms', 'ttftP90Ms', 'ttftP99Ms', 'e2eP50Ms', 'e2eP90Ms', 'e2eP99Ms'] as const).map(
			(quantity) => [quantity, 'max', latency, Math.min(latency, 0.12)] as const,
		),
		...(['tpotP50Ms', 'tpotP90Ms', 'tpotP99Ms'] as const).map(
			(quantity) => [quantity, 'max', tpot, null] as const,
		),
	]),
);

const LIMITS: Readonly<Record<Exclude<Extent, 'some'>, readonly Limit[]>> = {
	all: [
		...limitsOf('blis', 'dense', [
			['e2eMeanMs', 'mean', 0.12, 0.1],
			['e2eMeanMs', 'median', 0.07, 0.07],
			['itlMeanMs', 'mean', 0.12, 0.08],
		]),
		...limitsOf('blis', 'dense, TP > 1', [['e2eMeanMs', 'mean', 0.1, 0.1]]),
		...limitsOf('blis', 'Mixtral', [['itlMeanMs', 'mean', 0.23, 0.18]]),
		...limitsOf('mlenergy', 'H100 dense bf16', [
			['itlMedianMs', 'mean', 0.06, 0.06],
			['outputTokensPerS', 'mean', 0.06, 0.06],
			['powerW', 'mean', 0.07, 0.07],
			['energyJPerToken', 'mean', 0.09, 0.09],
		]),
		...limitsOf('mlenergy', 'H100 MoE', [['powerW', 'mean', 0.15, 0.15]]),
		...limitsOf('inferencex', 'llama-3.1-70b FP8, H100, vllm', [
			['tpotMeanMs', 'mean', 0.11, 0.08],
		]),
		...SINGLE,
		...VIDUR,
	],
	quick: [
		...limitsOf('blis', 'dense', [['e2eMeanMs', 'mean', 0.12, 0.1]]),
		...limitsOf('mlenergy', 'H100 dense bf16', [
			['itlMedianMs', 'mean', 0.1, 0.06],
			['outputTokensPerS', 'mean', 0.1, 0.06],
			['powerW', 'mean', 0.15, 0.07],
		]),
		...limitsOf('inferencex', 'llama-3.1-70b FP8, H100, vllm', [
			['tpotMeanMs', 'mean', 0.15, 0.08],
		]),
		...SINGLE,
		...VIDUR,
	],
};

function limitsOf(
	family: FamilyName,
	group: string,
	rows: readonly (readonly [Quantity, Limit['statistic'], number, number | null])[],
): Limit[] {
	return rows.map(([quantity, statistic, limit, goal]) => ({
		...{ family, group, quantity, statistic, limit, goal },
	}));
}
