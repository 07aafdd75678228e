import { ConfigError } from '../../protocol/errors.ts';
import type { Layout } from '../kernels/layouts.ts';
import type { KernelTable, KeyValue } from '../kernels/packed.ts';

/** Columns of a file of measurements, all of one length. */
export interface MeasuredRows {
	readonly file: string;
	readonly columns: Readonly<Record<string, readonly KeyValue[]>>;
}

/**
 * A table of a file's rows. What was measured twice is the median of both, in logarithms.
 *
 * @throws ConfigError for a column that is missing, and for a latency that is no time
 */
export function kernelTable(rows: MeasuredRows, layout: Layout, source: string): KernelTable {
	const { keys, axes } = layout;
	const latency = columnOf(rows, layout, 'latency');
	const keyColumns = keys.map((key) => columnOf(rows, layout, key));
	const axisColumns = axes.map((axis) => columnOf(rows, layout, axis));
	const counted = countedRows(rows, layout, latency.length);
	const at = axisColumns.map((column) =>
		[...new Set(counted.map((row) => numeric(rows, column[row])))].sort((a, b) => a - b),
	);
	const places = at.map((values) => new Map(values.map((value, i) => [value, i])));
	const groupOf = new Map<string, { readonly key: KeyValue[]; readonly rows: number[] }>();
	for (const row of counted) {
		const key = keyColumns.map((column) => column[row] as KeyValue);
		const name = key.join('|');
		const group = groupOf.get(name) ?? { key, rows: [] };
		groupOf.set(name, group);
		group.rows.push(row);
	}
	const groups = [...groupOf.values()].sort((a, b) => compareKeys(a.key, b.key));
	const size = at.reduce((product, values) => product * values.length, 1);
	const logMs = new Float64Array(groups.length * size).fill(Number.NaN);
	groups.forEach((group, g) => {
		const cells = new Map<number, number[]>();
		for (const row of group.rows) {
			const cell = axisColumns.reduce(
				(place, column, axis) =>
					place * (at[axis] as number[]).length +
					(places[axis]?.get(Number(column[row])) as number),
				0,
			);
			const log = Math.log(numeric(rows, latency[row]));
			if (!Number.isFinite(log))
				throw new ConfigError(`Cannot import "${rows.file}": latency ${latency[row]} is no time`);
			cells.set(cell, [...(cells.get(cell) ?? []), log]);
		}
		for (const [cell, logs] of cells) logMs[g * size + cell] = median(logs);
	});
	return { name: layout.name, keys, axes, at, groups: groups.map(({ key }) => key), logMs, source };
}

function countedRows({ columns }: MeasuredRows, { only }: Layout, length: number): number[] {
	const rows = Array.from({ length }, (_, row) => row);
	if (only === undefined) return rows;
	const column = columns[only[0]] ?? [];
	return rows.filter((row) => column[row] === only[1]);
}

function columnOf(
	{ file, columns }: MeasuredRows,
	{ absent }: Layout,
	name: string,
): readonly KeyValue[] {
	const found = columns[name];
	if (found !== undefined) return found;
	const value = absent?.[name];
	if (value === undefined)
		throw new ConfigError(`Cannot import "${file}": it has no column "${name}"`);
	const length = Object.values(columns)[0]?.length ?? 0;
	return new Array<KeyValue>(length).fill(value);
}

function numeric({ file }: MeasuredRows, value: KeyValue | undefined): number {
	if (typeof value === 'number' && Number.isFinite(value)) return value;
	throw new ConfigError(`Cannot import "${file}": "${value}" stands where a number is expected`);
}

function compareKeys(a: readonly KeyValue[], b: readonly KeyValue[]): number {
	for (let i = 0; i < a.length; i++) {
		const left = a[i] as KeyValue;
		const right = b[i] as KeyValue;
		if (left !== right) return left < right ? -1 : 1;
	}
	return 0;
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] as number;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
