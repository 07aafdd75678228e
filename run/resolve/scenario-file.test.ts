import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { Scenario } from './scenario.ts';
import { readScenario } from './scenario-file.ts';

const test = suite('scenario file');

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-scenario-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
	mkdirSync(join(folder, 'deep'), { recursive: true });
	const path = join(folder, 'deep', name);
	writeFileSync(path, text);
	return path;
}

test('readScenario() takes files relative to the scenario, and names as they are', () => {
	const path = write(
		'files.yaml',
		'serving: { model: ./card.yaml, profile: ../tables }\nloads: [{ type: trace, name: l, path: l.csv }]\n',
	);
	const scenario = readScenario(path, new Map());
	assert.is(scenario.serving?.model, join(folder, 'deep', 'card.yaml'));
	assert.is(scenario.serving?.profile, join(folder, 'tables'));
	const [load] = scenario.loads;
	assert.is(load?.type === 'trace' && load.path, join(folder, 'deep', 'l.csv'));
	const named = readScenario(write('named.yaml', 'serving: { profile: scaled }\n'), new Map());
	assert.is(named.serving?.model, 'meta-llama/Meta-Llama-3-8B');
	assert.is(named.serving?.profile, 'scaled');
});

test('flags win over the file, and deeper keys keep the rest', () => {
	const path = write('win.yaml', 'seed: 7\nserving: { replicas: 3, pue: 1.1 }\n');
	const scenario = readScenario(path, new Map<string, unknown>([['serving.replicas', 5]]));
	assert.is(scenario.seed, 7);
	assert.is(scenario.serving?.replicas, 5);
	assert.is(scenario.serving?.pue, 1.1);
});

test('readScenario() names file, line, key and value of what is wrong', () => {
	const path = write('wrong.yaml', 'seed: 1\n\nserving:\n  replicas: none\n');
	try {
		readScenario(path, new Map());
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, `Cannot use "serving.replicas" = "none" in ${path}:4: `);
	}
});

test('what flags set stays out of the scenarios that are read after', () => {
	const flags: readonly (readonly [string, unknown])[] = [
		['batteries.0.capacityWh', 5],
		['batteries.0.type', 'linear'],
		['solar.0.peakPowerW', 7],
		['serving.replicas', 5],
		['requests.qps', 9],
		['requests.concurrency', 3],
		['policy.type', 'peak'],
		['location', 'Berlin'],
	];
	const bare = write('bare.yaml', 'until: 1h\n');
	const read = () => [
		Scenario.parse({}),
		readScenario(null, new Map()),
		readScenario(bare, new Map()),
	];
	const before = structuredClone(read());
	for (const flag of flags)
		for (const path of [null, bare]) {
			try {
				readScenario(path, new Map([flag]));
			} catch (error) {
				assert.instance(error, ConfigError);
			}
			assert.equal(read(), before, `${flag[0]} over ${path}`);
		}
});

test.run();
