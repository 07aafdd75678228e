import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunEvent } from '../protocol/run-events.ts';
import { readTrace, type Trace } from './trace.test-support.ts';
import { WindowTrace } from './window-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-trace-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** The trace of events that come at these milliseconds. */
function traceOf(
	events: readonly (readonly [number, RunEvent])[],
	bytesMax?: number,
): Trace & { readonly said: readonly string[] } {
	const path = join(folder, `${count++}.json`);
	const said: string[] = [];
	let nowMs = 100;
	const trace = new WindowTrace(path, {
		nowMs: () => nowMs,
		notice: (text) => void said.push(text),
		...(bytesMax === undefined ? {} : { bytesMax }),
	});
	for (const [atMs, event] of events) {
		nowMs = 100 + atMs;
		trace.event(event);
	}
	trace.close();
	return { ...readTrace(path), said };
}

const joined = (host: string): RunEvent => ({
	...{ event: 'joined', host, seat: 0, machine: 'm', pid: 7, actors: [host] },
});
const granted = (window: number, keep = false, attempt = 0): RunEvent => ({
	...{ event: 'granted', attempt, window, fromUs: window * 60e6, untilUs: (window + 1) * 60e6 },
	keep,
});
const done = (window: number, host: string): RunEvent => ({
	...{ event: 'done', attempt: 0, window, host, steps: 1 },
});
const completed = (window: number): RunEvent => ({
	...{ event: 'completed', attempt: 0, window, untilUs: (window + 1) * 60e6 },
});

test('a host has a slice for each window, and one for whom it waits; a setback closes what was open', () => {
	const trace = traceOf([
		[1, joined('a')],
		[1, joined('b')],
		[2, { event: 'ready', host: 'a', seat: 0 }],
		[2, { event: 'ready', host: 'b', seat: 0 }],
		[3, granted(0, true)],
		[4, done(0, 'a')],
		[8, done(0, 'b')],
		[8, completed(0)],
		[
			9,
			{
				...{ event: 'checkpoint', attempt: 0, window: 0, fromUs: 0, bytes: 9 },
				...{ stoodMs: 1, tookMs: 6 },
			},
		],
		[9, granted(1)],
		[10, done(1, 'a')],
		[
			12,
			{
				...{ event: 'setback', attempt: 0, window: 0, fromUs: 0, text: 'lost b' },
				...{ hosts: ['b'], actors: ['b'], setbacks: 1, waitMs: 0 },
			},
		],
		[13, joined('b')],
		[14, { event: 'ready', host: 'b', seat: 1 }],
		[15, { event: 'restored', attempt: 1, window: 0, fromUs: 0 }],
	]);
	assert.equal(trace.slices('a'), ['makes its actors', 'window 0', 'waits for b', 'window 1']);
	assert.equal(trace.slices('b'), [
		'makes its actors',
		'window 0',
		'window 1, given up',
		'makes its actors',
	]);
	assert.equal(trace.slices('run'), ['window 0', 'window 1, given up', 'goes back']);
	assert.equal(trace.slices('checkpoints'), ['checkpoint 0']);
	assert.equal(['setback', 'restored', 'simulated time'].map(trace.named), [1, 1, 2]);
	assert.equal(trace.said, []);
});

test('a trace that is full lacks windows, which is said, and no setback', () => {
	const windows = Array.from({ length: 30 }, (_, i) => [
		[10 * i, granted(i)] as const,
		[10 * i + 1, done(i, 'a')] as const,
		[10 * i + 1, completed(i)] as const,
	]).flat();
	const trace = traceOf(
		[[0, joined('a')], ...windows, [900, { event: 'restored', attempt: 1, window: 0, fromUs: 0 }]],
		2_000,
	);
	const shown = trace.slices('run').length;
	assert.ok(shown > 0 && shown < 30, `${shown}`);
	assert.equal(trace.said, [`The trace is full: it lacks the last ${30 - shown} windows`]);
	assert.is(trace.named('restored'), 1);
});

test.run();
