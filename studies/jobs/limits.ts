/** What a study and its workers both go by. */

/** After so many workers a job is done by the study itself, or fails. */
export const TRIES = 3;
/** A taker says so many times within the silence that ends its hold that it is at work. */
export const WORDS_PER_SILENCE = 10;
/** What nobody has fetched for so long is dropped: its study is gone. */
const RESULTS_KEEP_MS = 7 * 24 * 3_600_000;
/** Of what workers call themselves, and why they give a job back. */
export const WORD_LENGTH_MAX = 300;
/** Until something is tried again that the server could not do. */
export const RETRY_MS = 500;
/** A server that went away, or cannot do what it is asked, is waited for so long. */
export const SERVER_BACK_MS = 300_000;
/** How long one waits for a job before looking around. */
export const TAKE_MS = 1_000;

/** How both open the store of results. */
export const RESULTS = { create: true, maxBytes: null, keepMs: RESULTS_KEEP_MS };
