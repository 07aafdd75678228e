import type { Overlong } from '../../protocol/scenario/requests.ts';
import { clipLengths } from './request-lengths.ts';
import type { TraceRequest } from './trace-request.ts';

/** What a check found in the rows that the run uses. */
export interface TraceCheck {
	readonly rows: number;
	/** Rows without prompt or answer tokens. */
	readonly zeros: number;
	/** Rows whose tokens are no whole numbers as the file has them, and are truncated. */
	readonly fractions: number;
	/** Rows over the limit, and the first of them: its line, prompt and answer. */
	readonly overlong: number;
	readonly firstOverlong: readonly [line: number, prefill: number, decode: number] | null;
	/** Rows that can never be served, and the line of the first with the reason. */
	readonly rejected: number;
	readonly firstRejected: readonly [line: number, reason: string] | null;
	/** Rows after those that are used; NaN if nobody asked. */
	readonly unused: number;
}

/** What of a trace is used. */
export interface TraceLimits {
	readonly untilS: number;
	readonly maxRows: number;
	/** Longest prompt and output together; Infinity for no limit. */
	readonly maxTokens: number;
	/** What becomes of longer rows. */
	readonly overlong: Overlong;
	/** Whether the rows after those are counted, which reads the whole file. */
	readonly countsUnused?: boolean;
	/** Why a request could never be served; null if it can be. */
	readonly rejects?: (prefillTokens: number, decodeTokens: number) => string | null;
}

type LengthLimits = Pick<TraceLimits, 'maxTokens' | 'overlong' | 'rejects'>;
/** The same while rows are read. */
export type Found = { -readonly [Key in keyof TraceCheck]: TraceCheck[Key] };

export const NOTHING_FOUND: TraceCheck = {
	...{ rows: 0, zeros: 0, fractions: 0, overlong: 0, firstOverlong: null },
	...{ rejected: 0, firstRejected: null, unused: Number.NaN },
};

/** Notes what is particular about the lengths of a row; whether it is sent. */
export function checkRow(
	found: Found,
	{ maxTokens, overlong, rejects }: LengthLimits,
	{ line, request }: { readonly line: number; readonly request: TraceRequest },
): boolean {
	const { prefillTokens, decodeTokens, askedPrefill, askedDecode, isLeftOut } = request;
	if (askedPrefill === 0 || askedDecode === 0) found.zeros += 1;
	if (request.isFraction) found.fractions += 1;
	const isLong = prefillTokens + decodeTokens > maxTokens;
	if (isLong) {
		found.overlong += 1;
		found.firstOverlong ??= [line, askedPrefill, askedDecode];
	}
	if (isLeftOut || (isLong && overlong === 'drop')) return false;
	if (rejects === undefined || (isLong && overlong === 'refuse')) return true;
	const sent = clipLengths({ prefillTokens, decodeTokens }, maxTokens);
	const reason = rejects(sent.prefillTokens, sent.decodeTokens);
	if (reason === null) return true;
	found.rejected += 1;
	found.firstRejected ??= [line, reason];
	return true;
}
