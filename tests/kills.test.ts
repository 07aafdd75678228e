import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { inParallel } from '../studies/sweep/work-loop.ts';
import { gridbeat, startGridbeat, tempFolder } from './cli.ts';
import {
	assertNoneLeft,
	assertSameFiles,
	type Moment,
	strike,
	tablesOf,
	undisturbedRun,
} from './kill.test-support.ts';
import * as fc from './properties.test-support.ts';
import { inSlices } from './slices.ts';

const test = inSlices(2);

/**
 * Kills of every kind of process of a run at random moments. The run completes as if nothing had been. Only where the command
 * itself is killed it ends: then its folder is the beginning of the undisturbed run, up to the time that it states, once the
 * next command has opened it, and `gridbeat resume` completes it, every other time in another placement.
 */
const KILLS = 30;
const KILLS_PER_TEST = 5;
const AT_A_TIME = 2;
const seed = Number(process.env['GRIDBEAT_SEED'] || 2473);

const STEP_S = 60;
const UNTIL_S = 7200;
/** Without a pace a run would be over before it can be killed: 120 windows in a second. */
const PACE = 7200;
const SCENARIO = {
	until: '2h',
	serving: { replicas: 1 },
	requests: { qps: 0.1 },
	carbon: { source: 'constant', valueGPerKwh: 400, kind: 'average' },
	outputs: { batches: true, chromeTrace: true, operations: true },
};
const SITES = ['sun', 'snow'];
const KINDS = {
	one: {
		...SCENARIO,
		actors: ['battery', 'carbon', 'controller', 'recorder', 'replica-1', 'router', 'solar'],
	},
	sketched: {
		...SCENARIO,
		outputs: { requests: 'sketch' },
		actors: ['recorder', 'replica-1'],
	},
	sites: {
		...SCENARIO,
		sites: [
			{ name: 'sun', location: 'San Francisco' },
			{ name: 'snow', location: 'Stockholm', solar: [], batteries: [] },
		],
		actors: ['sun-recorder', 'snow-recorder', 'sun-controller', 'snow-replica-1'],
	},
} as const;
type Kind = keyof typeof KINDS;

/** What is killed, and when: so long after its process has begun, or when so many per cent of the run are recorded. */
interface Kill {
	readonly kind: Kind;
	readonly victim: string;
	readonly when: { readonly afterMs: number } | { readonly part: number };
}

const kindAndVictim = fc
	.oneof(
		{ weight: 7, arbitrary: fc.constant<Kind>('one') },
		{ weight: 1, arbitrary: fc.constant<Kind>('sketched') },
		{ weight: 2, arbitrary: fc.constant<Kind>('sites') },
	)
	.chain((kind) =>
		fc.record({
			kind: fc.constant(kind),
			victim: fc.noBias(fc.constantFrom('command', 'nats-server', ...KINDS[kind].actors)),
		}),
	);
const when = fc.oneof(
	{ weight: 1, arbitrary: fc.record({ afterMs: fc.noBias(fc.integer({ min: 0, max: 1500 })) }) },
	{ weight: 4, arbitrary: fc.record({ part: fc.noBias(fc.integer({ min: 1, max: 100 })) }) },
);
const kills: readonly Kill[] = fc.sample(
	fc.tuple(kindAndVictim, when).map(([what, at]) => ({ ...what, when: at })),
	{ seed, numRuns: KILLS },
);

function scenarioFile({ kind, victim }: Pick<Kill, 'kind' | 'victim'>): string {
	const { actors: _, ...scenario } = KINDS[kind];
	const all = kind === 'sites' ? SITES.flatMap((site) => namesAt(site)) : KINDS.one.actors;
	const rest = [...all, ...(kind === 'sites' ? ['router'] : [])].filter((name) => name !== victim);
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...scenario, placement: { hosts: { rest } } }));
	return path;
}

function namesAt(site: string): string[] {
	const names = ['carbon', 'controller', 'recorder', 'replica-1'];
	if (site === 'sun') names.push('solar', 'battery');
	return names.map((name) => `${site}-${name}`);
}

/** The run that nobody disturbs. */
function reference(kind: Kind): Promise<string> {
	const { actors: _, ...scenario } = KINDS[kind];
	return undisturbedRun(scenario);
}

function momentOf({ when }: Kill): Moment {
	return 'part' in when ? { recordedS: (when.part / 100) * UNTIL_S } : when;
}

/** Rows whose own time lies before `endS`, and none else: how many a table has, by its file. */
const TIME_OF: Readonly<
	Record<string, (row: readonly string[], header: readonly string[]) => number>
> = {
	'usage.csv': ([timeS]) => Number(timeS),
	'weather.csv': ([timeS]) => Number(timeS),
	'request_metrics.csv': (row, header) =>
		Number(row[header.indexOf('arrived_at')]) + Number(row[header.indexOf('request_e2e_time')]),
};

/** A table is the beginning of the undisturbed one, and the next row of that is of a time that is not told any more. */
function assertPrefix(name: string, text: string, whole: string, endS: number): void {
	assert.ok(whole.startsWith(text), `${name} is no beginning of the undisturbed one`);
	assert.ok(text.endsWith('\n'), `${name} ends within a row`);
	const file = name.split('/').at(-1) ?? '';
	const [header = '', ...rows] = text.trimEnd().split('\n');
	if (file === 'timeseries.csv') assert.is(rows.length * STEP_S, endS, name);
	const timeOf = TIME_OF[file];
	const next = whole.slice(text.length).split('\n')[0] ?? '';
	// Times of several sites have the way of the answer in them.
	if (timeOf === undefined || header.includes('network_latency')) return;
	const time = (row: string | undefined) => timeOf((row ?? '').split(','), header.split(','));
	// The sum of two numbers in seconds may differ from whole microseconds by the last digit.
	if (rows.length > 0) assert.ok(time(rows.at(-1)) < endS + 1e-6, `${name} goes beyond ${endS} s`);
	if (next !== '') assert.ok(time(next) > endS - 1e-6, `${name} ends before ${endS} s`);
}

const LEFT_OVER = /\.part$|\.lock$|^commits/;

/** Opens a folder as the next command does, and compares it with the undisturbed run; false if there is none yet. */
async function assertPrefixes(
	folder: string,
	kind: Kind,
	say: (text: string) => void,
): Promise<boolean> {
	if (!existsSync(join(folder, 'metadata.yaml'))) {
		say('nothing was begun');
		assert.equal(existsSync(folder) ? [...tablesOf(folder).keys()] : [], []);
		return false;
	}
	const { code, stdout, stderr } = await gridbeat(['report', folder, '--json']);
	const { gridbeat: ours } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	const endS = ours.simulated_until_s;
	say(`${ours.status} at ${endS} s${ours.reason === null ? '' : `: ${ours.reason}`}`);
	const isEnded = ['complete', 'failed', 'incomplete'].includes(ours.status);
	assert.ok(isEnded, `${ours.status}; report: ${code} ${stderr}`);
	assert.is(endS % STEP_S, 0, 'the end is the end of a window');
	assert.is(ours.status === 'complete', endS === UNTIL_S && ours.reason === null);
	if (endS > 0) {
		assert.is(code, 0, stderr);
		const summary = JSON.parse(stdout);
		assert.is(summary.status, ours.status);
		assert.is(summary.durationS, endS);
	}
	const whole = tablesOf(await reference(kind));
	const tables = tablesOf(folder);
	for (const [name, text] of tables) assertPrefix(name, text, whole.get(name) ?? '', endS);
	if (endS > 0) assert.equal([...tables.keys()].sort(), [...whole.keys()].sort());
	await assertEndFiles(folder, kind, endS);
	assertNothingOver(folder);
	return ours.status !== 'complete';
}

function assertNothingOver(folder: string): void {
	const left = readdirSync(folder, { recursive: true, encoding: 'utf8' });
	assert.equal(
		left.filter((name) => LEFT_OVER.test(name.split('/').at(-1) ?? '')),
		[],
	);
}

/** A run that has reached its end, whatever was killed on the way. */
async function assertComplete(folder: string, kind: Kind): Promise<void> {
	const { gridbeat: ours } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	assert.is(ours.status, 'complete');
	assertSameFiles(folder, await reference(kind));
	assertNothingOver(folder);
	for (const name of ['resume.json', 'checkpoint.bin'])
		assert.not.ok(existsSync(join(folder, name)), `${name} is left`);
}

/** What is written at the end is there whoever wrote it, and belongs to the same time. */
async function assertEndFiles(folder: string, kind: Kind, endS: number): Promise<void> {
	if (endS === 0 || kind === 'sites') return;
	if (kind === 'one') {
		JSON.parse(readFileSync(join(folder, 'chrome_trace.json'), 'utf8'));
		assert.match(readFileSync(join(folder, 'operation_metrics.csv'), 'utf8'), /\nreplica-1,\d/);
		return;
	}
	const requests = readFileSync(join(await reference('one'), 'request_metrics.csv'), 'utf8');
	const [header = '', ...rows] = requests.trimEnd().split('\n');
	const at = (name: string) => header.split(',').indexOf(name);
	const [arrived, lasted] = [at('arrived_at'), at('request_e2e_time')];
	const completed = rows.filter((row) => {
		const cells = row.split(',');
		return Number(cells[arrived]) + Number(cells[lasted]) < endS;
	});
	const quantiles = readFileSync(join(folder, 'request_quantiles.csv'), 'utf8');
	const count = Number(/\nrequest_e2e_time,(\d+),/.exec(quantiles)?.[1]);
	assert.is(count, completed.length, 'requests in the quantiles');
}

const canRun = existsSync('/proc/self/stat') && (await natsBinaryForTests()) !== null;
if (!canRun) process.stdout.write('skipped, no /proc or no nats-server here\n');

/** How each run ended. Printed at the end: what commands in this process print meanwhile is taken for their output. */
const fates: string[] = [];
test.after(() => void process.stdout.write(`${fates.join('\n')}\n`));

/** Runs, kills, and looks at what is left. */
async function survives(kill: Kill, i: number): Promise<void> {
	const { kind, victim } = kill;
	await reference(kind);
	const folder = join(tempFolder(), 'run');
	const args = ['run', scenarioFile(kill), '--pace', String(PACE), '--out', folder];
	const cli = startGridbeat(args, keeping(i));
	const what = `kill ${i} of seed ${seed}: ${JSON.stringify(kill)}`;
	const say = (text: string) => void fates.push(`${what}: ${text}`);
	try {
		await assertNoneLeft(await strike({ cli, folder, victim, when: momentOf(kill) }));
		const { code, stdout, stderr } = await cli.ended;
		if (victim === 'command') {
			if (await assertPrefixes(folder, kind, say)) await resumes(folder, i);
			else if (code !== 0) return;
		} else {
			assert.is(code, 0, stderr);
			say(/; going on from .*/.exec(stdout + stderr)?.[0] ?? 'nothing was lost');
		}
		await assertComplete(folder, kind);
	} catch (error) {
		const why = error instanceof assert.Assertion ? `${error.message} ${error.details}` : error;
		const { code } = await cli.ended;
		throw new Error(
			`${what}: ${why}\nthe command ended with ${code ?? 'a signal'}:\n${cli.said()}`,
		);
	}
}

/** Of every three runs one goes back to its beginning, and two to a checkpoint of just before. */
const keeping = (i: number) => (i % 3 === 0 ? {} : { GRIDBEAT_CHECKPOINT_MS: '0' });

/** Where a run may go on: as before, and elsewhere. */
const PLACES = [[], ['--in-process'], [], ['--processes', '2']] as const;

async function resumes(folder: string, i: number): Promise<void> {
	const { code, stdout, stderr } = await startGridbeat([
		'resume',
		folder,
		...(PLACES[i % PLACES.length] ?? []),
	]).ended;
	assert.is(code, 0, stdout + stderr);
}

const numbered = kills.map((kill, i) => ({ kill, i }));
for (let first = 0; canRun && first < KILLS; first += KILLS_PER_TEST) {
	const some = numbered.slice(first, first + KILLS_PER_TEST);
	const which = `kills ${first} to ${first + some.length - 1} of ${KILLS} (seed ${seed})`;
	test(`${which} of any process change nothing, and of the command nothing that cannot be resumed`, async () => {
		await inParallel(some, AT_A_TIME, ({ kill, i }) => survives(kill, i));
	});
}

test.run();
