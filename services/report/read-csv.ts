import { createReadStream, existsSync } from 'node:fs';
import { parse } from 'csv-parse';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/**
 * Reads a CSV file row by row. A last row that was torn when the run died is left out.
 *
 * @param begin given the header, returns what is done with each row
 * @returns how many rows were left out because their length is not the header's; null if there is no file
 */
export async function readCsv(
	path: string,
	begin: (header: readonly string[]) => (row: readonly string[]) => void,
): Promise<number | null> {
	if (!existsSync(path)) return null;
	const rows = createReadStream(path).pipe(parse({ bom: true, relax_column_count: true }));
	let header: readonly string[] | null = null;
	let take: (row: readonly string[]) => void = () => undefined;
	let torn = 0;
	try {
		for await (const row of rows as AsyncIterable<string[]>) {
			if (header === null) {
				header = row;
				take = begin(row);
			} else if (row.length === header.length) take(row);
			else torn += 1;
		}
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	return torn;
}
