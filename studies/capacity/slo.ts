import * as z from 'zod';

/** Quantiles and the like by name: p50, p90, p99.9, mean, max. NaN where nothing was measured. */
export type Distribution = Readonly<Record<string, number>>;

/** Names of statistics, in a limit or a distribution. */
const Statistic = z.string().regex(/^(p\d{1,2}(\.\d+)?|mean|max)$/, {
	error: 'must be mean, max or a quantile such as p50, p99 or p99.9',
});

const Limits = z.record(Statistic, z.number().positive({ error: 'must be above 0 s' }));

/** Service level objectives: the most that each statistic may be, in seconds. All must hold. */
export const Slo = z.strictObject({
	schedulingDelayS: Limits.optional(),
	ttftS: Limits.optional(),
	tbtS: Limits.optional(),
	tpotS: Limits.optional(),
	e2eS: Limits.optional(),
});
export type Slo = z.infer<typeof Slo>;

/** What is measured of requests and tokens, in seconds. */
export const LATENCIES = Slo.keyof().options;
export type LatencyName = keyof Slo;

/** One limit of them. */
export interface Objective {
	readonly latency: LatencyName;
	readonly statistic: string;
	readonly limitS: number;
}

/** The limits one by one, in the order of LATENCIES. */
export function objectivesOf(slo: Slo): Objective[] {
	return LATENCIES.flatMap((latency) =>
		Object.entries(slo[latency] ?? {}).map(([statistic, limitS]) => ({
			latency,
			statistic,
			limitS,
		})),
	);
}

/** The fraction that a quantile's name stands for; null for mean and max. */
export function levelOf(statistic: string): number | null {
	return statistic.startsWith('p') ? Number(statistic.slice(1)) / 100 : null;
}

/** `ttftS.p90 <= 2`, the way objectives are written. */
export function objectiveText({ latency, statistic, limitS }: Objective): string {
	return `${latency}.${statistic} <= ${limitS}`;
}

/** `ttftS.p90`, also the name of its column. */
export function objectiveName({ latency, statistic }: Omit<Objective, 'limitS'>): string {
	return `${latency}.${statistic}`;
}
