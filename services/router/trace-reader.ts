import { quoted } from '../../protocol/plain-text.ts';
import { type FileCursor, LineFile } from './load.ts';
import { parseInstant, type TraceFormat, type TraceRow, traceFormat } from './trace-format.ts';

/** How a trace is read. */
export interface TraceOptions {
	readonly path: string;
	/** The time in the file that is the start of the run; null: 0, or the first row where dates are given. */
	readonly anchor: string | null;
	/** Factor on the times after the anchor: 0.5 makes requests arrive twice as fast. */
	readonly timeScale: number;
	readonly prefillScale: number;
	readonly decodeScale: number;
}

/** A request of a trace. Reused from row to row. */
export interface TraceRequest {
	/** Since the start of the run, s. */
	arrivedAtS: number;
	prefillTokens: number;
	decodeTokens: number;
	hashIds: readonly number[] | null;
}

/** Which part of a trace is used; the text is for errors. */
const PURPOSES = {
	requests: { arrival: true, lengths: true, text: 'replay requests from' },
	arrivals: { arrival: true, lengths: false, text: 'take arrivals from' },
	lengths: { arrival: false, lengths: true, text: 'take lengths from' },
} as const;

/**
 * Reads a trace row by row: CSV with the columns arrived_at (s), num_prefill_tokens and num_decode_tokens
 * (Vidur) or TIMESTAMP (date and time), ContextTokens and GeneratedTokens (Azure), other columns ignored,
 * or JSON lines with timestamp (ms), input_length, output_length and hash_ids (Mooncake). Token counts are
 * scaled, truncated, and at least 1, as Vidur has them.
 *
 * @throws ConfigError if the file cannot be read or lacks a column, also later for a row that is no request
 */
export class TraceReader {
	readonly request: TraceRequest = {
		arrivedAtS: 0,
		prefillTokens: 1,
		decodeTokens: 1,
		hashIds: null,
	};
	readonly #options: TraceOptions;
	readonly #file: LineFile;
	readonly #format: TraceFormat;
	readonly #first: FileCursor = { offset: 0, line: 0 };
	readonly #row: TraceRow = {
		wholeS: 0,
		partS: 0,
		isDated: false,
		prefillTokens: 0,
		decodeTokens: 0,
		hashIds: null,
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
		this.#file = new LineFile(options.path, text);
		const firstLine = this.#file.next({ offset: 0, line: 0 }) ?? '';
		const format = traceFormat(firstLine, { arrival, lengths, column });
		if (typeof format === 'string') throw this.#file.refuse(format);
		this.#format = format;
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
		request.prefillTokens = Math.max(1, Math.trunc(row.prefillTokens * prefillScale));
		request.decodeTokens = Math.max(1, Math.trunc(row.decodeTokens * decodeScale));
		request.hashIds = row.hashIds;
		return true;
	}

	/**
	 * Reads rows until there is none or one arrives at or after `untilS`, so that a bad one is found before
	 * the run.
	 *
	 * @throws ConfigError for a row that is no request, arrives before the row above it, or if there is none
	 */
	check(untilS: number, maxRows: number): void {
		const cursor = this.start();
		let beforeS = 0;
		let rows = 0;
		while (rows < maxRows && this.read(cursor)) {
			rows += 1;
			const { arrivedAtS } = this.request;
			if (arrivedAtS < beforeS)
				throw this.#file.refuse(
					`row ${cursor.line} arrives before the row above it; sort the file by its times`,
				);
			beforeS = arrivedAtS;
			if (arrivedAtS >= untilS) return;
		}
		if (rows === 0 && maxRows > 0)
			throw this.#file.refuse(
				this.#options.anchor === null
					? `no row${this.#format.hasHeader ? ' below the header' : ''}`
					: `no row at or after the anchor "${this.#options.anchor}"`,
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
		if (anchor === null) {
			if (!row.isDated) return;
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

/** Lengths of requests by columns. */
export interface LengthRows {
	readonly prefillTokens: Int32Array;
	readonly decodeTokens: Int32Array;
}

/**
 * All lengths of a file, in its order.
 *
 * @throws ConfigError if the file cannot be read, lacks a column, or has a row that is no request
 */
export function readLengths(
	path: string,
	scale: { prefillScale: number; decodeScale: number } = { prefillScale: 1, decodeScale: 1 },
): LengthRows {
	const reader = new TraceReader({ path, anchor: null, timeScale: 1, ...scale }, 'lengths');
	reader.check(Number.POSITIVE_INFINITY, 1);
	const cursor = reader.start();
	const prefillTokens: number[] = [];
	const decodeTokens: number[] = [];
	while (reader.read(cursor)) {
		prefillTokens.push(reader.request.prefillTokens);
		decodeTokens.push(reader.request.decodeTokens);
	}
	return {
		prefillTokens: Int32Array.from(prefillTokens),
		decodeTokens: Int32Array.from(decodeTokens),
	};
}
