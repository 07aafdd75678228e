import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { gridbeat, tempFolder } from './cli.ts';

/** The resolved scenario says where each of its values is from, and the default one steps back where somebody speaks. */
const folder = tempFolder();
const path = join(folder, 'mine.yaml');
writeFileSync(
	path,
	'until: 10min\nserving: none\nsolar: 4 kW\nloads: [{ powerW: 300 }]\nbatteries: [{ capacityWh: 3 kWh }]\ncarbon: zone:DE\nplacement: { mode: in-process }\n',
);

async function dryRun(...args: string[]) {
	const { code, stdout, stderr } = await gridbeat(['run', ...args, '--dry-run', '--json']);
	assert.is(code, 0, stderr);
	return { ...JSON.parse(stdout), stderr };
}

test('a dry run says of each value whether it is a default, or of the file, a flag or what these say', async () => {
	const { origins, scenario } = await dryRun(path, '--battery-min-soc', '0.25');
	assert.is(scenario.batteries[0].capacityWh, 3000);
	const expected = {
		until: 'file',
		step: 'default',
		serving: 'file',
		'solar.0.peakPowerW': 'file',
		'solar.0.albedo': 'default',
		'loads.0.powerW': 'file',
		'loads.0.type': 'derived',
		'loads.0.name': 'derived',
		'batteries.0.capacityWh': 'file',
		'batteries.0.minSoc': 'flag',
		'batteries.0.initialSoc': 'default',
		'carbon.zone': 'file',
	};
	for (const [key, origin] of Object.entries(expected)) assert.is(origins[key], origin, key);
	const { stdout } = await gridbeat(['run', path, '--battery-min-soc', '0.25', '--dry-run']);
	assert.match(stdout, /^ +minSoc: 0.25 # flag$/m);
	assert.match(stdout, /^ +capacityWh: 3000 # file$/m);
	assert.match(stdout, /^step: 60s$/m);
});

test('so does the run folder, in few words', async () => {
	const out = join(folder, 'run');
	const { code, stderr } = await gridbeat(['run', path, '--seed', '7', '--out', out]);
	assert.is(code, 0, stderr);
	const { gridbeat: kept } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8'));
	assert.ok(kept.value_origins.file.includes('solar.0.peakPowerW'));
	assert.equal(kept.value_origins.flag, ['seed']);
	assert.ok(kept.value_origins.derived.includes('loads.0.type'));
});

test("with flags alone the default scenario's cap and battery hold until something of the kind is said", async () => {
	const usual = await dryRun('--until', '10min');
	assert.is(usual.scenario.cap.length, 1);
	assert.is(usual.scenario.batteries[0].capacityWh, 3000);
	assert.is(usual.origins['batteries.0.capacityWh'], 'default');
	const battery = await dryRun('--battery-capacity', '1 kWh');
	const { capacityWh, initialSoc, minSoc } = battery.scenario.batteries[0];
	assert.equal(
		{ capacityWh, initialSoc, minSoc },
		{ capacityWh: 1000, initialSoc: 0.4, minSoc: 0.3 },
	);
	const carbon = await dryRun('--carbon', 'constant:500');
	assert.equal(carbon.scenario.cap, []);
	assert.match(carbon.stderr, /cap on carbon is left out; give one with --cap/);
	const cap = await dryRun('--carbon', 'constant:500', '--cap', 'carbon>450:200');
	assert.is(cap.scenario.cap[0].above, 450);
	assert.is(cap.origins['cap.0.above'], 'flag');
});

test('a rate beside users is refused in a file, and users of a flag take its place', async () => {
	const both = join(folder, 'both.yaml');
	writeFileSync(both, 'until: 10min\nrequests: { qps: 3, concurrency: 8 }\n');
	const { code, stderr } = await gridbeat(['run', both, '--dry-run']);
	assert.is(code, 2);
	assert.match(
		stderr,
		/^Cannot use "requests.qps" = 3 in .*both.yaml:2: users \(concurrency 8\) send when they are answered; drop one of the two$/m,
	);
	const rate = join(folder, 'rate.yaml');
	writeFileSync(rate, 'until: 10min\nrequests: { qps: 3 }\n');
	const { scenario } = await dryRun(rate, '--concurrency', '8');
	assert.is(scenario.requests.concurrency, 8);
});

test('a dry run reads every file, and writes nothing', async () => {
	const broken = join(folder, 'broken.csv');
	writeFileSync(broken, 'time,power\n0,100\n60,abc\n');
	for (const flag of [
		...['--load-trace', '--solar-trace', '--carbon', '--price', '--weather'],
		...['--requests', '--arrivals', '--length-file'],
	]) {
		const out = join(folder, 'none');
		const args = ['run', '--until', '10min', flag, broken, '--dry-run', '--out', out];
		const { code, stderr } = await gridbeat(args);
		assert.is(code, 2, `${flag}: ${stderr}`);
		assert.match(stderr, /^Cannot .*broken\.csv/m, flag);
		assert.throws(() => readFileSync(join(out, 'metadata.yaml')));
	}
});

test.run();
