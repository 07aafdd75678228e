import * as z from 'zod';

/** Requests that came from outside, a JSON object a line, in the order of time; only there where a run was asked. */
export const ARRIVALS_FILE = 'arrivals.jsonl';

const Tokens = z.int().positive();

/** A request as it came. What it says is not kept, but how long it is and, where prompts share a cache, names of its pieces. */
export const LoggedArrival = z.strictObject({
	/** Counted from 0. */
	arrival: z.int().nonnegative(),
	/** Simulated time, in microseconds since the start of the run; each is later than the one before. */
	atUs: z.int().nonnegative(),
	/** Place of its model in the configuration. */
	model: z.int().nonnegative(),
	promptTokens: Tokens,
	/** What it gets. */
	answerTokens: Tokens,
	/** Names and tokens in turns, from the first token of the prompt on; also of the answer, which a later prompt may repeat. */
	pieces: z.array(z.int().nonnegative()),
});
export type LoggedArrival = z.infer<typeof LoggedArrival>;
