import { execFileSync } from 'node:child_process';
import {
	existsSync,
	linkSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { SpanActor } from '../../kernel/actor/contract.ts';
import { lockFolder } from '../../kernel/files/folder-lock.ts';
import { ConfigError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { RecorderConfig } from './config.ts';
import { recorderKind } from './kind.ts';
import type { RecorderState } from './recorder-state.ts';
import { markEnded } from './run-folder.ts';
import { FILES, recordingConfig, rowsOfRun, TapeWire } from './testdata/recording.ts';

const COMPLETE = { outcome: 'complete', reason: '', simulatedUntilUs: 7200e6 } as const;

const folders: string[] = [];
test.after(() => {
	for (const folder of folders) rmSync(folder, { recursive: true });
});

function newFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-recorder-'));
	folders.push(folder);
	return folder;
}

function writtenFile(name: string, text: string): string {
	const path = join(newFolder(), name);
	writeFileSync(path, text);
	return path;
}

function open(
	config: RecorderConfig,
	announced: Readonly<Record<string, number | null>>[] = [],
): SpanActor<RecorderState> {
	const env = {
		name: 'recorder',
		random: () => {
			throw new Error('a recorder draws nothing');
		},
		announce: (_timeUs: number, values: Readonly<Record<string, number | null>>) => {
			announced.push(values);
		},
	};
	return recorderKind.create(config, env) as SpanActor<RecorderState>;
}

/** Records the run of `rowsOfRun` in spans that end at the given times. */
async function record(folder: string, cutsUs: readonly number[]): Promise<string[]> {
	const config = recordingConfig(folder);
	const actor = open(config);
	const inputs = rowsOfRun().map((port) => port.map((tape) => new TapeWire(tape)));
	let state = actor.init();
	let fromUs = 0;
	for (const untilUs of [...cutsUs, config.untilUs]) {
		state = actor.step(state, { fromUs, untilUs }, inputs, []);
		fromUs = untilUs;
	}
	await actor.finish?.(state, COMPLETE);
	return FILES.map((name) => readFileSync(join(folder, name), 'utf8'));
}

test('recorder writes the files of a run with the columns of Vessim and Vidur', async () => {
	const folder = newFolder();
	const [timeseries, requests, usage, weather] = await record(folder, []);
	assert.is(
		timeseries,
		[
			'microgrid,time,p_delta,p_grid,actor_states.datacenter.power,actor_states.solar.power,policy_state.mode,policy_state.charge_power,dispatch_states.battery.soc,dispatch_states.battery.charge_level,grid_signals.carbon_intensity,policy_state.cap_per_gpu,time_utc',
			'site,2026-11-01 00:30:00,-250.5,0,-400.5,150,grid-connected,0,0.5,500,301.25,,2026-11-01T07:30:00Z',
			'site,2026-11-01 01:00:00,-250,-50,-400,150,grid-connected,0,0.4,400,,250,2026-11-01T08:00:00Z',
			'site,2026-11-01 01:30:00,1e-7,0,-0.1,0.1,grid-connected,0,0.3,300,299,,2026-11-01T08:30:00Z',
			'site,2026-11-01 01:00:00,0,0,0,0,grid-connected,0,0.3,300,298,,2026-11-01T09:00:00Z',
			'',
		].join('\n'),
	);
	const lines = requests?.split('\n') ?? [];
	assert.ok(lines[0]?.startsWith('Request Id,request_e2e_time,'));
	assert.ok(lines[0]?.endsWith(',request_num_restarts,arrived_at,replica'));
	assert.equal(
		lines.slice(1, -1).map((line) => [line.split(',')[0], line.split(',').at(-1)].join(' ')),
		['3 replica-2', '1 replica-2', '2 replica-10', '4 replica-2', '5 replica-10', '6 replica-2'],
	);
	assert.is(usage?.split('\n')[0], 'time_s,replica,gpu_power,outstanding');
	assert.equal(usage?.split('\n').slice(1, 4), [
		'0,replica-2,-100,1',
		'0,replica-10,-110,1',
		'1800,replica-2,-101,2',
	]);
	assert.is(weather, 'time_s,ghi\n0,0\n3600,12.5\n');
});

test('recorder writes request_metrics.csv with the very columns of Vidur', async () => {
	const reference = '../shared/reference/vidur/case01/request_metrics.csv';
	if (!existsSync(reference)) {
		console.log(`skipped: ${reference} is absent`);
		return;
	}
	const [, requests] = await record(newFolder(), []);
	const header = readFileSync(reference, 'utf8').split('\n')[0];
	assert.is(requests?.split('\n')[0], `${header},arrived_at,replica`);
});

test('recorder writes the same bytes however the span is cut', async () => {
	const expected = await record(newFolder(), []);
	const cuts = fc.array(fc.integer({ min: 1, max: 7_199_999_999 }), { maxLength: 12 });
	await fc.assert(
		fc.asyncProperty(cuts, async (cutsUs) => {
			const written = await record(
				newFolder(),
				cutsUs.sort((a, b) => a - b),
			);
			assert.equal(written, expected);
		}),
		{ numRuns: 30 },
	);
});

test('recorder cuts its files back when a window runs again', async () => {
	const expected = await record(newFolder(), []);
	const folder = newFolder();
	const config = { ...recordingConfig(folder), run: 'run test' };
	lockFolder(folder, config.run);
	const first = open(config);
	const wires = (): TapeWire[][] =>
		rowsOfRun().map((port) => port.map((tape) => new TapeWire(tape)));
	const early = wires();
	let state = first.step(first.init(), { fromUs: 0, untilUs: 1800e6 }, early, []);
	const snapshot = structuredClone(state);
	first.step(state, { fromUs: 1800e6, untilUs: 7200e6 }, early, []);
	// Another process takes over at the snapshot; the rows before it are not told again.
	const second = open(config);
	const late = wires();
	for (const wire of late.flat()) wire.skip(1800e6);
	state = second.step(snapshot, { fromUs: 1800e6, untilUs: config.untilUs }, late, []);
	await second.finish?.(state, COMPLETE);
	assert.equal(
		FILES.map((name) => readFileSync(join(folder, name), 'utf8')),
		expected,
	);
});

test('recorder begins no table that is there already, whoever made it', () => {
	for (const prepare of [
		(path: string) => writeFileSync(path, 'x'.repeat(10_000)),
		(path: string) => symlinkSync(join(newFolder(), 'nowhere'), path),
		(path: string) => linkSync(writtenFile('target', 'kept'), path),
	]) {
		const folder = newFolder();
		const path = join(folder, 'timeseries.csv');
		prepare(path);
		assert.throws(
			() => open(recordingConfig(folder)),
			(error: Error) =>
				error instanceof ConfigError &&
				error.message.startsWith(`Cannot open "${path}" for writing: there is a file of that name`),
		);
	}
});

test('recorder output does not depend on the time zone or language of the machine', () => {
	const script = `
		import { civilTimes } from ${JSON.stringify(new URL('../../protocol/run-folder/civil-time.js', import.meta.url).href)};
		const civil = civilTimes(1793518200000, 'America/Los_Angeles');
		console.log([0, 1800e6, 3600e6, 5400e6, 5400500000].map((t) => civil.local(t) + civil.utc(t)).join());`;
	const outputs = [
		{ TZ: 'UTC', LANG: 'C' },
		{ TZ: 'Asia/Kolkata', LANG: 'ar_EG.UTF-8' },
	].map((env) =>
		execFileSync(process.execPath, ['--input-type=module', '-e', script], {
			env: { ...process.env, ...env },
			encoding: 'utf8',
		}),
	);
	assert.is(outputs[0], outputs[1]);
	assert.match(outputs[0] ?? '', '2026-11-01 01:00:00.5000002026-11-01T09:00:00.500000Z');
});

test('recorder announces the latest key figures', () => {
	const announced: Readonly<Record<string, number | null>>[] = [];
	const config = recordingConfig(newFolder());
	const actor = open(config, announced);
	const inputs = rowsOfRun().map((port) => port.map((tape) => new TapeWire(tape)));
	actor.step(actor.init(), { fromUs: 0, untilUs: 1800e6 }, inputs, []);
	assert.equal(announced, [
		{
			loadW: -400.5,
			solarW: 150,
			gridW: 0,
			soc: 0.5,
			carbonIntensityGPerKwh: 301.25,
			requestsCompleted: 3,
		},
	]);
});

test('recorder metadata goes from running to complete and keeps what it was given', async () => {
	const folder = newFolder();
	const begun = newFolder();
	open(recordingConfig(begun));
	const path = join(folder, 'metadata.yaml');
	const running = parse(readFileSync(join(begun, 'metadata.yaml'), 'utf8'));
	assert.is(running.execution.status, 'running');
	assert.is(running.gridbeat.status, 'running');
	await record(folder, []);
	const text = readFileSync(path, 'utf8');
	// Quoted, so that PyYAML reads a text as Vessim writes one.
	assert.match(text, /sim_start: ['"]2026-11-01 00:30:00['"]/);
	const complete = parse(text);
	assert.is(complete.environment.sim_start, '2026-11-01 00:30:00');
	assert.is(complete.execution.status, 'completed');
	assert.is(complete.gridbeat.status, 'complete');
	assert.is(complete.gridbeat.seed, 42);
	assert.is(complete.gridbeat.simulated_until_s, 7200);
	assert.ok(complete.execution.duration >= 0);
	assert.not(existsSync(`${path}.part`));
});

test('recorder of an interrupted run keeps the completed windows only and says so', async () => {
	const [expected] = await record(newFolder(), []);
	const folder = newFolder();
	const actor = open(recordingConfig(folder));
	const inputs = rowsOfRun().map((port) => port.map((tape) => new TapeWire(tape)));
	const state = actor.step(actor.init(), { fromUs: 0, untilUs: 3600e6 }, inputs, []);
	const completed = structuredClone(state);
	actor.step(state, { fromUs: 3600e6, untilUs: 7200e6 }, inputs, []);
	const end = { outcome: 'interrupted', reason: 'SIGINT', simulatedUntilUs: 3600e6 } as const;
	await actor.finish?.(completed, end);
	const written = readFileSync(join(folder, 'timeseries.csv'), 'utf8');
	assert.is(written, expected?.split('\n').slice(0, 3).concat('').join('\n'));
	const { gridbeat } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	assert.equal([gridbeat.status, gridbeat.reason], ['incomplete', 'SIGINT']);
	assert.is(gridbeat.simulated_until_s, 3600);
});

test('markEnded() names the reason of a failed run and leaves Vessim at running', () => {
	const folder = newFolder();
	open(recordingConfig(folder));
	const endedAt = new Date('2026-11-21T00:00:10.000Z');
	markEnded(folder, 'failed', { reason: 'replica-2 died', simulatedUntilUs: 1_500_000, endedAt });
	const metadata = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	assert.equal(metadata.gridbeat, {
		status: 'failed',
		reason: 'replica-2 died',
		seed: 42,
		simulated_until_s: 1.5,
	});
	assert.equal(metadata.execution, {
		status: 'running',
		start: '2026-11-21T00:00:00.000Z',
		end: '2026-11-21T00:00:10.000Z',
		duration: 10,
	});
});

test('recorder refuses a folder below a file in one line before the run', () => {
	const file = join(newFolder(), 'file');
	writeFileSync(file, '');
	assert.throws(
		() => open(recordingConfig(join(file, 'run'))),
		(error: Error) =>
			error instanceof ConfigError &&
			error.message ===
				`Cannot create run folder "${join(file, 'run')}": a part of the path is a file, not a folder`,
	);
});

test('recorder refuses to go on when a file is shorter than the snapshot says', () => {
	const actor = open(recordingConfig(newFolder()));
	const state = {
		positions: [1e6, 0, 0, 0],
		requestsCompleted: 0,
		sketches: [],
		operationsS: {},
		ways: {},
		lastCounts: {},
		requestsRouted: 0,
		changes: { shortened: 0, tokensCut: 0, lengthened: 0, leftOut: 0 },
	};
	assert.throws(
		() => actor.step(state, { fromUs: 0, untilUs: 1 }, [[], [], [], []], []),
		/it has \d+ bytes, the snapshot had 1000000; start the run anew$/,
	);
});

test.run();
