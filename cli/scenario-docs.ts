import { writeFileSync } from 'node:fs';
import { projectFile } from '../kernel/files/project-file.ts';
import type { Feed } from '../protocol/scenario/feed.ts';
import { scenarioJsonSchema } from '../run/resolve/editor-schema.ts';
import { SCENARIO_FLAGS } from './flags.ts';
import { SPECIAL_FLAGS } from './special-options.ts';

/** The page made by `scenarioDocs`, and how to make it. */
export const SCENARIO_DOCS_FILE = 'docs/scenario.md';
export const SCENARIO_DOCS_COMMAND = 'node dist/cli/scenario-docs.js --write';

/** The parts of JSON Schema that scenario files use. */
interface Node {
	readonly title?: string;
	readonly type?: string | readonly string[];
	readonly description?: string;
	readonly default?: unknown;
	readonly enum?: readonly string[];
	readonly const?: string;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly exclusiveMinimum?: number;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly required?: readonly string[];
	readonly items?: Node;
	readonly additionalProperties?: Node | boolean;
	readonly anyOf?: readonly Node[];
	readonly oneOf?: readonly Node[];
}

/** The end of a key says its unit; the first that fits counts. */
const UNITS: readonly (readonly [RegExp, string])[] = [
	[/WPerGpu$/, 'W per GPU'],
	[/GPerKwh$/, 'g/kWh'],
	[/LPerKwh$/, 'L/kWh'],
	[/KgPerL$/, 'kg/L'],
	[/UsdPerL$/, 'USD/L'],
	[/UsdPerKwh$/, 'USD/kWh'],
	[/temperatureC$/, 'degC'],
	[/Wh$/, 'Wh'],
	[/[a-z]W$/, 'W'],
	[/Deg$/, 'degrees'],
	[/(latency|overhead|Budget)Ms$/, 'ms'],
	[/[a-z]Ms$/, 'm/s'],
	[/(Height|roughness|measuredAt)M$/, 'm'],
	[/Hours$|Hour$/, 'h'],
	[/Percent$/, '%'],
	[/tude$/, 'degrees'],
	[/altitudeM$/, 'm'],
	[/Tokens$|maxTokensInBatch$|blockSize$/, 'tokens'],
	[/Soc$|Fraction$|Fade$|Efficiency$|PerMonth$/, '0 to 1'],
	[/cRate$|CRate$/, '1/h'],
	[/GBps$/, 'GB/s'],
	[/Us$/, 'us'],
	[/qps$/, 'requests/s'],
	[/pue$/, '1'],
];

/** The flags of Vidur-Energy's co-simulation command line and what does their work here. */
export const VIDUR_ENERGY_FLAGS: readonly (readonly [string, string, string])[] = [
	['--vidur-sim-dir', '', 'not needed: the replicas are simulated in the run'],
	['--location', '--location', 'the same ten cities, 12,000 more, and coordinates'],
	['--agg-freq', '', 'not needed: `--step` is the only step, and averages over it are exact'],
	[
		'--analysis-type',
		'',
		'not needed: the power of all GPUs, idle time and PUE are always counted',
	],
	['--step-size', '--step-size', 'another name of `--step`; a bare number is seconds'],
	['--solar-scale-factor', '--solar-scale-factor', 'another name of `--solar`; peak power in W'],
	[
		'--battery-capacity',
		'--battery-capacity',
		'Wh, taken as written (theirs is 5.27 times larger)',
	],
	['--battery-initial-soc', '--battery-initial-soc', 'the same'],
	['--battery-min-soc', '--battery-min-soc', 'the same'],
	['--log-metrics', '--log-metrics', 'accepted; simulation_metrics.txt is always written'],
	[
		'--carbon-analysis',
		'--carbon-analysis',
		'accepted; emissions are reported unless `carbon` is null',
	],
	['--low-carbon-threshold', '--low-carbon-threshold', 'the report has the hours below it'],
	['--high-carbon-threshold', '--high-carbon-threshold', 'the report has the hours above it'],
	[
		'--interpolate-datasets',
		'--interpolate-datasets',
		'accepted, without effect: a trace holds its value between rows (`fill`), nothing is interpolated',
	],
];

/** docs/scenario.md: every key from the JSON Schema, every flag from the command line. */
export function scenarioDocs(): string {
	const schema = scenarioJsonSchema() as Node;
	const top = Object.entries(schema.properties ?? {});
	const sections = top.flatMap(([key, node]) => (isNested(node) ? section([key], node) : []));
	return `${[
		'# Scenarios and flags',
		'',
		`<!-- Made by \`${SCENARIO_DOCS_COMMAND}\`, after \`make dist\`. Do not edit by hand. -->`,
		'',
		...INTRODUCTION,
		'## Keys of a scenario',
		'',
		...keyTable([], schema),
		'',
		...sections,
		...flagSections(),
	].join('\n')}\n`;
}

const INTRODUCTION = [
	'A scenario is a YAML file that, with the flags, defines a run completely. A key that a file leaves out takes',
	'the default below. Unknown keys and values that cannot be are refused with file and line. Flags win over the',
	'file. Paths in a file are relative to that file, paths in flags to the current folder. `gridbeat run` without',
	'a file runs `examples/default.yaml`.',
	'',
	'A key says its unit (`powerW`, `capacityWh`); a value may say another, in files and flags: `peakPowerW: 4 kW`,',
	'`minSoc: 20 %`, `--battery-capacity 4kWh`. Short forms are written out: `solar: 4 kW`, `batteries: 4 kWh`,',
	'`batteries: [{ capacityWh: 3000 }]`, `loads: [{ powerW: 300 }]`, `carbon: 300 g/kWh`, and signals of the grid and caps as',
	'their flags have them (`carbon: zone:DE`, `cap: carbon>300:250`); `none` is none. Parts without a name are',
	'`load`, `load-2`, ….',
	'',
	'```sh',
	'npx gridbeat validate examples/default.yaml            # check the keys, run nothing',
	'npx gridbeat run examples/default.yaml --dry-run       # the resolved scenario, actors and wires',
	'npx gridbeat schema                                    # JSON Schema, for editors',
	'npx gridbeat schema sweep                              # that of sweep files; capacity: of searches',
	'```',
	'',
	'An editor that reads the schema offers keys, values and the names of models, GPUs, places and grid zones, and underlines',
	'what cannot be. In VS Code with the YAML extension the first line of a file says where its schema is. The files in',
	'[examples](../examples) have such a line; for one of your own, write the schema beside it',
	'(`npx gridbeat schema >scenario.json`) and begin it with `# yaml-language-server: $schema=scenario.json`.',
	'',
	'`validate` checks keys and values. Names (of places, zones, models) and files are looked up by `run`,',
	'also with `--dry-run`. Spans of time are written `90s`, `5min`, `1.5h`, `2d` or `1h30min`; a bare number is',
	'seconds. The length `until` must be a whole number of steps.',
	'',
];

function isNested(node: Node): boolean {
	return objectsOf(node).length > 0;
}

/** The members of a union, or the node itself, without null; a type with a name of its own is one. */
function membersOf(node: Node): Node[] {
	const members = node.anyOf ?? node.oneOf;
	if (members === undefined || node.title !== undefined) return node.type === 'null' ? [] : [node];
	return members.flatMap(membersOf);
}

/** The kinds of objects that a value, or an item of a list, may be. */
function objectsOf(node: Node): Node[] {
	return membersOf(node).flatMap((member) => {
		if (member.items !== undefined) return objectsOf(member.items);
		return member.properties === undefined ? [] : [member];
	});
}

function isNullable(node: Node): boolean {
	return (node.anyOf ?? node.oneOf ?? []).some(
		(member) => member.type === 'null' || isNullable(member),
	);
}

function section(path: readonly string[], node: Node): string[] {
	const objects = objectsOf(node);
	const name = path.join('.');
	const isList = membersOf(node).some(({ items }) => items !== undefined);
	const lines = [`${'#'.repeat(path.length + 2)} \`${name}\``, ''];
	const value = byDefault(path, node);
	const end = value === '' ? '' : ` Default: ${value}.`;
	lines.push(`${node.description}${isList ? ' (a list)' : ''}.${end}`, '');
	for (const object of objects) {
		const [tag, tagged] = tagOf(object);
		if (tag !== null) {
			const about = tagged?.description ?? object.description;
			lines.push(
				`With \`${tag}: ${tagged?.const}\`${about === undefined ? '' : ` (${about})`}:`,
				'',
			);
		}
		const keys = Object.keys(object.properties ?? {}).filter((key) => key !== tag);
		lines.push(...(keys.length === 0 ? ['No further keys.'] : keyTable(path, object)), '');
	}
	const inner = new Map(objects.flatMap(({ properties }) => Object.entries(properties ?? {})));
	for (const [key, child] of inner)
		if (isNested(child) && !isElsewhere([...path, key], child))
			lines.push(...section([...path, key], child));
	return lines;
}

/** The key that distinguishes the members of a union, if there is one. */
function tagOf(object: Node): [string | null, Node | null] {
	const found = Object.entries(object.properties ?? {}).find(
		([, node]) => node.const !== undefined,
	);
	return found ?? [null, null];
}

function keyTable(path: readonly string[], object: Node): string[] {
	const [tag] = tagOf(object);
	const rows = Object.entries(object.properties ?? {})
		.filter(([key]) => key !== tag)
		.map(([key, node]) => {
			const own = [...path, key];
			const isRequired = object.required?.includes(key) === true;
			const value = isRequired && node.default === undefined ? 'required' : byDefault(own, node);
			return [`\`${key}\``, typeOf(own, node), value, unitOf(key, node), node.description ?? ''];
		});
	return table(['key', 'value', 'default', 'unit', 'meaning'], rows);
}

function byDefault(path: readonly string[], node: Node): string {
	const isTop = path.length === 1;
	if (isTop && node.default !== undefined && objectsOf(node).length > 0) {
		const value = JSON.stringify(node.default);
		if (value === '{}') return 'that of each key';
		if (value === '[{}]') return 'one, with the default of each key';
	}
	if (node.default === undefined) return '';
	return `\`${JSON.stringify(node.default)}\``;
}

function typeOf(path: readonly string[], node: Node): string {
	const isUnion = objectsOf(node).length > 0;
	const words = isUnion
		? [linked(path, node)]
		: membersOf(node).map((member) => scalarType(member));
	if (isUnion) {
		const scalars = membersOf(node).filter((member) => objectsOf(member).length === 0);
		words.unshift(...scalars.map((member) => scalarType(member)));
	}
	if (isNullable(node)) words.push('null');
	return words.join(' or ');
}

/** Keys of a site are those of the top, and every feed has the keys of the first one: described there. */
function isElsewhere(path: readonly string[], node: Node): boolean {
	return isOfSite(path) || isOfFeed(path, node);
}

function isOfSite(path: readonly string[]): boolean {
	return path.length === 2 && path[0] === 'sites';
}

const FIRST_FEED = ['carbon', 'feed'];

/** One of the types of feeds, by which they are told. */
const FEED_TYPE: Feed['type'] = 'prometheus';

function isOfFeed(path: readonly string[], node: Node): boolean {
	if (path.join() === FIRST_FEED.join()) return false;
	return objectsOf(node).some((object) => tagOf(object)[1]?.const === FEED_TYPE);
}

function linked(path: readonly string[], node: Node): string {
	const isList = membersOf(node).some(({ items }) => items !== undefined);
	const described = isOfSite(path) ? path.slice(1) : isOfFeed(path, node) ? FIRST_FEED : path;
	const anchor = described.join('').toLowerCase();
	return `[${isList ? 'list' : 'keys'}](#${anchor})`;
}

/** What may stand under names of anybody's, by its type. */
const MEMBERS: Readonly<Record<string, string>> = {
	number: 'a number',
	string: 'a text',
	array: 'a list of names',
};

function scalarType(node: Node): string {
	if (node.title !== undefined) return node.title;
	const values = node.enum ?? (node.const === undefined ? undefined : [node.const]);
	if (values !== undefined) return values.map((value) => `\`${value}\``).join(' or ');
	if (node.items !== undefined) {
		if (node.items.type === 'array') return 'list of pairs of numbers';
		return `list of ${node.items.type === 'number' ? 'numbers' : 'names'}`;
	}
	if (typeof node.additionalProperties === 'object')
		return `names, each with ${MEMBERS[String(node.additionalProperties.type)] ?? 'any value'}`;
	const { type } = node;
	if (typeof type === 'object')
		return type.map((one) => scalarType({ ...node, type: one })).join(' or ');
	if (type === 'string') return 'text';
	if (type === 'null') return 'null';
	if (type === 'boolean') return '`true` or `false`';
	const whole = type === 'integer' ? 'whole number' : 'number';
	const { minimum, maximum, exclusiveMinimum } = node;
	if (exclusiveMinimum !== undefined) return `${whole} above ${exclusiveMinimum}`;
	if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER) return whole;
	const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
	return isBounded ? `${whole} from ${minimum} to ${maximum}` : `${whole} from ${minimum}`;
}

function unitOf(key: string, node: Node): string {
	const isNumber = membersOf(node).some(({ type, items, additionalProperties: each }) =>
		/number|integer/.test(String((items ?? (typeof each === 'object' ? each : { type })).type)),
	);
	if (!isNumber) return '';
	return UNITS.find(([pattern]) => pattern.test(key))?.[1] ?? '';
}

function flagSections(): string[] {
	const scenario = SCENARIO_FLAGS.map(({ flags, key, help }) => [
		`\`${flags}\``,
		`\`${key}\``,
		cell(help),
	]);
	const special = SPECIAL_FLAGS.map(({ flags, description }) => [
		`\`${flags}\``,
		cell(description),
	]);
	const theirs = VIDUR_ENERGY_FLAGS.map(([flag, here, note]) => [
		`\`${flag}\``,
		here === '' ? 'none' : `\`${here}\``,
		note,
	]);
	return [
		'## Flags of `gridbeat run`',
		'',
		'Flags that set one key. A number in a key is a place in a list: `solar.0` is the first plant.',
		'',
		...table(['flag', 'key', 'meaning'], scenario),
		'',
		'Flags that say more than one key:',
		'',
		...table(['flag', 'meaning'], special),
		'',
		'`--out`, `--overwrite`, `--json` and `--dry-run` are about the run, not the scenario: `npx gridbeat run --help`.',
		'',
		"## The flags of Vidur-Energy's co-simulation",
		'',
		'`python -m vidur.vidur_vessim.cli` has 14 flags. Each has its counterpart, or is not needed:',
		'',
		...table(['their flag', 'here', 'remarks'], theirs),
	];
}

function cell(text: string): string {
	return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

if (process.argv[1]?.endsWith('scenario-docs.js') && process.argv[2] === '--write') {
	writeFileSync(projectFile(SCENARIO_DOCS_FILE), scenarioDocs());
}
