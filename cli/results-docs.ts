import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { projectFile } from '../kernel/files/project-file.ts';
import { RUN_FILES, tableOf } from '../protocol/run-folder/files.ts';
import { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { COLUMN_KINDS, type Table } from '../protocol/run-folder/table.ts';

const RESULTS_DOCS_FILE = 'docs/results.md';

/** What stands between `<!-- made: NAME -->` and `<!-- end -->` in docs/results.md, by name; a CSV file has its columns. */
const PARTS: Readonly<Record<string, () => string[]>> = {
	files: filesTable,
	'metadata.yaml': () =>
		markdownTable(
			['key', 'meaning'],
			metadataKeys().map(([key, text]) => [`\`${key}\``, text]),
		),
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
	const rows = columns.map(({ name, unit, kind, text, when, isNeeded }) => [
		`\`${name}\``,
		unit ?? '',
		kind,
		`${text}${when === undefined ? '' : `; if ${when}`}${isNeeded === true ? ' (needed)' : ''}`,
	]);
	return markdownTable(['column', 'unit', 'kind', 'meaning'], rows);
}

/** Keys of metadata.yaml, by dotted path, with their meaning; those of the scenario stand in docs/scenario.md. */
export function metadataKeys(): [path: string, text: string][] {
	const schema = z.toJSONSchema(RunMetadata, { io: 'input', unrepresentable: 'any' });
	return keysOf(schema as Node, '');
}

/** What is read of a JSON Schema. */
interface Node {
	readonly description?: string;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly additionalProperties?: Node | boolean;
	readonly items?: Node | boolean;
	readonly anyOf?: readonly Node[];
}

/** The words of a scenario, which docs/scenario.md explains. */
const AS_IN_SCENARIO = /^gridbeat\.(cap_rules|accounting|dispatch\.batteries\[\]\.degradation)$/;

function keysOf(node: Node, path: string): [string, string][] {
	const members = node.anyOf ?? [node];
	return members.flatMap(({ properties, additionalProperties, items }) => {
		const named = Object.entries(properties ?? {}).flatMap(([key, child]) => {
			const own = path === '' ? key : `${path}.${key}`;
			const inner = AS_IN_SCENARIO.test(own) ? [] : keysOf(child, own);
			return [[own, child.description ?? ''] as [string, string], ...inner];
		});
		const any =
			typeof additionalProperties === 'object'
				? keysOf(additionalProperties, `${path}.<name>`)
				: [];
		return [...named, ...any, ...(typeof items === 'object' ? keysOf(items, `${path}[]`) : [])];
	});
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
