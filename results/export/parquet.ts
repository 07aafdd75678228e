import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { ownTable, tableOf } from '../../protocol/run-folder/files.ts';
import type { OwnColumn } from '../../protocol/run-folder/metadata.ts';
import type { ColumnSpec } from '../../protocol/run-folder/table.ts';
import { readMetadata } from '../report/metadata.ts';
import { siteNamesOf } from '../report/sites.ts';
import type { GrowingColumn } from './growing-column.ts';
import { readColumns } from './read-columns.ts';

export interface Exported {
	readonly path: string;
	readonly rows: number;
	readonly bytes: number;
}

const INT32_MAX = 2 ** 31 - 1;

/**
 * Writes each CSV file of a run folder as Apache Parquet too, with the same name and columns, and those of its sites
 * below `sites/`. The key-value metadata of a file has JSON objects `units` and `descriptions` by column.
 *
 * @param into the folder to write to; the run's own if not given
 * @param root that of the whole run, below which nothing is a link
 * @throws ConfigError if the folder holds no run, or cannot be written
 */
export async function exportParquet(
	folder: string,
	program: string,
	into = folder,
	root = into,
): Promise<Exported[]> {
	if (!existsSync(join(folder, 'metadata.yaml')))
		throw new ConfigError(
			`Cannot export "${folder}": it has no metadata.yaml; give a folder below runs/`,
		);
	const names = readdirSync(folder)
		.filter((name) => name.endsWith('.csv'))
		.sort();
	const own = readMetadata(folder).gridbeat.tables ?? {};
	const written: Exported[] = [];
	for (const name of names) {
		const path = join(into, name.replace(/\.csv$/, '.parquet'));
		// What is there goes over as it is, whatever else is not.
		const columns =
			(await readColumns(join(folder, name), null)) ?? new Map<string, GrowingColumn>();
		const bytes = parquetOf({ file: name, own }, columns, program);
		writeWhole(path, bytes, { below: root });
		const [first] = columns.values();
		const rows = first?.numbers()?.length ?? first?.texts().length ?? 0;
		written.push({ path, rows, bytes: bytes.length });
	}
	for (const site of siteNamesOf(readMetadata(folder))) {
		const own = join('sites', site);
		written.push(...(await exportParquet(join(folder, own), program, join(into, own), root)));
	}
	return written;
}

/** @param own columns of tables that a user's kinds of actor bring */
function parquetOf(
	{ file, own }: { readonly file: string; readonly own: Readonly<Record<string, OwnColumn[]>> },
	columns: ReadonlyMap<string, GrowingColumn>,
	program: string,
): Uint8Array {
	const units: Record<string, string> = {};
	const descriptions: Record<string, string> = {};
	const columnData: ColumnSource[] = [];
	const columnsOfKind = own[file];
	const table =
		columnsOfKind === undefined
			? tableOf(file)
			: ownTable(file.replace(/\.csv$/, ''), columnsOfKind);
	for (const [name, column] of columns) {
		const described = table?.describe(name) ?? null;
		if (described !== null) descriptions[name] = described.text;
		if (described !== null && described.unit !== null) units[name] = described.unit;
		columnData.push({ name, nullable: true, ...typed(column, described) });
	}
	const buffer = parquetWriteBuffer({
		columnData,
		kvMetadata: [
			{ key: 'units', value: JSON.stringify(units) },
			{ key: 'descriptions', value: JSON.stringify(descriptions) },
			{ key: 'source', value: file },
			{ key: 'program', value: `gridbeat ${program}` },
		],
		createdBy: 'gridbeat',
	});
	return new Uint8Array(buffer);
}

/** Doubles, whole numbers where all are, instants, or texts. */
function typed(
	column: GrowingColumn,
	described: ColumnSpec | null,
): Pick<ColumnSource, 'type' | 'data'> {
	const numbers = column.numbers();
	if (numbers === null) {
		const instants = described?.unit === 'UTC' ? instantsOf(column.texts()) : null;
		return instants === null
			? { type: 'STRING', data: [...column.texts()] }
			: { type: 'TIMESTAMP', data: instants };
	}
	const isWhole = (value: number) =>
		Number.isNaN(value) || (Number.isInteger(value) && Math.abs(value) <= INT32_MAX);
	const type = described?.isCount === true && numbers.every(isWhole) ? 'INT32' : 'DOUBLE';
	const hasGaps = numbers.some((value) => Number.isNaN(value));
	const data = Array.from(numbers, (value) => (Number.isNaN(value) ? null : value));
	return { type, data: hasGaps || type === 'INT32' ? data : numbers };
}

/** Null if one of the texts is no instant of whole milliseconds, which is all that the type can hold. */
function instantsOf(texts: readonly (string | null)[]): (Date | null)[] | null {
	const instants = texts.map((text) => (text === null ? null : new Date(text)));
	const isHeld = (text: string | null, instant: Date | null | undefined) =>
		text === null ||
		(!Number.isNaN(instant?.getTime()) && !/\.\d{3}\d*[1-9]/.test(text) && instant instanceof Date);
	return texts.every((text, i) => isHeld(text, instants[i])) ? instants : null;
}
