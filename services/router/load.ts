import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputReason, readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { type LengthTable, LengthTables } from './length-table.ts';

/** The table of lengths named `name`, which ships with the project. */
export function loadLengthTable(name: keyof LengthTables['tables']): LengthTable {
	const path = projectFile('profiling-data/request-lengths.json');
	return LengthTables.parse(JSON.parse(readFileSync(path, 'utf8'))).tables[name];
}

const POOL_TRACE = /^chunk-(\d+)-trace\.csv$/;

/**
 * The traces in a folder of clients as ServeGen publishes them, by number.
 *
 * @throws ConfigError for a folder without any
 */
export function readPoolFolder(path: string): string[] {
	const refuse = (why: string) => new ConfigError(`Cannot read clients in ${quoted(path)}: ${why}`);
	let names: string[];
	try {
		names = readdirSync(path);
	} catch (error) {
		throw refuse(inputReason(error));
	}
	const numberOf = (name: string) => Number(POOL_TRACE.exec(name)?.[1]);
	const traces = names.filter((name) => POOL_TRACE.test(name));
	if (traces.length === 0)
		throw refuse(
			'it has no chunk-N-trace.csv; give a folder such as ServeGen’s data/language/m-large',
		);
	return traces.sort((a, b) => numberOf(a) - numberOf(b));
}

/**
 * A file of such a folder.
 *
 * @throws ConfigError for one that cannot be read
 */
export function readPoolFile(path: string, name: string): string {
	try {
		return readInputText(join(path, name));
	} catch (error) {
		throw new ConfigError(`Cannot read ${quoted(join(path, name))}: ${inputReason(error)}`);
	}
}
