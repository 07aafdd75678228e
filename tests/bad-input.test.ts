import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CliResult, type Env, gridbeat, tempFolder } from './cli.ts';

/** Whatever is wrong with what the user gives: one line that says what, where, its value, and what would do. */
const folder = tempFolder();
const RUN = ['run', '--until', '10min', '--in-process'];

function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

const brokenTrace = file('broken.csv', 'time,power\n0,100\n60,abc\n');
const shortTrace = file('short.csv', 'time,power\n0,100\n60,200\n');
const unknownKey = file('unknown-key.yaml', 'until: 1h\nserving:\n  replicas: 2\n  replicaz: 3\n');
const unknownTop = file('unknown-top.yaml', 'until: 1h\n\nreplicas: 3\n');
const negative = file('negative.yaml', 'batteries:\n  - type: simple\n    capacityWh: -5\n');
const notYaml = file('not-yaml.yaml', 'until: 1h\nloads: [1\n');
const list = file('list.yaml', '- until\n');
const study = file('study.yaml', 'base:\n  until: 1h\ngrid:\n  serving.replicas: [1, 2]\n');
const feedOfNobody = file('feed-of-nobody.yaml', 'carbon: { source: feed, feed: coal }\n');
const bfill = file(
	'bfill.yaml',
	'loads:\n  - { type: trace, name: office, path: short.csv, fill: bfill }\n',
);
const badHost = file('bad-host.yaml', 'placement:\n  hosts:\n    one: [replica-9]\n');

interface Case {
	readonly args: readonly string[];
	readonly says: RegExp;
	readonly env?: Env;
}

const COORDINATES = /give both --latitude and --longitude, such as --latitude 48/;

const CASES: Readonly<Record<string, Case>> = {
	'an unknown key': {
		args: [...RUN, unknownKey],
		says: /^Cannot use key "serving.replicaz" in .*unknown-key.yaml:4: unknown key; did you mean "replicas"\? known here: replicas, scaling, model, /,
	},
	'an unknown key at the top': {
		args: [...RUN, unknownTop],
		says: /^Cannot use key "replicas" in .*unknown-top.yaml:3: unknown key; known here: name, location, /,
	},
	'a negative capacity in a file': {
		args: [...RUN, negative],
		says: /^Cannot use "batteries.0.capacityWh" = -5 in .*negative.yaml:3: must be above 0 Wh$/,
	},
	'a negative capacity in a flag': {
		args: [...RUN, '--battery-capacity', '-5'],
		says: /^Cannot use "batteries.0.capacityWh" = -5: must be above 0 Wh$/,
	},
	'a state of charge above 1': {
		args: [...RUN, '--battery-initial-soc', '1.2'],
		says: /^Cannot use "batteries.0.initialSoc" = 1.2: must lie between 0 and 1$/,
	},
	'a least state of charge above the initial one': {
		args: [...RUN, '--battery-initial-soc', '0.4', '--battery-min-soc', '0.5'],
		says: /^Cannot start battery "battery" at a state of charge of 0.4: its minimum is 0.5; raise initialSoc or lower minSoc$/,
	},
	'a length that is no number of steps': {
		args: ['run', '--until', '90s'],
		says: /^Cannot run until 00:01:30 in steps of 00:01:00: .* use 00:02:00 or 00:01:00$/,
	},
	'a length of zero': {
		args: ['run', '--until', '0'],
		says: /^Cannot use the length "until" "0": give a positive time such as 60s, /,
	},
	'an end before the start': {
		args: ['run', '--until', '-1h'],
		says: /^Cannot use the length "until" "-1h": give a positive time such as 60s, /,
	},
	'a broken trace': {
		args: [...RUN, '--load-trace', brokenTrace],
		says: /^Cannot read trace ".*broken.csv": line 3 has the value "abc", not a finite number$/,
	},
	'a trace that is not there': {
		args: [...RUN, '--load-trace', join(folder, 'none.csv')],
		says: /^Cannot read trace ".*none.csv": .*no such file.*; check the path$/,
	},
	'a trace shorter than the run': {
		args: [...RUN, bfill],
		says: /^Cannot run from 00:00:00 to 00:10:00 after the start with trace ".*short.csv" column "power": it covers 00:00:00 to 00:01:00 after the start; .*extend: repeat-day/,
	},
	'requests without their columns': {
		args: [...RUN, '--requests', shortTrace],
		says: /^Cannot replay requests from ".*short.csv": no column arrived_at, .*; the header has time, power; say which it is with columns \(--request-columns arrival=NAME,prompt=NAME,output=NAME\)$/,
	},
	'a scenario that is not there': {
		args: ['run', join(folder, 'none.yaml')],
		says: /^Cannot read scenario ".*none.yaml": there is no such file/,
	},
	'a scenario that is no YAML': {
		args: ['run', notYaml],
		says: /^Cannot read scenario ".*not-yaml.yaml:3": Flow sequence .* must .* end with a \]$/,
	},
	'a scenario that is a list': {
		args: ['run', list],
		says: /^Cannot use scenario ".*list.yaml": it must be a mapping of keys to values$/,
	},
	'an unknown location': {
		args: [...RUN, '--location', 'Narniaville'],
		says: /^Cannot find location "Narniaville": known are 12\d+ cities .*Berlin, .*, São Paulo .*; or give coordinates .*, such as --location "Narniaville" --latitude 48/,
	},
	'an unknown time zone': {
		args: [...RUN, '--latitude', '3', '--longitude', '4', '--timezone', 'Mars/Base'],
		says: /^Cannot use time zone "Mars\/Base": give a name of the IANA database such as Europe\/Berlin or UTC$/,
	},
	'a place of which there are several': {
		args: [...RUN, '--location', 'Springfield'],
		says: /^Cannot tell which place "Springfield" is: there are Springfield, Missouri, US; .*; say which, such as --location "Springfield, Missouri, US"$/,
	},
	'a place that is not where it is said to be': {
		args: [...RUN, '--location', 'Dublin, Spain'],
		says: /^Cannot find location "Dublin, Spain": of that name there are only Dublin, Ireland; Dublin, California, US; /,
	},
	'a misspelt city': {
		args: [...RUN, '--location', 'Kopenhagen'],
		says: /^Cannot find location "Kopenhagen": did you mean "Copenhagen"\?/,
	},
	'one coordinate of two': {
		args: [...RUN, '--latitude', '3', '--timezone', 'Europe/Berlin'],
		says: COORDINATES,
	},
	'an altitude of nowhere': { args: [...RUN, '--altitude', '300'], says: COORDINATES },
	'a grid zone without coordinates': { args: [...RUN, '--grid-zone', 'IE'], says: COORDINATES },
	'a place whose grid is not known': {
		args: [
			...['run', '--location', 'Point Nemo', '--latitude', '-48.88', '--longitude', '-123.39'],
			...['--timezone', 'Etc/GMT+8'],
		],
		says: /^Cannot tell the carbon intensity at "Point Nemo": no grid zone is known there; use --grid-zone NAME, /,
	},
	'coordinates outside the world': {
		args: [...RUN, '--latitude', '91', '--longitude', '4', '--timezone', 'Europe/Berlin'],
		says: /^Cannot use "location.latitude" = 91: must be 90 or less$/,
	},
	'an unknown model': {
		args: [...RUN, '--model', 'gpt'],
		says: /^Cannot use model "gpt": known are meta-llama\//,
	},
	'an unknown device': {
		args: [...RUN, '--device', 'abacus'],
		says: /^Cannot use device "abacus": known are a100, /,
	},
	'a misspelt model': {
		args: [...RUN, '--model', 'llama-3-70b'],
		says: /^Cannot use model "llama-3-70b": did you mean "meta-llama\/Meta-Llama-3-70B"\? known are /,
	},
	'a misspelt device': {
		args: [...RUN, '--device', 'h10'],
		says: /^Cannot use device "h10": did you mean "h100"\? known are a100, /,
	},
	'a misspelt profile': {
		args: [...RUN, '--profile', 'llama-2-7b-a100-tp11'],
		says: /^Cannot load profile "llama-2-7b-a100-tp11": did you mean "llama-2-7b-a100-tp1"\? /,
	},
	'a misspelt time zone': {
		args: [...RUN, '--latitude', '3', '--longitude', '4', '--timezone', 'Europe/Berln'],
		says: /^Cannot use time zone "Europe\/Berln": did you mean "Europe\/Berlin"\? give /,
	},
	'a misspelt grid zone': {
		args: [...RUN, '--carbon', 'zone:CAISO-Nort'],
		says: /^Cannot find grid zone "CAISO-Nort": did you mean "CAISO-North"\? known are /,
	},
	'a start in a month that is none': {
		args: [...RUN, '--start', '2024-13-45'],
		says: /^Cannot use start "2024-13-45": there is no such time; give a local time such as /,
	},
	'a number that is not whole': {
		args: [...RUN, '--replicas', '1.5'],
		says: /^Cannot use "serving.replicas" = 1.5: must be a whole number$/,
	},
	'an unknown profile': {
		args: [...RUN, '--profile', 'nope'],
		says: /^Cannot .*profile "nope"/,
	},
	'an unknown policy': {
		args: [...RUN, '--policy', 'best'],
		says: /^Cannot use "requests.policy" = "best": must be round_robin, random, least_outstanding or prefix$/,
	},
	'an unknown battery model': {
		args: [...RUN, '--battery-model', 'tesla'],
		says: /^Cannot use "batteries.0.type" = "tesla": must be simple, linear or clc$/,
	},
	'an unknown actor in a placement': {
		args: ['run', badHost],
		says: /^Cannot place "replica-9" in host "one": no such actor; did you mean "replica-\d"\? known are router, /,
	},
	'an unknown actor to wait for': {
		args: ['run', '--external', 'turbine'],
		says: /^Cannot await "turbine" from elsewhere: no such actor or kind; known are router, /,
	},
	'replicas without serving': {
		args: [...RUN, '--no-serving', '--replicas', '2'],
		says: /^Cannot set "serving.replicas": "serving" is null, so left out; drop one of the two$/,
	},
	'a microgrid with nobody in it': {
		args: [...RUN, file('empty.yaml', 'serving: null\nsolar: []\n')],
		says: /^Cannot run a microgrid without members: add replicas, loads, solar or wind$/,
	},
	'a cap that is no rule': {
		args: [...RUN, '--cap', 'always'],
		says: /^Cannot use --cap "always": give none, or a rule such as carbon>300:250 or soc<0.4:200 /,
	},
	'no cap and one': {
		args: [...RUN, '--cap', 'none', 'carbon>300:250'],
		says: /^Cannot use --cap none with other values \(carbon>300:250\): give one or the other$/,
	},
	'a cap on a signal that is left out': {
		args: [...RUN, '--carbon', 'none', '--cap', 'carbon>300:250'],
		says: /^Cannot configure "controller" at "cap.rules": a cap rule on carbon needs a carbon signal; add one, or drop the rule \(--cap none drops all\)$/,
	},
	'a battery that is none, with a limit': {
		args: [...RUN, '--battery-capacity', '0', '--battery-min-soc', '0.1'],
		says: /^Cannot use "batteries.0.capacityWh" = 0 with "batteries.0.minSoc": a size of 0 means none; drop one of the two$/,
	},
	'a price that is none of the three': {
		args: [...RUN, '--price', 'cheap'],
		says: /^Cannot use --price "cheap": give USD\/kWh, location, zone:NAME, none, FILE\.csv, file:FILE or feed:FEED$/,
	},
	'validate of what a run would refuse': {
		args: [
			'validate',
			file('cap.yaml', 'carbon: null\ncap: [{signal: carbon, above: 300, capWPerGpu: 200}]\n'),
		],
		says: /^Cannot configure "controller" at "cap.rules": a cap rule on carbon needs a carbon signal/,
	},
	'a carbon source that is none': {
		args: [...RUN, '--carbon', 'coal'],
		says: /^Cannot use --carbon "coal": give location, none, constant:VALUE, /,
	},
	'a number that is none': {
		args: [...RUN, '--qps', 'many'],
		says: /^Cannot use --qps "many": give a number$/,
	},
	'a start that is no time': {
		args: [...RUN, '--start', 'yesterday'],
		says: /^Cannot use start "yesterday": .*; give a local time such as 2024-06-20T00:00, or now$/,
	},
	'a live feed without its token': {
		args: [...RUN, '--carbon', 'electricitymaps:DE'],
		says: /^Cannot fetch from Electricity Maps: ELECTRICITYMAPS_TOKEN is not set; get a token .*, or use /,
	},
	'a NATS server that is not there': {
		args: ['run', '--until', '10min'],
		env: { NATS_URL: 'nats://127.0.0.1:1' },
		says: /^Cannot reach NATS_URL "nats:\/\/127.0.0.1:1": connection refused; start a server there, or unset NATS_URL/,
	},
	'a limit that is no time': {
		args: RUN,
		env: { GRIDBEAT_WAIT_LIMIT_MS: 'soon' },
		says: /^Cannot use GRIDBEAT_WAIT_LIMIT_MS "soon": give milliseconds, such as 5000$/,
	},
	'a run folder below a file': {
		args: [...RUN, '--out', join(brokenTrace, 'run')],
		says: /^Cannot create run folder ".*": a part of the path is a file, not a folder$/,
	},
	'a file for a run folder': {
		args: [...RUN, '--out', brokenTrace],
		says: /^Cannot create run folder ".*broken.csv": there is a file of that name; choose another folder$/,
	},
	'an unknown flag': {
		args: ['run', '--replica', '3'],
		says: /^Cannot use this command line: unknown option '--replica' \(Did you mean --replicas\?\); see gridbeat run --help$/,
	},
	'a flag without its value': {
		args: ['run', '--out', join(folder, 'none'), '--seed'],
		says: /^Cannot use this command line: option '--seed <text>' argument missing; see /,
	},
	'a flag in the place of a value': {
		args: ['run', '--seed', '--dry-run'],
		says: /^Cannot use this command line: option '--seed <text>' argument missing: --dry-run is a flag of its own; see gridbeat run --help$/,
	},
	'the file of a study as a scenario': {
		args: ['run', study],
		says: /^Cannot run ".*study.yaml" as a scenario: it has a "base" and what is varied of it; use gridbeat sweep \S+study.yaml$/,
	},
	'an unknown command': {
		args: ['fly'],
		says: /^Cannot use this command line: unknown command 'fly'; see gridbeat/,
	},
	'a command without what it needs': {
		args: ['record', 'uk'],
		says: /^Cannot use this command line: required option '--out <file>' not specified; see gridbeat record --help$/,
	},
	'a folder to serve that is not there': {
		args: ['serve', join(folder, 'nowhere')],
		says: /^Cannot serve the runs in ".*nowhere": there is no such folder; make it, or leave it out for "runs"$/,
	},
	'a live feed in a word that is none': {
		args: ['run', feedOfNobody],
		says: /^Cannot use "carbon.feed" = "coal" in .*feed-of-nobody.yaml:1: give electricitymaps:ZONE, /,
	},
	'too many arguments': {
		args: ['run', 'one.yaml', 'two.yaml'],
		says: /^Cannot use this command line: too many arguments /,
	},
	'a scenario to validate that is wrong': {
		args: ['validate', unknownKey],
		says: /^Cannot use key "serving.replicaz" in .*unknown-key.yaml:4: /,
	},
	'a report on no run': {
		args: ['report', folder],
		says: /^Cannot read the run ".*": metadata.yaml: there is none; give a folder below runs\/$/,
	},
	'a worker without a server': {
		args: ['worker'],
		says: /^Cannot start a worker without a NATS server: give --nats nats:\/\/host:4222, or set NATS_URL$/,
	},
	'a worker of an unknown kind': {
		args: ['worker', '--nats', 'nats://127.0.0.1:1', '--kind', 'turbine'],
		says: /^Cannot run actors of kind "turbine": known are router, kv-router, replica, /,
	},
};

test('all that is wrong in a file is said at once, a line each, with what was meant', async () => {
	const path = file(
		'much.yaml',
		'locaton: Berlin\nstep: [1]\nserving:\n  replicaz: 2\n  modle: x\n  scheduler: vlm\nbatteries:\n  - capacityWh: -3\n',
	);
	const { code, stderr } = await gridbeat(['run', path]);
	assert.is(code, 2, stderr);
	const lines = stderr.trimEnd().split('\n');
	const expected = [
		/"step" = \[1\] in .*:2: must be text or a number, not a list$/,
		/"serving.scheduler" = "vlm" in .*:6: must be vllm, .* or lightllm; did you mean vllm\?$/,
		/key "serving.replicaz" in .*:4: unknown key; did you mean "replicas"\? known here: /,
		/"batteries.0.capacityWh" = -3 in .*:8: must be above 0 Wh$/,
		/key "serving.modle" in .*:5: unknown key; did you mean "model"\? /,
		/key "locaton" in .*:1: unknown key; did you mean "location"\? /,
	];
	assert.is(lines.length, expected.length, stderr);
	for (const one of expected)
		assert.ok(
			lines.some((line) => one.test(line)),
			`${one}: ${stderr}`,
		);
});

function assertOneLine({ stderr }: CliResult, says: RegExp): void {
	assert.is(stderr.trimEnd().split('\n').length, 1, stderr);
	assert.match(stderr.trimEnd(), says);
}

/** The cases start two at a time ahead of their tests, which only wait for them. */
const names = Object.keys(CASES);
const results = new Map<string, Promise<CliResult>>();
const outOf = (name: string) => join(folder, 'runs', name.replaceAll(' ', '-'));
const lanes = [Promise.resolve<unknown>(null), Promise.resolve<unknown>(null)];
names.forEach((name, i) => {
	const { args, env } = CASES[name] as Case;
	const out = args[0] !== 'run' || args.includes('--out') ? [] : ['--out', outOf(name)];
	const result = (lanes[i % 2] as Promise<unknown>).then(() => gridbeat([...args, ...out], env));
	lanes[i % 2] = result;
	results.set(name, result);
});

for (const name of names) {
	test(`gridbeat refuses ${name} in one line and leaves nothing behind`, async () => {
		const result = (await results.get(name)) as CliResult;
		assertOneLine(result, (CASES[name] as Case).says);
		assert.is(result.code, 2);
		assert.not.match(result.stdout, 'Report:');
		assert.not(existsSync(outOf(name)));
	});
}

test('gridbeat refuses a folder that holds a run, and takes it with --overwrite', async () => {
	const out = join(folder, 'twice');
	const args = [...RUN, '--no-serving', '--out', out];
	assert.is((await gridbeat(args)).code, 0);
	const before = readFileSync(join(out, 'metadata.yaml'), 'utf8');
	const again = await gridbeat(args);
	assert.is(again.code, 2);
	assertOneLine(
		again,
		/^Cannot write the run to ".*": it already holds a run; give another --out, or --overwrite$/,
	);
	assert.is(readFileSync(join(out, 'metadata.yaml'), 'utf8'), before);
	assert.is((await gridbeat([...args, '--overwrite', '--until', '5min'])).code, 0);
	assert.is(readFileSync(join(out, 'timeseries.csv'), 'utf8').split('\n').length, 1 + 5 + 1);
});

test('gridbeat leaves alone what was in the folder of a run that could not be configured', async () => {
	const out = join(folder, 'notes');
	mkdirSync(out);
	writeFileSync(join(out, 'notes.txt'), 'mine');
	assert.is((await gridbeat([...RUN, '--profile', 'nope', '--out', out])).code, 2);
	assert.equal(readdirSync(out), ['notes.txt']);
});

test('gridbeat refuses a folder that the system cannot make', async () => {
	if (!existsSync('/proc/self')) return console.log('skipped: no /proc');
	const result = await gridbeat([...RUN, '--out', '/proc/gridbeat']);
	assert.is(result.code, 2);
	assertOneLine(result, /^Cannot create run folder "\/proc\/gridbeat": .*; choose another folder$/);
});

test('gridbeat refuses a NATS_URL where something else answers', async () => {
	const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
	await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
	const { port } = web.address() as { port: number };
	const env = { NATS_URL: `nats://127.0.0.1:${port}` };
	const result = await gridbeat(['run', '--until', '10min', '--out', outOf('web')], env);
	web.close();
	assert.is(result.code, 2);
	assertOneLine(
		result,
		/^Cannot reach NATS_URL "nats:\/\/127.0.0.1:\d+": .*; start a server there, or unset NATS_URL/,
	);
	assert.not(existsSync(outOf('web')));
});

test.run();
