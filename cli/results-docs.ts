import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { projectFile } from '../kernel/files/project-file.ts';
import { ExperimentFile } from '../protocol/run-folder/experiment.ts';
import { RUN_FILES, tableOf } from '../protocol/run-folder/files.ts';
import { JobFile } from '../protocol/run-folder/job-file.ts';
import { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { RunBatchFile, StudyFile } from '../protocol/run-folder/study.ts';
import { PrintedSummary } from '../protocol/run-folder/summary.ts';
import { COLUMN_KINDS, type Table } from '../protocol/run-folder/table.ts';

/** Keys of runs in a study that are explained with experiment.json. */
const AS_EXPERIMENT = /^runs\[\]\.(run_id|config|metrics|metric_definitions|timeseries)\b/;

const RESULTS_DOCS_FILE = 'docs/results.md';

/** What stands between `<!-- made: NAME -->` and `<!-- end -->` in docs/results.md, by name; a CSV file has its columns. */
const PARTS: Readonly<Record<string, () => string[]>> = {
	files: filesTable,
	'metadata.yaml': () =>
		markdownTable(
			['key', 'meaning'],
			metadataKeys().map(([key, text]) => [`\`${key}\``, text]),
		),
	summary: () =>
		markdownTable(
			['figure', 'unit', 'meaning'],
			keysOfSchema(PrintedSummary).map(({ key, unit, text }) => [`\`${key}\``, unit, text]),
		),
	'experiment.json': () =>
		markdownTable(
			['key', 'meaning'],
			keysOfSchema(ExperimentFile).map(({ key, text }) => [`\`${key}\``, text]),
		),
	'study.json': () =>
		markdownTable(
			['key', 'meaning'],
			keysOfSchema(StudyFile).map(({ key, text }) => [`\`${key}\``, text]),
		),
	'point.json': () =>
		markdownTable(
			['key', 'meaning'],
			keysOfSchema(RunBatchFile)
				// What stands above.
				.filter(({ key, text }) => text !== '' && !AS_EXPERIMENT.test(key))
				.map(({ key, text }) => [`\`${key}\``, text]),
		),
	'job.json': () =>
		markdownTable(
			['key', 'meaning'],
			keysOfSchema(JobFile).map(({ key, text }) => [`\`${key}\``, text]),
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
	return keysOfSchema(RunMetadata).map(({ key, text }) => [key, text]);
}

/** A key of a file, by its dotted path. */
interface Key {
	readonly key: string;
	readonly unit: string;
	readonly text: string;
}

/** All keys of a file or a summary, in order. */
export function keysOfSchema(schema: z.ZodType): Key[] {
	const keys = keysOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, {
		path: '',
		unit: '',
	});
	// What members of a union share is there once.
	return keys.filter(({ key }, i) => keys.findIndex((one) => one.key === key) === i);
}

/** What is read of a JSON Schema. */
interface Node {
	readonly description?: string;
	readonly unit?: string;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly additionalProperties?: Node | boolean;
	readonly items?: Node | boolean;
	readonly anyOf?: readonly Node[];
}

/** What is explained elsewhere: the words of a scenario in docs/scenario.md, and figures of a site as those of a run. */
const ELSEWHERE =
	/^(gridbeat\.(cap_rules|accounting|dispatch\.batteries\[\]\.degradation)|sites|config\.\w+)$/;

/** Where a node stands, and the unit of what holds it. */
interface At {
	readonly path: string;
	readonly unit: string;
}

function keysOf(node: Node, at: At): Key[] {
	const members = node.anyOf ?? [node];
	return members.flatMap(({ properties, additionalProperties, items }) => {
		const named = Object.entries(properties ?? {}).flatMap(([name, child]) => {
			const path = at.path === '' ? name : `${at.path}.${name}`;
			return keyAndBelow(child, { path, unit: child.unit ?? at.unit });
		});
		return [
			...named,
			...(typeof additionalProperties === 'object'
				? keyAndBelow(additionalProperties, { path: `${at.path}.<name>`, unit: at.unit })
				: []),
			...(typeof items === 'object' ? keysOf(items, { ...at, path: `${at.path}[]` }) : []),
		];
	});
}

/** Members of a list, and of keys of any name, may have nothing to say but their own keys. */
function keyAndBelow(node: Node, { path, unit }: At): Key[] {
	const own = { key: path, unit: node.unit ?? unit, text: node.description ?? '' };
	const isNamed = !path.endsWith('.<name>') || own.text !== '';
	return [
		...(isNamed ? [own] : []),
		...(ELSEWHERE.test(path) ? [] : keysOf(node, { path, unit: own.unit })),
	];
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
