import { createReadStream, existsSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Table } from '../../protocol/run-folder/table.ts';

const CHUNK_BYTES = 1 << 20;

/**
 * Reads a CSV file row by row, in flat memory. A row that was torn when the run died is left out. Lines are
 * split here, because nearly all of them are bare numbers; only a line with a quote needs a parser. A
 * quoted cell must not span lines, which none in a run folder does.
 *
 * @param table what it is, of the tables of a run folder; null: any
 * @param begin given the header, in visible characters, returns what is done with each row
 * @returns how many rows were left out because their length is not the header's; null if there is no file
 * @throws ConfigError for a file that cannot be read, or lacks a column that its table needs
 */
export async function readCsv(
	path: string,
	table: Table | null,
	begin: (header: readonly string[]) => (row: readonly string[]) => void,
): Promise<number | null> {
	if (!existsSync(path)) return null;
	let width = 0;
	let take: ((row: readonly string[]) => void) | null = null;
	let torn = 0;
	const takeLine = (line: string): void => {
		if (line === '') return;
		const row = cellsOf(line);
		if (take === null) {
			width = row.length;
			const header = row.map((name) => plainText(name));
			table?.checkHeader(header);
			take = begin(header);
		} else if (row.length === width) take(row);
		else torn += 1;
	};
	try {
		let rest = '';
		const chunks = createReadStream(path, { encoding: 'utf8', highWaterMark: CHUNK_BYTES });
		for await (const chunk of chunks as AsyncIterable<string>) {
			const lines = (rest + chunk).split('\n');
			rest = lines.pop() ?? '';
			for (const line of lines) takeLine(line.endsWith('\r') ? line.slice(0, -1) : line);
		}
		// Every whole line ends with a line break. What follows the last one was cut off.
		if (rest !== '') torn += 1;
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	return torn;
}

/** The cells of a line. */
export function cellsOf(line: string): readonly string[] {
	if (!line.includes('"')) return line.split(',');
	return parse(line)[0] ?? [];
}
