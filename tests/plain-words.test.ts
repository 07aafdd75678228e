import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioOptions } from '../cli/flags.ts';
import { SPECIAL_FLAGS } from '../cli/special-options.ts';
import { messageOf } from '../protocol/errors.ts';
import { scenarioJsonSchema } from '../run/resolve/editor-schema.ts';
import type { ScenarioInput } from '../run/resolve/scenario.ts';
import { validate } from '../run/validate.ts';
import { gridbeat, tempFolder } from './cli.ts';
import { rawPart } from './plain-words.test-support.ts';
import * as fc from './properties.test-support.ts';

/** Whatever stands in flags and files, complaints are in words of people: none of Node's, zod's or the language's. */
const folder = tempFolder();

function file(name: string, content: string | Uint8Array): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
}

mkdirSync(join(folder, 'folder'));

/** Files that are none of what is read anywhere. */
const FILES = [
	join(folder, 'nowhere.csv'),
	join(folder, 'folder'),
	file('empty.csv', ''),
	file('zeros.bin', new Uint8Array(512)),
	file(
		'binary.dat',
		Uint8Array.from({ length: 999 }, (_, i) => (i * 37) % 256),
	),
	file('broken.json', '{"a": [1, 2'),
	file('other.json', '{"a": {"b": [null, "x", 1]}}'),
	file('list.json', '[1, {"a": null}, "x"]'),
	file('null.json', 'null'),
	file('broken.yaml', 'a: [1, 2\nb: {'),
	file('other.yaml', 'a: 1\nb: [x, null]\n'),
	file('scalar.yaml', '7\n'),
	file('broken.xml', '<a><b>1</a>'),
	file('page.html', '<!doctype html><p>404</p>'),
	file('text.csv', 'hello\nworld\n'),
	file('table.csv', 'a,b,c\n1,2,3\nx,,"unclosed\n'),
	file('header.csv', 'time,power\n'),
	file('notime.csv', 'time,power\nnever,1\nlater,2\n'),
	file('broken.csv.gz', gzipSync('time,power\n0,1\n').subarray(0, 20)),
	file('no\tname.csv', 'time,power\n0,x\n'),
	file('weather.epw', 'LOCATION,x\n1,2,3\n'),
	file('card.yaml', 'name: x\n'),
	file('module.mjs', 'export default 7;\nthrow 1;\n'),
	`${join(folder, 'text.csv')}/below`,
	'\0',
];

/** Texts that people and programs give where something else is wanted. */
const TEXTS = [
	...['', ' ', 'none', 'null', 'x', '-1', '0', '1e400', 'NaN', '1.5', '0x10', '4 kW', '12 parsecs'],
	...[
		'true',
		'[]',
		'{}',
		'{"a":1}',
		'1:2',
		':',
		'a:b:c',
		'=',
		'%',
		'now',
		'2024-13-45',
		'24h',
		'-5min',
	],
	...[
		'zone:',
		'file:',
		'constant:',
		'feed:uk unit=kg/kWh',
		'feed:coal',
		'carbon>x:y',
		'☃',
		'a'.repeat(5000),
	],
];

const VALUES: readonly unknown[] = [
	...[
		null,
		true,
		-1,
		0,
		0.5,
		1e308,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		[],
		{},
		[[]],
		[null],
		[{}],
	],
	...[
		{ type: 'x' },
		{ path: 7 },
		{ path: '/nowhere' },
		{ a: { b: 1 } },
		[{ type: null }],
		['x'],
		[1, 'x'],
	],
	...TEXTS,
];

interface Node {
	readonly properties?: Readonly<Record<string, Node>>;
	readonly items?: Node;
	readonly anyOf?: readonly Node[];
	readonly oneOf?: readonly Node[];
}

/** The paths of all keys that a scenario may have. */
function pathsOf(node: Node, path: readonly string[] = []): string[][] {
	const below = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((one) => pathsOf(one, path));
	const items = node.items === undefined ? [] : pathsOf(node.items, [...path, '0']);
	const keys = Object.entries(node.properties ?? {}).flatMap(([key, one]) => [
		[...path, key],
		...pathsOf(one, [...path, key]),
	]);
	return [...keys, ...items, ...below];
}

const PATHS = [...new Set(pathsOf(scenarioJsonSchema() as Node).map((path) => path.join('.')))].map(
	(path) => path.split('.'),
);

/** A scenario with one value, and what is around it made up as little as can be. */
function withValue(path: readonly string[], value: unknown, type: string | null): ScenarioInput {
	const root: Record<string, unknown> = { until: '10min' };
	let node = root;
	path.slice(0, -1).forEach((key, i) => {
		const next: Record<string, unknown> = /^\d+$/.test(path[i + 1] ?? '') ? ([] as never) : {};
		node[key] = next;
		node = next;
		if (type !== null && !Array.isArray(next)) next['type'] = type;
	});
	node[path.at(-1) as string] = value;
	return root as ScenarioInput;
}

const TYPES = [
	null,
	'constant',
	'trace',
	'file',
	'feed',
	'simple',
	'fixed',
	'trace-file',
	'module',
];

test('whatever stands in a scenario, its complaints are in words of people', async () => {
	assert.ok(PATHS.length > 200, String(PATHS.length));
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...PATHS),
			fc.constantFrom(...VALUES),
			fc.constantFrom(...TYPES),
			async (path, value, type) => {
				const { problems } = await validate(withValue(path, value, type));
				for (const problem of problems) {
					assert.match(problem, /^Cannot /);
					assert.is(rawPart(problem), null, problem);
				}
			},
		),
		{ numRuns: 400 },
	);
});

const FLAGS = [
	...scenarioOptions().map(({ option }) => option),
	...SPECIAL_FLAGS.filter(({ required }) => required),
];

function holds(stderr: string, args: readonly string[]): void {
	const lines = stderr.split('\n').filter((line) => line !== '');
	assert.is(rawPart(stderr), null, `${args.join(' ')}: ${stderr}`);
	assert.ok(
		lines.some((line) => line.startsWith('Cannot ')),
		`${args.join(' ')}: ${stderr}`,
	);
}

test('whatever is given to a flag, its complaints are in words of people', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...FLAGS),
			fc.oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...FILES)),
			async ({ long }, text) => {
				const args = ['run', '--until', '10min', '--dry-run', `${long}=${text}`];
				const { code, stderr } = await gridbeat(args);
				if (code !== 0) holds(stderr, args);
			},
		),
		{ numRuns: 150 },
	);
});

/** Commands that read a file or a folder of somebody's. */
const READERS: readonly (readonly string[])[] = [
	['run', '--dry-run'],
	['run', '--dry-run', '--model'],
	['run', '--dry-run', '--device'],
	['run', '--dry-run', '--profile'],
	['run', '--dry-run', '--dispatch'],
	['run', '--dry-run', '--requests'],
	['run', '--dry-run', '--load-trace'],
	['run', '--dry-run', '--weather'],
	['run', '--dry-run', '--length-file'],
	['run', '--dry-run', '--arrivals'],
	['validate'],
	['report'],
	['compare'],
	['export'],
	['resume'],
	['replay'],
	['status'],
	['sweep'],
	['capacity'],
	['weather', 'inspect'],
	['profiles', 'check'],
	['energy', '--results'],
	['cosim', '--results'],
];

test('whatever file a command is given, its complaints are in words of people', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom(...READERS),
			fc.constantFrom(...FILES),
			async (command, path) => {
				const { code, stderr } = await gridbeat([...command, path]);
				if (code !== 0) holds(stderr, [...command, path]);
			},
		),
		{ numRuns: 150 },
	);
});

test('what Node and the language throw is said in words of people', async () => {
	const thrown = async (work: () => unknown) => {
		try {
			await work();
		} catch (error) {
			return messageOf(error);
		}
		throw new Error('nothing was thrown');
	};
	for (const text of ['', '{', '[1,]', '{"a" 1}', 'hello', '"\u0001"', '{"a": tru}', '"abc'])
		assert.match(await thrown(() => JSON.parse(text)), /^it is (no JSON|JSON that ends too early)/);
	const { readFileSync, readdirSync, mkdirSync: make, rmdirSync } = await import('node:fs');
	assert.is(await thrown(() => readFileSync('/nowhere/x')), 'there is no such file');
	assert.is(await thrown(() => readFileSync(folder)), 'it is a folder, not a file');
	assert.is(await thrown(() => readFileSync('a\0b')), 'a name cannot have a character of code 0');
	assert.is(await thrown(() => readdirSync('/nowhere')), 'there is no such folder');
	assert.is(await thrown(() => make(folder)), 'there is something of that name already');
	assert.is(await thrown(() => rmdirSync(folder)), 'the folder is not empty');
	const closed = createServer().listen(0, '127.0.0.1');
	await once(closed, 'listening');
	const { port } = closed.address() as AddressInfo;
	await once(closed.close(), 'close');
	assert.is(await thrown(() => fetch(`http://127.0.0.1:${port}`)), 'nothing listens there');
});

test.run();
