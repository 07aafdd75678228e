import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioJsonSchema } from '../run/resolve/editor-schema.ts';
import { SCENARIO_FLAGS } from './flags.ts';
import { specialOverrides } from './special-flags.ts';
import { SPECIAL_FLAGS } from './special-options.ts';

/** The parts of JSON Schema that scenarios use. */
interface Node {
	readonly properties?: Readonly<Record<string, Node>>;
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly items?: Node;
	readonly anyOf?: readonly Node[];
	readonly oneOf?: readonly Node[];
}

const SCHEMA = scenarioJsonSchema() as Node;

/** The node and, of a union, all that it may be. */
function allOf(node: Node): Node[] {
	return [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(allOf)];
}

/** All that a key may be; none: a scenario has no such key. A number in it is a place in a list. */
function nodesAt(path: string): Node[] {
	let nodes = [SCHEMA];
	for (const key of path.split('.'))
		nodes = nodes.flatMap(allOf).flatMap((node) => {
			const child = /^\d+$/.test(key) ? node.items : node.properties?.[key];
			return child === undefined ? [] : [child];
		});
	return nodes.flatMap(allOf);
}

const isKey = (path: string) => nodesAt(path).length > 0;

/** The words that a key takes, if it takes no others. */
function wordsAt(path: string): string[] {
	return nodesAt(path)
		.flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const]))
		.filter((word) => word !== null)
		.map(String);
}

/** Types that have flags of their own: --requests, --arrivals, --length-file. */
const OF_FILES = ['trace-file', 'length-file', 'trace'];

test('the help of a flag names all that its key may be', () => {
	const listed = SCENARIO_FLAGS.filter(({ key }) => wordsAt(key).length > 1);
	assert.ok(listed.length >= 10, listed.map(({ key }) => key).join());
	for (const { flags, key, help } of listed)
		for (const word of wordsAt(key))
			assert.ok(
				OF_FILES.includes(word) || help.includes(word) || /unit/.test(key),
				`${flags}: ${word} is missing in "${help}"`,
			);
});

/** A value of each flag that says more than one key. */
const VALUES: Readonly<Record<string, unknown>> = {
	requests: 'requests.csv',
	timeScale: '2',
	anchor: 'first',
	timeUnit: 'ms',
	hashTokens: '64',
	requestColumns: 'prompt=in,output=out',
	arrivals: 'arrivals.csv',
	lengthFile: 'lengths.csv',
	diurnal: Array(24).fill('1').join(','),
	weekly: '1,1,1,1,1,1,1',
	bursts: '4:5min:1h',
	vidurRequests: true,
	prefixCache: 'shared',
	prefixes: '40:1200',
	disaggregate: '2:3',
	serving: false,
	load: '100',
	loadTrace: 'load.csv',
	weather: 'weather.epw',
	extend: 'repeat-day',
	solarTrace: 'solar.csv',
	carbon: 'constant:100',
	marginalCarbon: 'zone:DE',
	price: '0.3',
	dispatch: 'carbon:100:300',
	ignoreEvents: true,
	outage: ['18h+3h'],
	cap: ['marginal>300:250'],
	batchMetrics: true,
	chromeTrace: true,
	operationMetrics: true,
	parquet: true,
	inProcess: true,
	processes: '2',
	external: ['solar'],
};

/** Flags that change what another one says, or set nothing by themselves. */
const WITH: Readonly<Record<string, string>> = {
	timeScale: 'requests',
	anchor: 'arrivals',
	timeUnit: 'arrivals',
	hashTokens: 'requests',
	requestColumns: 'lengthFile',
	extend: 'loadTrace',
};

test('the key of every flag is one of the scenario', () => {
	for (const { flags, key } of SCENARIO_FLAGS) assert.ok(isKey(key), `${flags}: ${key}`);
	assert.not(isKey('serving.replica'));
	assert.not(isKey('solar.0.sky.nothing'));
});

test('every flag that says more than one key sets keys of the scenario', () => {
	assert.equal(
		SPECIAL_FLAGS.map((flag) => flag.attributeName()).toSorted(),
		Object.keys(VALUES).toSorted(),
	);
	for (const [name, value] of Object.entries(VALUES)) {
		const other = WITH[name];
		const options = { [name]: value, ...(other === undefined ? {} : { [other]: VALUES[other] }) };
		const keys = [...specialOverrides(options).keys()];
		assert.ok(keys.length > 0, name);
		for (const key of keys) assert.ok(isKey(key), `${name}: ${key}`);
	}
});

test('paths of flags are from the current folder', () => {
	const from = process.cwd();
	const set = specialOverrides({
		...{ carbon: 'marginal:a.csv', price: 'file:/b.xml', loadTrace: 'c.csv', dispatch: 'd.js' },
		requests: 'e/f.csv',
	});
	assert.is((set.get('carbon') as { path: string }).path, `${from}/a.csv`);
	assert.is((set.get('price') as { path: string }).path, '/b.xml');
	assert.is((set.get('loads') as { path: string }[])[0]?.path, `${from}/c.csv`);
	assert.is(set.get('policy.path'), `${from}/d.js`);
	assert.is((set.get('requests.lengths') as { path: string }).path, `${from}/e/f.csv`);
});

test('--extend holds for every file of a series, and is refused where there is none', () => {
	const extend = 'repeat-day';
	const set = specialOverrides({
		...{ extend, carbon: 'file:a.json', marginalCarbon: 'b.csv', price: 'file:c.xml' },
		...{ loadTrace: 'd.csv', load: '5', weather: 'e.epw', requests: 'f.csv' },
	});
	for (const key of ['carbon', 'marginalCarbon', 'price', 'solar.0.sky'])
		assert.is((set.get(key) as { extend?: string }).extend, extend, key);
	const [load, trace] = set.get('loads') as { extend?: string }[];
	assert.equal([load?.extend, trace?.extend], [undefined, extend]);
	assert.is((set.get('requests.lengths') as { extend?: string }).extend, undefined);
	for (const others of [{}, { carbon: 'uk', price: '0.3', load: '5' }])
		assert.throws(
			() => specialOverrides({ extend, ...others }),
			/^Cannot use --extend "repeat-day": no flag names a file of loads, prices, carbon or weather; /,
		);
});

test('a rate beside what says when requests arrive is refused', () => {
	for (const [other, reason] of [
		['requests', 'Cannot use --qps with --requests: the file says when; use --time-scale'],
		['arrivals', 'Cannot use --qps with --arrivals: the file says when; use --time-scale'],
		['concurrency', 'Cannot use --qps with --concurrency: users send when they are answered'],
	] as const)
		assert.throws(() => specialOverrides({ qps: 2, [other]: 'x' }), new RegExp(reason));
});

test.run();
