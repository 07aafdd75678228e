import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Json } from '../../kernel/files/canonical.ts';
import { csvText as csvCell } from '../../protocol/run-folder/csv-text.ts';

/** What a cell holds; null where there is nothing. */
export type Cell = number | string | boolean | null;

/** A column of a table of results. */
export interface Column {
	readonly name: string;
	/** `s`, `W`, `gCO2eq`; `1` for counts and ratios; null for texts. */
	readonly unit: string | null;
	readonly cells: readonly Cell[];
}

/** Columns of equal length. */
export type Table = readonly Column[];

/** A table from rows; columns without a value anywhere stay. */
export function tableOf<Row>(
	rows: readonly Row[],
	columns: readonly {
		readonly name: string;
		readonly unit: string | null;
		readonly cell: (row: Row) => Cell;
	}[],
): Table {
	return columns.map(({ name, unit, cell }) => ({
		name,
		unit,
		cells: rows.map((row) => tidyCell(cell(row))),
	}));
}

/** Tables know no NaN. */
function tidyCell(cell: Cell): Cell {
	return typeof cell === 'number' && !Number.isFinite(cell) ? null : cell;
}

/** A value of plain data as a cell: objects and lists as JSON. */
export function cellOf(value: Json | undefined): Cell {
	if (value === undefined) return null;
	return typeof value === 'object' && value !== null
		? JSON.stringify(value)
		: (value as Exclude<Json, object>);
}

/** RFC 4180, with a header, lines ending in a line feed. */
export function csvText(table: Table): string {
	const rows = table[0]?.cells.length ?? 0;
	const lines = [table.map(({ name }) => quoted(name)).join(',')];
	for (let i = 0; i < rows; i++)
		lines.push(table.map(({ cells }) => quoted(cells[i] ?? null)).join(','));
	return `${lines.join('\n')}\n`;
}

function quoted(cell: Cell): string {
	if (cell === null) return '';
	return csvCell(String(cell));
}

/** Apache Parquet; the key-value metadata `units` holds a JSON object of units by column. */
export function parquetBytes(table: Table, program: string): Uint8Array {
	const units = Object.fromEntries(
		table.flatMap(({ name, unit }) => (unit === null ? [] : [[name, unit]])),
	);
	const buffer = parquetWriteBuffer({
		columnData: table.map(({ name, cells }) => {
			const type = parquetType(cells);
			return { name, type, nullable: true, data: cells.map((cell) => asType(cell, type)) };
		}),
		kvMetadata: [
			{ key: 'units', value: JSON.stringify(units) },
			{ key: 'program', value: `gridbeat ${program}` },
		],
		createdBy: 'gridbeat',
	});
	return new Uint8Array(buffer);
}

/** A column of mixed cells, as a key may have that is a number or a name, is text. */
function parquetType(cells: readonly Cell[]): 'DOUBLE' | 'BOOLEAN' | 'STRING' {
	const kinds = new Set(cells.filter((cell) => cell !== null).map((cell) => typeof cell));
	if (kinds.size > 1) return 'STRING';
	if (kinds.has('boolean')) return 'BOOLEAN';
	return kinds.has('string') ? 'STRING' : 'DOUBLE';
}

function asType(cell: Cell, type: ReturnType<typeof parquetType>): Cell {
	return cell !== null && type === 'STRING' ? String(cell) : cell;
}
