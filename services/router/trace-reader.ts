import { type FileCursor, LineFile } from '../../feeds/signal/load.ts';
import type { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { Note } from '../../protocol/remark.ts';
import type { TimeUnit, TraceColumns } from '../../protocol/scenario/request-files.ts';
import type { ZeroTokens } from '../../protocol/scenario/requests.ts';
import {
	checkRow,
	type Found,
	NOTHING_FOUND,
	type TraceCheck,
	type TraceLimits,
} from './trace-check.ts';
import { documentLines, isDocument } from './trace-document.ts';
import { formatNotes, wrongBlocks } from './trace-findings.ts';
import { type TraceFormat, type TraceRow, traceFormat } from './trace-format.ts';
import type { TraceRequest } from './trace-request.ts';
import { parseInstant } from './trace-time.ts';

/** How a trace is read. */
export interface TraceOptions {
	readonly path: string;
	/** The time in the file that is the start of the run, `first` for its first row; null: 0, or the first row where dates are given. */
	readonly anchor: string | null;
	/** Factor on the times after the anchor: 0.5 makes requests arrive twice as fast. */
	readonly timeScale: number;
	readonly prefillScale: number;
	readonly decodeScale: number;
	/** What becomes of rows whose prompt or answer has no tokens. */
	readonly zeroTokens: ZeroTokens;
	/** Names of the quantities; left out: as the format has them. */
	readonly columns?: TraceColumns;
	/** Of times that are numbers; null or left out: as name or format say, else seconds. */
	readonly timeUnit?: TimeUnit | null;
	/** Tokens of the blocks that the rows name, which must fit the prompts; null or left out: nobody uses them. */
	readonly hashTokens?: number | null;
}

/** No trace counts its seconds from 0 up to here, three years: these are seconds since 1970. */
const EPOCH_LIKE_S = 1e8;

/** Seconds since 1970 are fewer for the next thousand years: these are milliseconds or less. */
const EPOCH_MS_LIKE_S = 4e10;

const NO_COLUMNS: TraceColumns = { arrival: null, prompt: null, output: null, session: null };

/** Tokens of a row, truncated; what scaling makes less than 1 is 1, and only a row without tokens has 0. */
function scaled(tokens: number, factor: number): number {
	return tokens < 1 ? 0 : Math.max(1, Math.trunc(tokens * factor));
}

/** Which part of a trace is used; the text is for errors. */
const PURPOSES = {
	requests: { arrival: true, lengths: true, text: 'replay requests from' },
	arrivals: { arrival: true, lengths: false, text: 'take arrivals from' },
	lengths: { arrival: false, lengths: true, text: 'take lengths from' },
} as const;

/**
 * Reads a trace row by row: CSV, JSON lines or a benchmark's JSON, with the names of those who publish such (trace-names.ts) or those
 * that the options give. Token counts are scaled, truncated, and at least 1, as Vidur has them; what becomes of rows without
 * tokens is `zeroTokens`.
 *
 * @throws ConfigError if the file cannot be read or lacks a column, also later for a row that is no request
 */
export class TraceReader {
	readonly request: TraceRequest = {
		arrivedAtS: 0,
		prefillTokens: 1,
		decodeTokens: 1,
		askedPrefill: 1,
		askedDecode: 1,
		isLeftOut: false,
		isFraction: false,
		hashIds: null,
		session: null,
	};
	readonly #options: TraceOptions;
	readonly #file: LineFile;
	readonly #format: TraceFormat;
	readonly #hasLengths: boolean;
	readonly #first: FileCursor = { offset: 0, line: 0 };
	readonly #row: TraceRow = {
		wholeS: 0,
		partS: 0,
		isDated: false,
		prefillTokens: 0,
		decodeTokens: 0,
		hashIds: null,
		session: null,
	};
	#originS = 0;
	#originPartS = 0;

	constructor(
		options: TraceOptions,
		purpose: keyof typeof PURPOSES = 'requests',
		column: string | null = null,
	) {
		this.#options = options;
		const { arrival, lengths, text } = PURPOSES[purpose];
		const { path, timeUnit = null } = options;
		const columns = options.columns ?? { ...NO_COLUMNS, arrival: column };
		let file = new LineFile(path, text);
		const readFirst = () => file.next({ offset: 0, line: 0 }) ?? '';
		if (isDocument(readFirst())) file = new LineFile(path, text, documentLines);
		const format = traceFormat(readFirst(), { arrival, lengths, columns, timeUnit });
		this.#file = file;
		if (typeof format === 'string') throw this.#file.refuse(format);
		this.#format = format;
		this.#hasLengths = lengths;
		if (format.hasHeader) this.#file.next(this.#first);
		if (arrival) this.#findOrigin();
	}

	/** The cursor before the first row at or after the anchor. */
	start(): FileCursor {
		return { ...this.#first };
	}

	/** Reads the row at the cursor into `request` and moves on; false at the end of the file. */
	read(cursor: FileCursor): boolean {
		if (!this.#readRow(cursor)) return false;
		const { request } = this;
		const { timeScale, prefillScale, decodeScale } = this.#options;
		const row = this.#row;
		request.arrivedAtS = (row.wholeS - this.#originS + (row.partS - this.#originPartS)) * timeScale;
		request.askedPrefill = scaled(row.prefillTokens, prefillScale);
		request.askedDecode = scaled(row.decodeTokens, decodeScale);
		request.isFraction = row.prefillTokens % 1 !== 0 || row.decodeTokens % 1 !== 0;
		const isEmpty = this.#hasLengths && (request.askedPrefill === 0 || request.askedDecode === 0);
		if (isEmpty && this.#options.zeroTokens === 'refuse') throw this.#refuseZero(cursor.line);
		request.isLeftOut = isEmpty && this.#options.zeroTokens === 'drop';
		request.prefillTokens = request.isLeftOut ? 0 : Math.max(1, request.askedPrefill);
		request.decodeTokens = request.isLeftOut ? 0 : Math.max(1, request.askedDecode);
		request.hashIds = row.hashIds;
		request.session = row.session;
		const wrong = wrongBlocks(row, this.#options.hashTokens ?? null);
		if (wrong !== null) throw this.#file.refuse(`row ${cursor.line} ${wrong}`);
		return true;
	}

	/** What there is to know of the file as it is read. */
	notes(): Note[] {
		return formatNotes(this.#format.found, this.#row.isDated);
	}

	/** Tokens of the blocks that rows of the format name. */
	blockTokens(): number {
		return this.#format.found.hashTokens;
	}

	#refuseZero(line: number): ConfigError {
		const { askedPrefill } = this.request;
		return this.#file.refuse(
			`row ${line} has ${askedPrefill === 0 ? 'a prompt' : 'an answer'} of 0 tokens; give requests.zeroTokens (--zero-tokens) ` +
				'one to take it as 1, as the prefill yields one anyway, or drop to leave such rows out',
		);
	}

	/**
	 * Reads rows until there is none or one arrives at or after `untilS`, so that a bad one is found before
	 * the run.
	 *
	 * @throws ConfigError for a row that is no request, arrives before the row above it, or if there is none in the run
	 */
	check({ untilS, maxRows, countsUnused = false, ...limits }: TraceLimits): TraceCheck {
		const cursor = this.start();
		const found: Found = { ...NOTHING_FOUND };
		let beforeS = 0;
		let isPast = false;
		const { request } = this;
		let sent = 0;
		while (sent < maxRows && this.read(cursor)) {
			const { arrivedAtS } = request;
			if (arrivedAtS < beforeS)
				throw this.#file.refuse(
					`row ${cursor.line} arrives before the row above it; sort the file by its times`,
				);
			beforeS = arrivedAtS;
			if (arrivedAtS >= untilS) {
				isPast = true;
				break;
			}
			found.rows += 1;
			const row = { line: cursor.line, request };
			if (!this.#hasLengths || checkRow(found, limits, row)) sent += 1;
		}
		if (found.rows === 0 && maxRows > 0) throw this.#refuseNone(isPast ? untilS : null);
		if (countsUnused) found.unused = this.#file.count(cursor) + (isPast ? 1 : 0);
		return found;
	}

	/** Nothing of the file is in the run. */
	#refuseNone(untilS: number | null): ConfigError {
		const { anchor } = this.#options;
		if (untilS !== null) {
			const { arrivedAtS } = this.request;
			const like = arrivedAtS > EPOCH_LIKE_S ? ', which looks like a time since 1970' : '';
			const unit = arrivedAtS > EPOCH_MS_LIKE_S ? ' in another unit (timeUnit, --time-unit)' : '';
			return this.#file.refuse(
				`its first row arrives at ${arrivedAtS} s${like}${unit}, and the run ends at ${untilS} s; ` +
					'give anchor (--anchor) first to start at the first row, or a time of the file, or a longer until',
			);
		}
		return this.#file.refuse(
			anchor === null
				? `no row${this.#format.hasHeader ? ' below the header' : ''}`
				: `no row at or after the anchor "${anchor}"`,
		);
	}

	/** For a file of the rows of which some are over the limit, to be refused. */
	refuseOverlong({ overlong, firstOverlong }: TraceCheck, maxTokens: number): ConfigError {
		const [line = 0, prefill = 0, decode = 0] = firstOverlong ?? [];
		const others = overlong === 1 ? '' : `, as ${overlong - 1} more`;
		return this.#file.refuse(
			`row ${line} has ${prefill + decode} tokens (prompt ${prefill}, answer ${decode})${others}, and serving.maxTokens is ${maxTokens}; ` +
				'give a larger one (--max-tokens), or requests.overlong (--overlong) cut or drop',
		);
	}

	/**
	 * A time as rows have it (seconds, or seconds since 1970 where dates are given), from its text.
	 *
	 * @throws ConfigError if it is neither a number nor a date and time
	 */
	secondsOf(text: string): number {
		const { wholeS, partS } = this.#instantOf(text);
		return wholeS + partS;
	}

	#instantOf(text: string): { wholeS: number; partS: number } {
		const seconds = text.trim() === '' ? Number.NaN : Number(text);
		const instant = Number.isFinite(seconds)
			? { wholeS: seconds, partS: 0 }
			: parseInstant(text.trim());
		if (instant !== null) return instant;
		throw this.#file.refuse(
			`the time ${quoted(text)} is neither a number of seconds nor a time such as 2023-11-16T18:00`,
		);
	}

	#readRow(cursor: FileCursor): boolean {
		const line = this.#file.next(cursor);
		if (line === null) return false;
		const wrong = this.#format.parse(line, this.#row);
		if (wrong !== null) throw this.#file.refuse(`row ${cursor.line}: ${wrong}`);
		return true;
	}

	/** Sets time 0 and passes the rows before the anchor. */
	#findOrigin(): void {
		const { anchor } = this.#options;
		const row = this.#row;
		if (!this.#readRow({ ...this.#first })) return;
		if (row.isDated && this.#options.timeUnit)
			throw this.#file.refuse(
				`its times are dates, which have no unit: drop timeUnit (--time-unit) ${this.#options.timeUnit}`,
			);
		if (anchor === null || anchor === 'first') {
			if (!row.isDated && anchor === null) return;
			this.#originS = row.wholeS;
			this.#originPartS = row.partS;
			return;
		}
		const origin = this.#instantOf(anchor);
		this.#originS = origin.wholeS;
		this.#originPartS = origin.partS;
		for (;;) {
			const before = { ...this.#first };
			if (!this.#readRow(this.#first)) return;
			if (row.wholeS + row.partS < origin.wholeS + origin.partS) continue;
			this.#first.offset = before.offset;
			this.#first.line = before.line;
			return;
		}
	}
}
