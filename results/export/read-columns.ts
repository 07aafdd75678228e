import type { Table } from '../../protocol/run-folder/table.ts';
import { readCsv } from '../report/read-csv.ts';
import { GrowingColumn } from './growing-column.ts';

/**
 * The columns of a CSV file of a run folder by their names, in the order of the file; null if there is no file.
 *
 * @param table what the file is read as: its needed columns have to be there; null: as any file
 * @throws ConfigError for a file that cannot be read
 */
export async function readColumns(
	path: string,
	table: Table | null,
): Promise<Map<string, GrowingColumn> | null> {
	const columns = new Map<string, GrowingColumn>();
	const torn = await readCsv(path, table, (header) => {
		const list = header.map(() => new GrowingColumn());
		header.forEach((name, i) => {
			columns.set(name, list[i] as GrowingColumn);
		});
		return (row) => {
			for (let i = 0; i < list.length; i++) list[i]?.push(row[i] as string);
		};
	});
	return torn === null ? null : columns;
}
