import { readFileSync, writeFileSync } from 'node:fs';
import { projectFile } from '../kernel/files/project-file.ts';
import { RUN_FILES, tableOf } from '../protocol/run-folder/files.ts';
import { COLUMN_KINDS, type Table } from '../protocol/run-folder/table.ts';

const RESULTS_DOCS_FILE = 'docs/results.md';

/** What stands between `<!-- made: NAME -->` and `<!-- end -->` in docs/results.md, by name; a CSV file has its columns. */
const PARTS: Readonly<Record<string, () => string[]>> = {
	files: filesTable,
	kinds: () =>
		markdownTable(
			['kind', 'the number is'],
			Object.entries(COLUMN_KINDS).map(([kind, text]) => [kind, text]),
		),
};

const MADE = /^(<!-- made: (\S+) -->\n)[\s\S]*?^(<!-- end -->)$/gm;

/**
 * The text of docs/results.md with its tables made anew from protocol/run-folder/, all else as it is.
 *
 * @throws TypeError for a part that is not known
 */
export function resultsDocs(text: string): string {
	return text.replace(
		MADE,
		(_, head: string, name: string, end: string) => `${head}${part(name).join('\n')}\n${end}`,
	);
}

function part(name: string): string[] {
	const table = tableOf(name);
	if (table !== null) return columnsTable(table);
	const make = PARTS[name];
	if (make === undefined) throw new TypeError(`docs/results.md has an unknown part "${name}"`);
	return make();
}

function columnsTable({ columns }: Table): string[] {
	const rows = columns.map(({ name, unit, kind, text, when }) => [
		`\`${name}\``,
		unit ?? '',
		kind,
		when === undefined ? text : `${text}; if ${when}`,
	]);
	return markdownTable(['column', 'unit', 'kind', 'meaning'], rows);
}

function filesTable(): string[] {
	const rows = RUN_FILES.map(({ name, text, when, table }) => [
		`\`${name}\``,
		table === undefined ? text : `rows: ${text}`,
		when,
	]);
	return markdownTable(['file', 'has', 'there if'], rows);
}

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)];
}

if (process.argv[1]?.endsWith('results-docs.js') && process.argv[2] === '--write') {
	const path = projectFile(RESULTS_DOCS_FILE);
	writeFileSync(path, resultsDocs(readFileSync(path, 'utf8')));
}
