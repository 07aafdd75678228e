import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { scenarioOptions } from '../cli/flags.ts';
import { programFile, projectFile } from '../kernel/files/project-file.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/**
 * What the command line prints, and the flags it takes over from Vidur-Energy's co-simulation. What ends with the process (its
 * code, what is still to be written) is looked at in one of its own: `{}`.
 */
const RUN = ['run', '--in-process', '--until', '10min'];

test('run --dry-run prints scenario and wiring and writes nothing', async () => {
	const out = join(tempFolder(), 'run');
	const { code, stdout, stderr } = await gridbeat([
		'run',
		'--dry-run',
		'--seed',
		'7',
		'--out',
		out,
	]);
	assert.is(code, 0);
	assert.is(stderr, '');
	assert.match(stdout, /^location: San Francisco$/m);
	assert.match(stdout, /^seed: "?7"? # flag$/m);
	assert.match(stdout, /^ {2}replica-2 +replica +replica-2$/m);
	assert.match(stdout, /^ {2}replica-1\.power -> controller\.power$/m);
	assert.match(stdout, /^ {2}battery\.state -> controller\.battery {2}\(delay 00:01:00\)$/m);
	assert.not(existsSync(out));
});

/** Flags that take off what the default scenario or a file has, with what the run is left without. */
const OFF: Readonly<Record<string, (scenario: Record<string, unknown>) => void>> = {
	'--carbon none': ({ carbon, cap }) => assert.equal([carbon, cap], [null, []]),
	'--cap none': ({ carbon, cap }) =>
		assert.equal([(carbon as { source: string }).source, cap], ['location', []]),
	'--price none': ({ price }) => assert.is(price, null),
	'--marginal-carbon none': ({ marginalCarbon }) => assert.is(marginalCarbon, null),
	'--outage none': ({ grid }) => assert.equal((grid as { outages: unknown }).outages, []),
	'--diurnal none --weekly none --bursts none': ({ requests }) =>
		assert.equal((requests as { rate: unknown }).rate, {
			diurnal: null,
			weekly: null,
			bursts: null,
		}),
	'--prefixes none': ({ requests }) =>
		assert.is((requests as { prefixes: unknown }).prefixes, null),
	'--battery-capacity 0': ({ batteries }) => assert.equal(batteries, []),
	'--generator 0': ({ generators }) => assert.equal(generators, []),
};

for (const [flags, holds] of Object.entries(OFF)) {
	test(`run ${flags} takes it off and runs`, async () => {
		const out = join(tempFolder(), 'run');
		const { code, stderr } = await gridbeat([...RUN, ...flags.split(' '), '--out', out]);
		assert.is(code, 0, stderr);
		assert.is(
			stderr,
			flags === '--carbon none'
				? "Without a carbon signal the default scenario's power cap on carbon is left out\n"
				: '',
		);
		const { scenario } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8')).gridbeat;
		holds(scenario);
	});
}

test('what goes into a pipe is whole, also where it is read late', async () => {
	const main = programFile('cli/main');
	const command = `"${process.execPath}" "${main}" schema | { sleep 1; cat; }`;
	const text = execFileSync('sh', ['-c', command], { maxBuffer: 1e7 }).toString();
	assert.ok(text.length > 100_000);
	assert.ok(JSON.parse(text).properties.serving);
	const closed = `"${process.execPath}" "${main}" schema 2>&1 | head -c 10; true`;
	assert.is(execFileSync('sh', ['-c', closed]).length, 10);
});

test('run --dry-run --json prints one JSON document', async () => {
	const out = join(tempFolder(), 'run');
	const { code, stdout } = await gridbeat([...RUN, '--dry-run', '--json', '--out', out]);
	assert.is(code, 0);
	const plan = JSON.parse(stdout);
	assert.is(plan.scenario.until, '10min');
	assert.is(plan.actors.length, 8);
	assert.ok(plan.wires.length > 8);
	assert.not(existsSync(out));
});

test('run --json prints one JSON document and everything else to standard error', async () => {
	const out = join(tempFolder(), 'run');
	const { code, stdout } = await gridbeat([...RUN, '--json', '--out', out], {});
	assert.is(code, 0);
	const result = JSON.parse(stdout);
	assert.is(result.outcome, 'complete');
	assert.is(result.folder, out);
	assert.is(result.simulatedUntilUs, 600e6);
	assert.ok(existsSync(result.report));
	const again = await gridbeat(['report', out, '--json']);
	const { schema, schemaVersion, ...summary } = JSON.parse(again.stdout);
	assert.equal([schema, schemaVersion], ['gridbeat.report', 1]);
	assert.equal(summary, result.summary);
});

test('run --json fails with its line on standard error and as a document on standard output', async () => {
	const { code, stdout, stderr } = await gridbeat([...RUN, '--json', '--profile', 'nope'], {});
	assert.is(code, 2);
	assert.is(`${JSON.parse(stdout).error.message}\n`, stderr);
	assert.match(stderr, /^Cannot load profile "nope"/);
});

/** Studies of other commands, tested with them; and one that needs other people's files. */
const NOT_VALIDATED = new Set(['capacity.yaml', 'sweep.yaml', 'vidur-energy-case.yaml']);

test('every example validates', async () => {
	const examples = readdirSync(projectFile('examples')).filter(
		(name) => name.endsWith('.yaml') && !NOT_VALIDATED.has(name),
	);
	assert.ok(examples.includes('default.yaml'));
	for (const name of examples) {
		const { code, stdout, stderr } = await gridbeat(['validate', projectFile(`examples/${name}`)]);
		assert.is(stderr, '');
		assert.is(code, 0);
		assert.match(stdout, /: valid\n$/);
	}
});

test('schema prints the JSON Schema of scenario files with a meaning for most keys', async () => {
	const { code, stdout } = await gridbeat(['schema']);
	assert.is(code, 0);
	const schema = JSON.parse(stdout);
	assert.is(schema.title, 'Gridbeat scenario');
	assert.is(schema.additionalProperties, false);
	for (const key of ['location', 'requests', 'serving', 'solar', 'batteries', 'carbon', 'cap']) {
		assert.ok(key in schema.properties, key);
	}
	assert.ok(schema.properties.until.description.length > 10);
});

test("run takes every flag of Vidur-Energy's co-simulation", async () => {
	const out = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat([
		...[...RUN, '--location', 'Berlin', '--step-size', '120', '--solar-scale-factor', '4000'],
		...['--battery-capacity', '8000', '--battery-initial-soc', '0.7', '--battery-min-soc', '0.2'],
		...['--low-carbon-threshold', '120', '--high-carbon-threshold', '320'],
		...['--log-metrics', '--carbon-analysis', '--interpolate-datasets', '--out', out],
	]);
	assert.is(stderr, '');
	assert.is(code, 0);
	const rows = readRows(out, 'timeseries.csv');
	assert.equal(
		rows.map((row) => row['time']?.slice(11)),
		['00:00:00', '00:02:00', '00:04:00', '00:06:00', '00:08:00'],
	);
	assert.is(rows[0]?.['microgrid'], 'Berlin');
	assert.is(rows[0]?.['dispatch_states.battery.charge_level'], '5600');
	assert.ok(existsSync(join(out, 'simulation_metrics.txt')));
});

test('flags for one key of the battery keep its other keys', async () => {
	const args = [
		'run',
		'--dry-run',
		'--json',
		'--battery-model',
		'clc',
		'--battery-capacity',
		'957',
	];
	const { code, stdout } = await gridbeat(args);
	assert.is(code, 0);
	const [battery] = JSON.parse(stdout).scenario.batteries;
	assert.is(battery.type, 'clc');
	assert.is(battery.capacityWh, 957);
	assert.not('cRate' in battery);
});

for (const command of [[], ['run'], ['worker']]) {
	test(`gridbeat ${[...command, '--help'].join(' ')} explains itself`, async () => {
		const { code, stdout, stderr } = await gridbeat([...command, '--help'], {});
		assert.is(code, 0);
		assert.is(stderr, '');
		assert.match(stdout, new RegExp(`^Usage: gridbeat ${command.join(' ')}`));
	});
}

test('help fits a screen of 80 columns and 24 lines, and --help-all has every flag', async () => {
	for (const command of [[], ['run']]) {
		const short = (await gridbeat([...command, '--help'], {})).stdout.trimEnd().split('\n');
		assert.ok(short.length < 24, `${short.length} lines: ${command}`);
		assert.ok(short.every((line) => line.length <= 80));
		assert.match(short.at(-1) ?? '', /^All (flags|commands): gridbeat .*--help-all$/);
		const whole = (await gridbeat([...command, '--help-all'], {})).stdout;
		assert.ok(whole.split('\n').length > 2 * short.length);
		assert.not.match(whole, 'All flags: ');
	}
	const { stdout } = await gridbeat(['run', '--help-all'], {});
	for (const { option } of scenarioOptions())
		if (!option.hidden) assert.match(stdout, `${option.long} `);
	assert.not.match((await gridbeat(['resume', '--help'], {})).stdout, '--nats-ca');
	assert.match((await gridbeat(['resume', '--help-all'], {})).stdout, '--nats-ca');
});

test.run();
