import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/**
 * Measured times of one kind of kernel: a grid over one or two sizes for each group, such as the time over `m` for each
 * matrix of `n` by `k`. Times are kept as natural logarithms of ms, which is how they are interpolated.
 */
export interface KernelTable {
	readonly name: string;
	/** What tells groups apart, and the values of each group in that order. */
	readonly keys: readonly string[];
	readonly groups: readonly (readonly KeyValue[])[];
	/** Sizes along which a group is measured, the last one varying fastest, and their rising values. */
	readonly axes: readonly string[];
	readonly at: readonly (readonly number[])[];
	/** By group, then axis by axis; NaN where nothing was measured. */
	readonly logMs: Float64Array;
	/** Kernels, engine and commit, as the source says. */
	readonly source: string;
}
export type KeyValue = string | number;

/** Distance of two logarithms that are told apart: a time is kept to half of it, 0.1 %. */
const STEP = 0.002;
/** Logarithm of the shortest time that can be kept, 10^-5 ms. */
const LOWEST = Math.log(1e-5);
const MISSING = 0xffff;

const Head = z.strictObject({
	format: z.literal(1),
	name: z.string(),
	source: z.string(),
	keys: z.array(z.string()).min(1),
	axes: z.array(z.string()).min(1).max(2),
	at: z.array(z.array(z.number())),
	/** Column by column, as runs of equal values compress. */
	groups: z.array(z.array(z.union([z.string(), z.number()]))),
});

/** The table as bytes, before compression: length of the head, head as JSON, and the differences of its logarithms in two planes. */
export function packTable(table: KernelTable): Uint8Array {
	const { name, source, keys, axes, at, groups, logMs } = table;
	const columns = keys.map((_, k) => groups.map((group) => group[k] as KeyValue));
	const head = new TextEncoder().encode(
		JSON.stringify({ format: 1, name, source, keys, axes, at, groups: columns }),
	);
	const bytes = new Uint8Array(4 + head.length + 2 * logMs.length);
	new DataView(bytes.buffer).setUint32(0, head.length, true);
	bytes.set(head, 4);
	const low = 4 + head.length;
	const high = low + logMs.length;
	const levels = new Int32Array(logMs.length);
	const row = (at.at(-1) as readonly number[]).length;
	for (let i = 0; i < logMs.length; i++) {
		const log = logMs[i] as number;
		const level = Number.isNaN(log) ? -1 : Math.round((log - LOWEST) / STEP);
		levels[i] = level;
		const code = level < 0 ? MISSING : zigzag(level - before(levels, i, row));
		bytes[low + i] = code & 0xff;
		bytes[high + i] = code >> 8;
	}
	return bytes;
}

/**
 * What `packTable` made.
 *
 * @throws ConfigError for bytes that it did not make
 */
export function unpackTable(bytes: Uint8Array, path: string): KernelTable {
	const { head, low } = headOf(bytes, path);
	const { groups: columns, format: _, ...rest } = head;
	const count = columns[0]?.length ?? 0;
	const row = (head.at.at(-1) ?? []).length;
	const length = head.at.reduce((product, values) => product * values.length, count);
	if (bytes.length !== low + 2 * length)
		throw new ConfigError(`Cannot read kernel table "${path}": its length is not that of its grid`);
	const levels = new Int32Array(length);
	const logMs = new Float64Array(length);
	for (let i = 0; i < length; i++) {
		const code = (bytes[low + i] as number) + 256 * (bytes[low + length + i] as number);
		const level = code === MISSING ? -1 : before(levels, i, row) + unzigzag(code);
		levels[i] = level;
		logMs[i] = level < 0 ? Number.NaN : LOWEST + STEP * level;
	}
	const groups = Array.from({ length: count }, (_, g) =>
		columns.map((column) => column[g] as KeyValue),
	);
	return { ...rest, groups, logMs };
}

function headOf(bytes: Uint8Array, path: string) {
	try {
		const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(
			0,
			true,
		);
		const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
		return { head: Head.parse(JSON.parse(text), PLAINLY), low: 4 + length };
	} catch (error) {
		throw new ConfigError(
			`Cannot read kernel table "${path}": ${messageOf(error).split('\n')[0]}; gridbeat profiles import makes such files`,
		);
	}
}

/** The level from which the next is said: that before it in its row, else that above it. */
function before(levels: Int32Array, i: number, row: number): number {
	const start = i - (i % row);
	for (let left = i - 1; left >= start; left--)
		if ((levels[left] as number) >= 0) return levels[left] as number;
	for (let above = i - row; above >= 0; above -= row)
		if ((levels[above] as number) >= 0) return levels[above] as number;
	return 0;
}

function zigzag(value: number): number {
	return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(code: number): number {
	return code % 2 === 1 ? -(code + 1) / 2 : code / 2;
}
