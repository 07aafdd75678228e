import type { TraceColumns } from '../../protocol/scenario/request-files.ts';
import type { ZeroTokens } from '../../protocol/scenario/requests.ts';
import { TraceReader } from './trace-reader.ts';

/** Lengths of requests by columns. */
export interface LengthRows {
	/** 0 of a row that is to be left out. */
	readonly prefillTokens: Int32Array;
	readonly decodeTokens: Int32Array;
	/** As the rows have them, scaled. */
	readonly askedPrefill: Int32Array;
	readonly askedDecode: Int32Array;
}

/** How the lengths of a file are read. */
export interface LengthOptions {
	readonly prefillScale: number;
	readonly decodeScale: number;
	readonly zeroTokens: ZeroTokens;
	/** Names of the quantities; left out: as the format has them. */
	readonly columns?: Pick<TraceColumns, 'prompt' | 'output'>;
	/** Longest prompt and output together that is not refused; Infinity for no limit. */
	readonly maxTokens: number;
}

/** Reads the lengths of a file alone. */
export function lengthReader(
	path: string,
	{ columns, maxTokens: _, ...scale }: LengthOptions,
): TraceReader {
	const named = { arrival: null, session: null, prompt: null, output: null, ...columns };
	const options = { path, anchor: null, timeScale: 1, ...scale, columns: named };
	return new TraceReader(options, 'lengths');
}

/**
 * All lengths of a file, in its order.
 *
 * @throws ConfigError if the file cannot be read, lacks a column, or has a row that is no request or is over the limit
 */
export function readLengths(path: string, options: LengthOptions): LengthRows {
	const { maxTokens } = options;
	const reader = lengthReader(path, options);
	const all = { untilS: Number.POSITIVE_INFINITY, maxRows: Number.POSITIVE_INFINITY };
	const check = reader.check({ ...all, maxTokens, overlong: 'refuse' });
	if (check.overlong > 0) throw reader.refuseOverlong(check, maxTokens);
	const cursor = reader.start();
	const columns: Record<keyof LengthRows, number[]> = {
		prefillTokens: [],
		decodeTokens: [],
		askedPrefill: [],
		askedDecode: [],
	};
	while (reader.read(cursor))
		for (const [name, column] of Object.entries(columns))
			column.push(reader.request[name as keyof LengthRows]);
	return {
		prefillTokens: Int32Array.from(columns.prefillTokens),
		decodeTokens: Int32Array.from(columns.decodeTokens),
		askedPrefill: Int32Array.from(columns.askedPrefill),
		askedDecode: Int32Array.from(columns.askedDecode),
	};
}
