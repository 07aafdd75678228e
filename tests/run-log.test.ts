import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import * as z from 'zod';
import { readTrace } from '../cli/trace.test-support.ts';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { HostEvent, RunEvent, WorkerEvent } from '../protocol/run-events.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { runInOneProcess } from './hosts.test-support.ts';

/** What a run and a worker write down of what happens, in whole runs: every line, every span, and no secret. */
const SCENARIO = ['--no-serving', '--load', '100', '--until', '2h'];
const PASSWORD = 's3cret/w@rd';
const JOIN_KEY = 'sixteen letters!';

const Line = z.looseObject({
	level: z.enum(['debug', 'info', 'warn', 'error']),
	time: z.iso.datetime(),
	run: z.string().exactOptional(),
});
const ErrorEvent = z.strictObject({ event: z.literal('error'), text: z.string() });

interface LogLine {
	readonly level: string;
	readonly run: string | null;
	readonly host: string | null;
	readonly event: Readonly<Record<string, unknown>> & { readonly event: string };
}

/** The lines of a log, each of which must be an event of its kind; those of a worker have the host that it is. */
function readLog(path: string, events: z.ZodType): LogLine[] {
	const text = readFileSync(path, 'utf8');
	assert.ok(text.endsWith('\n'));
	return text
		.trimEnd()
		.split('\n')
		.map((line) => {
			const { level, time: _, run = null, ...rest } = Line.parse(JSON.parse(line));
			const { host, ...without } = rest as { host?: string };
			const isWorkers = events === WorkerEvent;
			const event = events.or(ErrorEvent).parse(isWorkers ? without : rest) as LogLine['event'];
			return { level, run, host: isWorkers ? (host ?? null) : null, event };
		});
}

const of = (lines: readonly LogLine[], name: string) =>
	lines.flatMap(({ event }) => (event.event === name ? [event] : []));

const binary = await natsBinaryForTests();

if (binary !== null)
	test('a run that loses a process and its worker tell of it in logs and a trace, with the same bytes and no secret', async () => {
		const login = `authorization { user: me, password: ${JSON.stringify(PASSWORD)} }`;
		const store = `jetstream { store_dir: ${JSON.stringify(tempFolder())} }`;
		const server = await startConfigured(binary, [login, store]);
		const runtime = tempFolder();
		const env = {
			...{ NATS_URL: server.url, NATS_USER: 'me', NATS_PASSWORD: PASSWORD },
			...{ GRIDBEAT_JOIN_KEY: JOIN_KEY, GRIDBEAT_CHECKPOINT_MS: '300', XDG_RUNTIME_DIR: runtime },
		};
		const folder = tempFolder();
		const [out, log, workerLog, trace] = ['run', 'run.log', 'worker.log', 'trace.json'].map(
			(name) => join(folder, name),
		) as [string, string, string, string];
		const worker = startGridbeat(
			['worker', '--kind', 'battery', '--once', '--log', workerLog, '--log-level', 'debug'],
			env,
		);
		const args = ['--external', 'battery', '--processes', '2', '--pace', '1200', '--out', out];
		const watch = ['--log', log, '--log-level', 'debug', '--trace', trace];
		const cli = startGridbeat(['run', ...SCENARIO, ...args, ...watch], env);
		try {
			const joined = await eventually('a window and a checkpoint', () => {
				const lines = existsSync(log) && statSync(log).size > 0 ? readLog(log, RunEvent) : [];
				const isThere = of(lines, 'checkpoint').length > 0 && of(lines, 'completed').length > 0;
				return isThere ? of(lines, 'joined') : null;
			});
			const secrets = secretsIn(runtime);
			assert.ok(secrets.length >= 1);
			const victim = joined.find(({ host }) => host !== 'battery') ?? assert.unreachable();
			process.kill(Number(victim?.['pid']), 'SIGKILL');
			const [end, workersEnd] = await Promise.all([cli.ended, worker.ended]);
			assert.is(end.code, 0, end.stderr);
			assert.is(workersEnd.code, 0, workersEnd.stdout);

			const lines = readLog(log, RunEvent);
			const [setback] = of(lines, 'setback');
			assert.equal(setback?.['hosts'], [victim?.['host']]);
			assert.equal(setback?.['actors'], victim?.['actors']);
			const [restored] = of(lines, 'restored');
			assert.ok(Number(restored?.['attempt']) > Number(setback?.['attempt']));
			assert.is(restored?.['fromUs'], setback?.['fromUs']);
			const { gridbeat: noted } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8'));
			assert.is(of(lines, 'setback').length, noted.setbacks);
			assert.is(of(lines, 'checkpoint').length, noted.checkpoints);
			const [ended] = of(lines, 'ended');
			assert.is(ended?.['outcome'], 'complete');
			assert.is(lines.at(-1)?.event, ended);
			assert.equal([...new Set(lines.map(({ run }) => run))], [noted.run]);

			const own = readLog(workerLog, WorkerEvent);
			for (const name of ['joined', 'granted', 'done', 'kept', 'restored', 'ended'])
				assert.ok(of(own, name).length > 0, `the worker has ${name}`);
			assert.equal(of(own, 'restored')[0], restored);
			const inRun = own.filter(({ run }) => run !== null);
			assert.equal([...new Set(inRun.map(({ host }) => host))], ['battery']);

			const { tracks, named } = readTrace(trace);
			assert.equal(
				[...tracks].sort(),
				['run', 'checkpoints', ...joined.map(({ host }) => String(host))].sort(),
			);
			for (const name of ['run', 'goes back', 'setback', 'restored', 'joined', 'simulated time'])
				assert.ok(named(name) > 0, `the trace has ${name}`);

			const texts = [log, workerLog, trace].map((path) => readFileSync(path, 'utf8'));
			for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), JOIN_KEY, ...secrets])
				for (const text of texts) assert.not(text.includes(secret));
			const alone = await runInOneProcess(SCENARIO);
			const tables = readdirSync(alone).filter((name) => name.endsWith('.csv'));
			assert.ok(tables.includes('timeseries.csv'));
			for (const name of tables)
				assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(alone, name))), name);
		} finally {
			for (const one of [cli, worker]) one.signal('SIGKILL');
			await server.stop();
		}
	});

/** Keys and logins by which the user who started a run speaks to it. */
function secretsIn(runtime: string): string[] {
	const folder = join(runtime, 'gridbeat');
	return readdirSync(folder).flatMap((name) => {
		const { controlKey, nats } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
		return [controlKey, nats.password, nats.seed].filter((one) => typeof one === 'string');
	});
}

test('a run without a server has the same log and trace, and a log says why a run is refused', async () => {
	const folder = tempFolder();
	const [log, trace, out] = ['log', 'trace', 'run'].map((name) => join(folder, name));
	const env = { GRIDBEAT_LOG: log, GRIDBEAT_LOG_LEVEL: 'debug' };
	const args = ['run', '--no-serving', '--load', '100', '--until', '2h', '--in-process'];
	const { code, stderr } = await gridbeat(
		[...args, '--out', out ?? '', '--trace', trace ?? ''],
		env,
	);
	assert.is(code, 0, stderr);
	const refused = await gridbeat([...args, '--out', out ?? ''], env);
	assert.is(refused.code, 2);
	const lines = readLog(log ?? '', RunEvent);
	assert.is(of(lines, 'completed').length, of(lines, 'granted').length);
	assert.is(of(lines, 'ended').length, 1);
	assert.is(`${lines.at(-1)?.event['text']}\n`, refused.stderr);
	assert.is(lines.at(-1)?.level, 'error');
	const { tracks, named } = readTrace(trace ?? '');
	assert.equal([...tracks], ['run', 'checkpoints', 'all']);
	assert.is(named('simulated time'), of(lines, 'completed').length);
});

test('what cannot be logged is refused, and a disk that is full keeps no run from its work', async () => {
	const out = () => join(tempFolder(), 'run');
	const args = ['run', '--no-serving', '--load', '100', '--until', '1h', '--in-process'];
	const cases: [string[], string][] = [
		[['--log', '/nowhere/log'], 'Cannot write the log "/nowhere/log": nothing can be made there'],
		[['--trace', '/nowhere/t'], 'Cannot write the trace "/nowhere/t": nothing can be made there'],
		[['--log', '-', '--log-level', 'all'], 'Cannot log from the level "all" on: there are debug'],
		[['--log-level', 'info'], 'Cannot choose a --log-level without a log: give --log'],
		[['--log', '-', '--repeats', '2'], 'Cannot keep one log or trace of several repeats'],
	];
	for (const [more, reason] of cases) {
		const { code, stderr } = await gridbeat([...args, ...more, '--out', out()], {});
		assert.is(code, 2, stderr);
		assert.ok(stderr.startsWith(reason), stderr);
	}
	const full = ['--log', '/dev/full', '--trace', '/dev/full'];
	const { code, stdout, stderr } = await gridbeat([...args, ...full, '--out', out()], {});
	assert.is(code, 0, stderr);
	assert.match(stdout, 'Cannot write the log "/dev/full" for now: no space left');
	assert.match(stdout + stderr, /The trace "\/dev\/full" lacks the last \d+ bytes: no space left/);
});

test('a process that runs actors has no words that a worker has not', () => {
	const names = (union: typeof HostEvent | typeof WorkerEvent) =>
		union.options.map(({ shape }) => shape.event.value);
	assert.equal(names(WorkerEvent).slice(0, names(HostEvent).length), names(HostEvent));
});

test.run();
