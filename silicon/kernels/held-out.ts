import type { IndexedTable } from './kernel-set.ts';
import type { KeyValue } from './packed.ts';

/** Relative errors of times that were left out and taken from their neighbours, without sign. */
export interface LeftOut {
	/** Along what: an axis or a key of the table. */
	readonly along: string;
	readonly errors: readonly number[];
}

/** Keys along which groups are interpolated, by table. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
	gemm: ['n', 'k'],
	'prompt-attention': ['num_heads'],
	'decode-attention': ['num_heads'],
	'mla-prompt': ['num_heads'],
	'mla-decode': ['num_heads'],
	'all-reduce': ['num_gpus'],
	nccl: ['num_gpus'],
};

/**
 * How far the interpolation of a table is off: each measured time but the first and the last of its line is left out and read off the
 * line between those on both sides of it, in logarithms. Distances double so, where a run interpolates between neighbours.
 */
export function leftOutErrors(table: IndexedTable): LeftOut[] {
	const axes = table.axes.map((along, axis) => ({ along, errors: axisErrors(table, axis) }));
	const keys = (KEYS[table.name] ?? []).map((along) => ({
		along,
		errors: keyErrors(table, along),
	}));
	return [...axes, ...keys].filter(({ errors }) => errors.length > 0);
}

function axisErrors({ groups, at, logMs }: IndexedTable, axis: number): number[] {
	const sizes = at.map((values) => values.length);
	const stride = axis === sizes.length - 1 ? 1 : (sizes.at(-1) as number);
	const cells = sizes.reduce((product, size) => product * size, 1);
	const lines = cells / (sizes[axis] as number);
	const x = (at[axis] as readonly number[]).map((value) => Math.log(Math.max(1, value)));
	const errors: number[] = [];
	for (let group = 0; group < groups.length; group++)
		for (let line = 0; line < lines; line++) {
			const from = group * cells + (stride === 1 ? line * (sizes[axis] as number) : line);
			pushErrors(errors, x, (i) => logMs[from + i * stride] as number);
		}
	return errors;
}

/** Groups that differ in one key only are a line along it; of each only every seventh cell, which is enough. */
function keyErrors(table: IndexedTable, key: string): number[] {
	const place = table.keys.indexOf(key);
	const lines = new Map<string, KeyValue[][]>();
	for (const group of table.groups) {
		const name = group.map((value, i) => (i === place ? '*' : value)).join('|');
		const line = lines.get(name) ?? [];
		lines.set(name, line);
		line.push([...group]);
	}
	const errors: number[] = [];
	for (const line of lines.values()) {
		const rising = line.sort((a, b) => Number(a[place]) - Number(b[place]));
		const x = rising.map((group) => Math.log(Number(group[place])));
		const rows = rising.map((group) => table.group(...group) as Float64Array);
		const length = rows[0]?.length ?? 0;
		for (let cell = 0; cell < length; cell += 7)
			pushErrors(errors, x, (i) => rows[i]?.[cell] ?? Number.NaN);
	}
	return errors;
}

function pushErrors(errors: number[], x: readonly number[], logAt: (i: number) => number): void {
	for (let i = 1; i + 1 < x.length; i++) {
		const [before, here, after] = [logAt(i - 1), logAt(i), logAt(i + 1)];
		const [from, at, to] = [x[i - 1] as number, x[i] as number, x[i + 1] as number];
		if (to === from || Number.isNaN(before + here + after)) continue;
		const guess = before + ((at - from) / (to - from)) * (after - before);
		errors.push(Math.abs(Math.exp(guess - here) - 1));
	}
}
