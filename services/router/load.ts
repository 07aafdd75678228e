import { readFileSync } from 'node:fs';
import { projectFile } from '../../kernel/files/project-file.ts';
import { type LengthTable, LengthTables } from './length-table.ts';

/** The table of lengths named `name`, which ships with the project. */
export function loadLengthTable(name: keyof LengthTables['tables']): LengthTable {
	const path = projectFile('profiling-data/request-lengths.json');
	return LengthTables.parse(JSON.parse(readFileSync(path, 'utf8'))).tables[name];
}
