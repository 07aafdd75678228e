import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { moduleHash } from '../kernel/files/module-hash.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, readRows, startGridbeat, startTestServer, tempFolder } from './cli.ts';
import { SIGNAL_MODULES } from './own-kind.test-support.ts';

/** Signals of the user's own: where ours are taken, by the same ports, in every placement. */

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

type Files = Readonly<Record<string, string>>;

/** A folder with the modules and a scenario in which they are the signals, or with another scenario. */
function scenario(keys: object = {}, files: Files = {}): string {
	const folder = tempFolder();
	for (const [name, text] of Object.entries({ ...SIGNAL_MODULES, ...files }))
		writeFileSync(join(folder, name), text);
	const whole = {
		...{ until: '10min', step: '30s', window: '2min' },
		serving: {
			pue: {
				byOutdoorC: [
					[0, 1],
					[40, 2],
				],
				outdoor: { module: './air.js', degC: 20 },
			},
		},
		carbon: { source: 'module', module: './co2.js', kind: 'average', fromG: 100, slopeG: 10 },
		price: { source: 'module', module: './price.js' },
		cap: [{ signal: 'carbon', above: 195, capWPerGpu: 150 }],
		...keys,
	};
	const path = join(folder, 'scenario.yaml');
	writeFileSync(path, JSON.stringify(whole));
	return path;
}

async function run(path: string, args: readonly string[], env: Env = {}): Promise<string> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', path, ...args, '--out', folder], env);
	assert.is(code, 0, stderr);
	return folder;
}

const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const NAMES = ['timeseries.csv', 'usage.csv', 'request_metrics.csv', 'simulation_metrics.txt'];

const path = scenario();
let reference = '';
test.before(async () => {
	reference = await run(path, ['--in-process']);
});

test('intensity, price and outdoor temperature of one’s own stand where ours do', () => {
	const rows = readRows(reference, 'timeseries.csv');
	assert.is(rows.length, 20);
	for (const [k, row] of rows.entries()) {
		const intensity = 100 + 10 * k;
		assert.is(row['grid_signals.carbon'], String(intensity));
		// Its module reads the carbon intensity of the scenario, which is a module too.
		assert.is(row['grid_signals.price'], String(intensity / 1000));
		assert.is(row['policy_state.cap_per_gpu'], intensity > 195 ? '150' : '');
	}
	for (const row of readRows(reference, 'usage.csv')) assert.is(row['pue'], '1.5');
	const report = text(reference, 'simulation_metrics.txt');
	assert.match(report, /Emissions \(average carbon intensity\)/);
	assert.match(report, /range +100 to 290 g\/kWh/);
});

test('metadata and sources say which modules the signals are', () => {
	const { gridbeat: own } = parse(text(reference, 'metadata.yaml')) as {
		gridbeat: { own_kinds: Record<string, string>[]; sources: Record<string, string>[] };
	};
	const module = path.replace('scenario.yaml', 'co2.js');
	const sha256 = moduleHash(module);
	assert.equal(own.own_kinds[0], { name: 'carbon', kind: 'ramp', role: 'signal', module, sha256 });
	assert.equal(
		own.own_kinds.map(({ name, role }) => `${name} ${role}`),
		['carbon signal', 'price signal', 'air signal'],
	);
	const sources = own.sources.map(({ what, source }) => `${what}: ${source}`);
	for (const line of [
		`carbon: kind ramp, ${module}, SHA-256 ${sha256}`,
		`carbon intensity: average intensity by the module ${module}`,
	])
		assert.ok(sources.includes(line), sources.join('\n'));
});

test('the bytes are the same in shared processes, in one each, and with a worker elsewhere', async () => {
	if (server === null) return;
	const env = { NATS_URL: server.url };
	const same = (folder: string) => {
		for (const name of NAMES)
			assert.ok(text(folder, name) === text(reference, name), `${name} of ${folder}`);
	};
	same(await run(path, []));
	same(await run(path, ['--processes', '3'], env));
	const module = path.replace('scenario.yaml', 'co2.js');
	const worker = startGridbeat(['worker', '--kind', 'own', '--once', '--module', module], env);
	same(await run(path, ['--external', 'carbon'], env));
	assert.is((await worker.ended).code, 0);
});

test('the signal of docs/own-kind.md runs as it stands there', async () => {
	const page = readFileSync(projectFile('docs/own-kind.md'), 'utf8');
	const code = /```js\n(export const meritOrder = [\s\S]*?)```/.exec(page)?.[1] ?? '';
	const files = {
		'merit-order.js': `import * as z from '${import.meta.resolve('zod')}';\n${code}`,
	};
	const keys = { source: 'module', module: './merit-order.js', kind: 'average', windShare: 0.4 };
	const alone = { serving: null, price: null, cap: [] };
	const folder = await run(scenario({ ...alone, carbon: keys }, files), ['--in-process']);
	assert.is(readRows(folder, 'timeseries.csv')[0]?.['grid_signals.carbon'], '300');
});

test('sites have signals of their own, by which requests choose, and a marginal one beside ours', async () => {
	const carbon = (fromG: number) => ({
		...{ source: 'module', module: './co2.js', kind: 'average', fromG, slopeG: 0 },
	});
	const sites = scenario({
		...{ serving: {}, cap: [], solar: [], batteries: [], price: null },
		requests: { geo: { policy: 'greenest' } },
		marginalCarbon: { source: 'module', module: './co2.js', fromG: 700, slopeG: 1 },
		sites: [
			{ name: 'dirty', carbon: carbon(500) },
			{ name: 'clean', carbon: carbon(50) },
		],
	});
	const folder = await run(sites, ['--in-process']);
	const [row] = readRows(folder, 'sites/clean/timeseries.csv');
	assert.is(row?.['grid_signals.clean-carbon'], '50');
	assert.is(row?.['grid_signals.clean-marginal'], '700');
	const requests = (site: string) => readRows(folder, `sites/${site}/request_metrics.csv`).length;
	assert.ok(requests('clean') > 100 && requests('dirty') === 0);
});

const said = async (keys: object, files: Files = {}) => {
	const args = ['--in-process', '--json', '--out', join(tempFolder(), 'run')];
	const { code, stderr } = await gridbeat(['run', scenario(keys, files), ...args]);
	return { code, line: stderr.trimEnd().split('\n').at(-1) ?? '' };
};

const co2 = (more: object) => ({ carbon: { source: 'module', module: './co2.js', ...more } });
const ramp = { kind: 'average', fromG: 100, slopeG: 0 };

/** What does not fit, and what is said of it. */
const WRONG: readonly (readonly [what: string, keys: object, said: RegExp])[] = [
	['average or marginal is not said', co2({ fromG: 1, slopeG: 0 }), /"carbon\.kind"/],
	[
		'its own configuration',
		co2({ kind: 'average', fromG: 1 }),
		/^Cannot configure "carbon" \(co2\.js\): slopeG is missing$/,
	],
	[
		'below 0',
		co2({ ...ramp, slopeG: -90 }),
		/^Cannot go on with "carbon" \(co2\.js\) at 00:01:00: it put out -80 g\/kWh as "signal"; give 0 to 3000$/,
	],
	[
		'another signal',
		{ price: { source: 'module', module: './co2.js', fromG: 1, slopeG: 0 } },
		/^Cannot use "co2\.js" as price: it has no output "price"$/,
	],
	[
		'among actors',
		{ actors: [{ name: 'co2', module: './co2.js', fromG: 1, slopeG: 0 }] },
		/^Cannot use "co2\.js" as "co2": it reports "signal", which is read elsewhere: name it under carbon with source: module$/,
	],
	[
		'a temperature among actors',
		{ actors: [{ name: 'shed', module: './air.js', degC: 1 }] },
		/it reports "air", which is read elsewhere: name it under serving\.pue\.outdoor$/,
	],
	[
		'among loads',
		{ loads: [{ name: 'co2', module: './co2.js', fromG: 1, slopeG: 0 }] },
		/^Cannot use "co2\.js" as load "co2": it has no output "power"; name it under "actors"$/,
	],
	[
		'itself as an input',
		{ carbon: { ...ramp, source: 'module', module: './self.js' } },
		/^Cannot run "carbon": it reads "signal", which is what it reports$/,
	],
	[
		'power beside a signal',
		{ carbon: { ...ramp, source: 'module', module: './both.js' } },
		/^Cannot use "both\.js" as "carbon": it has a "signal" and other outputs \(signal, power\); a signal is a kind of its own$/,
	],
	[
		'a forecast that is asked for',
		{
			forecast: { carbon: { source: 'persistence' } },
			policy: { type: 'forecast', follow: 'carbon' },
		},
		/^Cannot forecast "carbon": a module reports it step by step; drop forecast\.carbon, or give the signal as a file$/,
	],
	[
		'a policy that looks ahead',
		{ policy: { type: 'forecast', follow: 'carbon' } },
		/there is no such signal that is known in advance \(a module reports it\); add it, or follow another$/,
	],
];

const ports = (text: string) => (SIGNAL_MODULES['co2.js'] ?? '').replace('inputs: []', text);
const SIGNAL = "{ name: 'signal', kind: 'interval', fields: [{ name: 'value', unit: 'g/kWh' }] }";
const POWER = "{ name: 'power', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] }";
const ODD: Files = {
	'self.js': ports(`inputs: [${SIGNAL}]`),
	'both.js': ports('inputs: []').replace(/outputs: \[[^\n]*\],/, `outputs: [${SIGNAL}, ${POWER}],`),
};

for (const [what, keys, pattern] of WRONG)
	test(`a signal that does not fit is refused in one line: ${what}`, async () => {
		const { code, line } = await said(keys, ODD);
		assert.match(line, pattern);
		assert.is(code, what === 'below 0' ? 1 : 2);
	});

test.run();
