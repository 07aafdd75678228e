import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunState } from '../protocol/status-messages.ts';
import { HOUR_US, MINUTE_US, SECOND_US } from '../protocol/time.ts';
import { type Sample, stateText } from './state-text.ts';

const ALL = { columns: 200, rows: null };

type HostState = RunState['hosts'][number];

function host(name: string, progressUs: number, more: Partial<HostState> = {}): HostState {
	return {
		...{ host: name, stage: 'simulating', machine: 'm', pid: 7, memoryBytes: 80e6, names: [name] },
		actors: [{ name, progressUs, waits: [] }],
		...more,
	};
}

function sample(hosts: readonly HostState[], more: Partial<RunState> = {}, atMs = 0): Sample {
	const state: RunState = {
		...{ type: 'run-state', run: 'day', phase: 'running', pace: null, lagMs: null },
		...{ attempt: 0, window: 59 },
		...{ completedUs: HOUR_US, windowUntilUs: HOUR_US + MINUTE_US, untilUs: 24 * HOUR_US },
		...{ fromUs: 0, elapsedMs: 10_000, setbacks: 0, checkpoints: 0, checkpointUs: 0 },
		...{ refused: 0, duplicates: 0, hosts: [...hosts] },
		...more,
	};
	return { state, atMs };
}

const waits = [
	{ from: 'controller.cap', actor: 'controller', knownUntilUs: 5 },
	{ from: 'router.requests', actor: 'router', knownUntilUs: 4 },
];

test('a state is shown with rate, lag, memory, and for whom each actor waits longest', () => {
	const behind = host('replica-1', HOUR_US + 1.5 * SECOND_US, {
		actors: [{ name: 'replica-1', progressUs: HOUR_US + 1.5 * SECOND_US, waits }],
	});
	const text = stateText(sample([host('router', HOUR_US + MINUTE_US), behind]), null, ALL);
	assert.is(
		text,
		[
			'day: running, attempt 0',
			'01:00:00 of 1d 00:00:00 (4 %), 360 x',
			'window 59 to 01:01:00, 0 checkpoints',
			'2 processes, 160 MB of memory',
			'',
			'actor            at   rate       lag  memory  waits for',
			'replica-1  01:00:01  360 x  00:00:58   80 MB  router.requests +1',
			'router     01:01:00  366 x  00:00:00   80 MB',
		].join('\n'),
	);
});

test('rates are those since the sample before', () => {
	const before = sample(
		[host('router', HOUR_US)],
		{ completedUs: HOUR_US - 100 * SECOND_US },
		1000,
	);
	const text = stateText(sample([host('router', HOUR_US + 50 * SECOND_US)], {}, 3000), before, ALL);
	assert.match(text, /\(4 %\), 50 x\n/);
	assert.match(text, /router +01:00:50 +25 x/);
});

test('what went wrong is said, and processes that share are named', () => {
	const shared: Partial<HostState> = {
		names: ['solar', 'carbon'],
		actors: null,
		memoryBytes: null,
	};
	const hosts = [
		host('shared-1', 0, shared),
		host('worker', 0, { stage: 'awaited', actors: null, memoryBytes: null }),
	];
	const more = { setbacks: 2, attempt: 2, checkpoints: 3, checkpointUs: HOUR_US, refused: 4 };
	const text = stateText(sample(hosts, { ...more, pace: 60 }), null, ALL);
	assert.match(text, /360 x of 60 x wanted/);
	assert.match(text, /2 setbacks, 3 checkpoints, last at 01:00:00, 4 messages refused\n/);
	assert.match(text, /\n2 processes, 1 awaited, 1 without answer\n/);
	assert.match(text, /\nshared-1 +carbon +– +– +– +– +no answer\n/);
	assert.match(text, /\nworker +worker +– +– +– +– +awaited$/);
	const ending = stateText(sample([host('shared-1', 0, shared)], { phase: 'stopping' }), null, ALL);
	assert.match(ending, /ends its work/);
	assert.not.match(ending, /answer/);
});

test('a thousand actors fit a terminal, those furthest behind first', () => {
	const hosts = Array.from({ length: 1000 }, (_, i) =>
		host(`replica-with-a-long-name-${i}`, HOUR_US + (i % 500) * SECOND_US),
	);
	const lines = stateText(sample(hosts), null, { columns: 80, rows: 23 }).split('\n');
	assert.is(lines.length, 23);
	assert.ok(lines.every((line) => line.length <= 80));
	assert.match(lines[6] ?? '', /^replica-with-a-… {2}01:00:00 .* 00:08:19 /);
	assert.is(lines.at(-1), 'and 984 more actors, none further behind');
});

test('in a narrow terminal an actor still says for whom it waits, before its rate and its memory', () => {
	const long = 'replica-with-a-long-name';
	const hosts = [1, 2].map((i) =>
		host(`process-with-a-long-name-${i}`, 100 * 24 * HOUR_US, {
			names: [long],
			actors: [{ name: long, progressUs: 100 * 24 * HOUR_US, waits }],
		}),
	);
	const headsAt = (columns: number) => {
		const lines = stateText(sample(hosts), null, { columns, rows: 23 }).split('\n');
		assert.ok(lines.every((line) => line.length <= columns));
		return lines[5]?.trim().split(/ {2,}/);
	};
	const all = ['process', 'actor', 'at', 'rate', 'lag', 'memory', 'waits for'];
	assert.equal(headsAt(120), all);
	assert.equal(
		headsAt(90),
		all.filter((head) => head !== 'rate'),
	);
	assert.equal(headsAt(80), ['process', 'actor', 'at', 'lag', 'waits for']);
	assert.match(stateText(sample(hosts), null, { columns: 80, rows: 23 }), 'router.requests +1');
});

test('what keeps a process from its work is said in a line of its own', () => {
	const text = stateText(sample([host('recorder', 0, { held: 'no space left' })]), null, ALL);
	assert.match(text, '\n1 process, 80 MB of memory\nheld by recorder: no space left\n\n');
});

test('before the first window those who are there are ready, and those who are not are awaited', () => {
	const hosts = [
		host('router', 0, { stage: 'done', actors: [] }),
		host('replica-1', 0, { stage: 'awaited', actors: null, memoryBytes: null }),
	];
	const text = stateText(sample(hosts, { phase: 'gathering', window: -1 }), null, ALL);
	assert.match(text, /\nno window yet, 0 checkpoints\n2 processes, 1 awaited, 80 MB of memory\n/);
	assert.match(text, /\nrouter +– +– +– +80 MB +ready\n/);
	assert.match(text, /\nreplica-1 +– +– +– +– +awaited$/);
});

test('where processes are on several machines each says on which', () => {
	const hosts = [host('router', 0), host('replica-1', 0, { machine: 'rack-7' })];
	const text = stateText(sample(hosts), null, ALL);
	assert.match(text, /\nactor +machine +at /);
	assert.match(text, /\nrouter +m +00:00:00/);
	assert.match(text, /\nreplica-1 +rack-7 +00:00:00/);
	assert.not.match(stateText(sample([host('router', 0)]), null, ALL), 'machine');
});

test.run();
