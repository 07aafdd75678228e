import * as z from 'zod';
import { METRICS } from '../../results/compare/metrics.ts';
import { LATENCIES } from '../capacity/slo.ts';

/**
 * What jobs come to, by their kind: results of workers elsewhere are taken only if they look like this. They end in
 * tables and files, so their names are those that this program knows or plain words.
 */

/** JSON has null where a figure does not exist. */
const Figure = z.number().nullable();
const MetricName = z
	.string()
	.max(500)
	.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u);
const known: ReadonlySet<string> = new Set(METRICS.map(({ name }) => name));

const RunResult = z.record(
	z.string().refine((name) => known.has(name), { error: 'no metric of a run' }),
	z.number(),
);

const RepeatResult = z.array(
	z.strictObject({ metric: MetricName, value: z.number(), unit: z.string().max(40) }),
);

const ExperimentResult = z.strictObject({
	powerW: Figure,
	timeS: Figure,
	mfuPercent: Figure,
	batchMean: Figure,
	batchStd: Figure,
	completed: Figure,
});

const Distribution = z.record(z.string().regex(/^(p\d{1,2}(\.\d+)?|mean|max)$/), Figure);

const TrialResult = z.strictObject({
	qps: Figure,
	requests: z.number(),
	measured: z.number(),
	spanS: Figure,
	keptUp: Figure,
	throughputPerS: z.number(),
	latencies: z.strictObject(
		Object.fromEntries(LATENCIES.map((name) => [name, Distribution] as const)),
	),
	usage: z.strictObject({ gpuPowerW: Figure, mfu: Figure, busy: Figure }),
	prefillTokens: Figure,
	decodeTokens: Figure,
	restarts: Figure,
});

export const JOB_RESULTS: Readonly<Record<string, z.ZodType>> = {
	run: RunResult,
	repeat: RepeatResult,
	experiment: ExperimentResult,
	trial: TrialResult,
};
