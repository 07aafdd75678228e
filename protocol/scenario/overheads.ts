import * as z from 'zod';

/** Neutral values of what serving takes beside the kernels. */
export const NO_OVERHEADS = {
	apiMs: 0,
	tokenizeUsPerToken: 0,
	stepMs: 0,
	samplingNs: 0,
	kernelScale: 1,
} as const;

/** A key that a calibration fills in. */
function calibrated(value: z.ZodNumber, key: keyof typeof NO_OVERHEADS, meaning: string) {
	return value
		.nullable()
		.default(null)
		.describe(`${meaning}; null: of the calibration, else ${NO_OVERHEADS[key]}`);
}

const amount = z.number().nonnegative();

/** What serving takes beside the kernels, neutral each unless somebody has measured it. */
export const Overheads = z.strictObject({
	apiMs: calibrated(
		amount.max(600_000),
		'apiMs',
		'From a request’s arrival to the scheduler, ms: HTTP, template, processes between; part of its TTFT and e2e',
	),
	tokenizeUsPerToken: calibrated(
		amount.max(100_000),
		'tokenizeUsPerToken',
		'The same for each token of its prompt, us: the tokeniser',
	),
	stepMs: calibrated(
		amount.max(60_000),
		'stepMs',
		'Of each batch on each pipeline stage beside its operators, ms: what the engine does between two of them',
	),
	samplingNs: calibrated(
		amount.max(1e6),
		'samplingNs',
		'Of sampling a token, for each entry of the vocabulary, ns',
	),
	kernelScale: calibrated(
		z.number().positive().max(1000),
		'kernelScale',
		'Factor on the times of the profile',
	),
});
export type Overheads = z.infer<typeof Overheads>;
