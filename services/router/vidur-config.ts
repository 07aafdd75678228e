import * as z from 'zod';
import { VidurSeed } from '../../protocol/scenario/requests.ts';

const Tokens = z.int().positive();
const Ratio = z.number().positive();
const File = z.string().min(1);

/** Vidur's request interval generators. */
export const VidurIntervals = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('poisson'), qps: Ratio }),
	z.strictObject({ type: z.literal('gamma'), qps: Ratio, cv: Ratio }),
	z.strictObject({ type: z.literal('static') }),
	z.strictObject({
		type: z.literal('trace'),
		path: File,
		/** Rows strictly between these times count, such as 1970-01-04 12:00:00. */
		startTime: z.string(),
		endTime: z.string(),
		timeScale: Ratio,
	}),
]);
export type VidurIntervals = z.infer<typeof VidurIntervals>;

/** Vidur's request length generators. */
export const VidurLengths = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('fixed'), prefillTokens: Tokens, decodeTokens: Tokens }),
	z.strictObject({
		type: z.literal('uniform'),
		minTokens: Tokens,
		maxTokens: Tokens,
		prefillToDecodeRatio: Ratio,
	}),
	z.strictObject({
		type: z.literal('zipf'),
		minTokens: Tokens,
		maxTokens: Tokens,
		theta: Ratio.refine((theta) => theta !== 1, {
			error: 'must not be 1: Vidur divides by 1 - theta',
		}),
		prefillToDecodeRatio: Ratio,
		seed: VidurSeed,
	}),
	z.strictObject({
		type: z.literal('trace'),
		path: File,
		prefillScale: Ratio,
		decodeScale: Ratio,
		maxTokens: Tokens,
		seed: VidurSeed,
	}),
]);
export type VidurLengths = z.infer<typeof VidurLengths>;

export const VidurSynthetic = z.strictObject({
	type: z.literal('synthetic'),
	seed: VidurSeed,
	/** Wins over `numRequests`, as in Vidur. Both null: until a trace of intervals ends. */
	durationS: z.number().positive().nullable(),
	numRequests: z.int().nonnegative().nullable(),
	intervals: VidurIntervals,
	lengths: VidurLengths,
});
export type VidurSynthetic = z.infer<typeof VidurSynthetic>;

export const VidurReplay = z.strictObject({
	type: z.literal('trace_replay'),
	path: File,
	prefillScale: Ratio,
	decodeScale: Ratio,
	timeScale: Ratio,
	maxTokens: Tokens,
});
export type VidurReplay = z.infer<typeof VidurReplay>;

/** A request generator of Vidur with all that its flags say. */
export const VidurRequestsConfig = z.discriminatedUnion('type', [VidurSynthetic, VidurReplay]);
export type VidurRequestsConfig = z.infer<typeof VidurRequestsConfig>;
