import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Stop, Wired } from '../../protocol/messages.ts';
import { NOTHING_REFUSED } from '../../protocol/refusals.ts';
import type { Done, Failed, Grant, Restore } from '../../protocol/window-messages.ts';
import * as fc from '../../tests/properties.test-support.ts';
import {
	type HostPhase,
	type HostRequest,
	type HostStage,
	onDone,
	onFailed,
	onMade,
	onOutputs,
	onRequest,
	onRestored,
	startPhase,
} from './host-phase.ts';

/** The phase of a host as a value: what may come next, and nothing else, is carried out. */
const test = suite('host phase');

const UNTIL_US = 12;
const FRAME = { untilUs: UNTIL_US, actors: ['a', 'b'] };
const WIRED: Wired = { type: 'wired', components: [['a'], ['b']] };
const grant = (window: number, attempt = 0): Grant => ({
	...{ type: 'grant', attempt, window, keep: false },
	...{ fromUs: 4 * window, untilUs: 4 * window + 4 },
});
const done = (window: number): Done => ({
	...{
		type: 'done',
		host: 'h',
		attempt: 0,
		window,
		steps: 1,
		kept: null,
		refusals: NOTHING_REFUSED,
	},
});
const failed: Failed = {
	...{ type: 'failed', host: 'h', actor: 'a', timeUs: 1, cause: 'simulation', message: 'no' },
};
const back = (attempt: number, window: number): Restore => ({
	...{ type: 'restore', attempt, window, fromUs: 4 * window, objects: [] },
});
const stopAt = (simulatedUntilUs: number, outcome: Stop['outcome'] = 'complete'): Stop => ({
	...{ type: 'stop', outcome, reason: '', simulatedUntilUs },
});

const after = (phase: HostPhase, ...requests: HostRequest[]): HostPhase =>
	requests.reduce((before, request) => onRequest(before, request, FRAME)[0], phase);

const made = onMade(startPhase());
const wired = after(made, WIRED);
const stepping = after(onDone(after(wired, grant(0)), done(0)), grant(1));

/** Each stage, in the course of a run to 12 us with windows of 4. */
const AT: Readonly<Record<HostStage, HostPhase>> = {
	making: startPhase(),
	made,
	wired,
	stepping,
	restoring: after(stepping, back(1, 1)),
	done: onDone(stepping, done(1)),
	failed: onFailed(stepping, failed),
	ended: after(onDone(stepping, done(1)), stopAt(8, 'interrupted')),
};

const MESSAGES = {
	'the graph': WIRED,
	'another graph': { type: 'wired', components: [['b'], ['a']] },
	'a graph without b': { type: 'wired', components: [['a']] },
	'a graph with a twice': { type: 'wired', components: [['a'], ['a', 'b']] },
	'window 0': grant(0),
	'window 1': grant(1),
	'window 2': grant(2),
	'window 1 of attempt 1': grant(1, 1),
	'window 2 of attempt 1': grant(2, 1),
	'window 2 from 9 us': { ...grant(2), fromUs: 9 },
	'window 2 to 13 us': { ...grant(2), untilUs: 13 },
	'back to 4 us': back(1, 1),
	'back to 0 under attempt 0': back(0, 0),
	'back to the end': back(1, 3),
	'stop at 0': stopAt(0, 'failed'),
	'stop at 4 us': stopAt(4, 'failed'),
	'stop at 8 us': stopAt(8, 'interrupted'),
	'complete at 8 us': stopAt(8),
} as const satisfies Record<string, HostRequest>;

/** What becomes of each message at each stage: the stage after it, `again` (answered as before), or why it is refused. */
const TABLE: Readonly<Record<HostStage, Readonly<Record<keyof typeof MESSAGES, string>>>> = {
	making: {
		'the graph': 'its actors are not made',
		'another graph': 'its actors are not made',
		'a graph without b': 'its actors are not made',
		'a graph with a twice': 'its actors are not made',
		'window 0': 'the graph is not known yet',
		'window 1': 'the graph is not known yet',
		'window 2': 'the graph is not known yet',
		'window 1 of attempt 1': 'the graph is not known yet',
		'window 2 of attempt 1': 'the graph is not known yet',
		'window 2 from 9 us': 'the graph is not known yet',
		'window 2 to 13 us': 'the graph is not known yet',
		'back to 4 us': 'the graph is not known yet',
		'back to 0 under attempt 0': 'the graph is not known yet',
		'back to the end': 'the graph is not known yet',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': '-> ended',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	made: {
		'the graph': '-> wired',
		'another graph': '-> wired',
		'a graph without b': 'its graph lacks "b"',
		'a graph with a twice': 'its graph has an actor twice',
		'window 0': 'the graph is not known yet',
		'window 1': 'the graph is not known yet',
		'window 2': 'the graph is not known yet',
		'window 1 of attempt 1': 'the graph is not known yet',
		'window 2 of attempt 1': 'the graph is not known yet',
		'window 2 from 9 us': 'the graph is not known yet',
		'window 2 to 13 us': 'the graph is not known yet',
		'back to 4 us': 'the graph is not known yet',
		'back to 0 under attempt 0': 'the graph is not known yet',
		'back to the end': 'the graph is not known yet',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': '-> ended',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	wired: {
		'the graph': 'again',
		'another graph': 'the graph is known already',
		'a graph without b': 'the graph is known already',
		'a graph with a twice': 'the graph is known already',
		'window 0': '-> stepping',
		'window 1': 'it is for window 1, not 0',
		'window 2': 'it is for window 2, not 0',
		'window 1 of attempt 1': 'it is for window 1, not 0',
		'window 2 of attempt 1': 'it is for window 2, not 0',
		'window 2 from 9 us': 'it is for window 2, not 0',
		'window 2 to 13 us': 'it is for window 2, not 0',
		'back to 4 us': '-> restoring',
		'back to 0 under attempt 0': 'it is attempt 0 already',
		'back to the end': 'there is nothing to simulate from 12 us on',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': '-> ended',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	stepping: {
		'the graph': 'again',
		'another graph': 'the graph is known already',
		'a graph without b': 'the graph is known already',
		'a graph with a twice': 'the graph is known already',
		'window 0': 'it is for window 0, not 2',
		'window 1': 'again',
		'window 2': 'window 1 is not done',
		'window 1 of attempt 1': 'it is for window 1, not 2',
		'window 2 of attempt 1': 'window 1 is not done',
		'window 2 from 9 us': 'window 1 is not done',
		'window 2 to 13 us': 'window 1 is not done',
		'back to 4 us': '-> restoring',
		'back to 0 under attempt 0': 'it is attempt 0 already',
		'back to the end': 'there is nothing to simulate from 12 us on',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': 'no window that is done ends at 8 us',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	restoring: {
		'the graph': 'again',
		'another graph': 'the graph is known already',
		'a graph without b': 'the graph is known already',
		'a graph with a twice': 'the graph is known already',
		'window 0': 'it is going back',
		'window 1': 'it is going back',
		'window 2': 'it is going back',
		'window 1 of attempt 1': 'it is going back',
		'window 2 of attempt 1': 'it is going back',
		'window 2 from 9 us': 'it is going back',
		'window 2 to 13 us': 'it is going back',
		'back to 4 us': 'again',
		'back to 0 under attempt 0': 'it is attempt 1 already',
		'back to the end': 'it is attempt 1 already',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': '-> ended',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	done: {
		'the graph': 'again',
		'another graph': 'the graph is known already',
		'a graph without b': 'the graph is known already',
		'a graph with a twice': 'the graph is known already',
		'window 0': 'it is for window 0, not 2',
		'window 1': 'again',
		'window 2': '-> stepping',
		'window 1 of attempt 1': 'it is for window 1, not 2',
		'window 2 of attempt 1': 'it is for attempt 1, not 0',
		'window 2 from 9 us': 'its window begins at 9 us, not 8',
		'window 2 to 13 us': 'its window ends at 13 us, not within 8 and 12',
		'back to 4 us': '-> restoring',
		'back to 0 under attempt 0': 'it is attempt 0 already',
		'back to the end': 'there is nothing to simulate from 12 us on',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': '-> ended',
		'complete at 8 us': 'the run is complete at 12 us, not at 8',
	},
	failed: {
		'the graph': 'again',
		'another graph': 'it has failed',
		'a graph without b': 'it has failed',
		'a graph with a twice': 'it has failed',
		'window 0': 'it is for window 0, not 2',
		'window 1': 'again',
		'window 2': 'window 1 is not done',
		'window 1 of attempt 1': 'it is for window 1, not 2',
		'window 2 of attempt 1': 'window 1 is not done',
		'window 2 from 9 us': 'window 1 is not done',
		'window 2 to 13 us': 'window 1 is not done',
		'back to 4 us': '-> restoring',
		'back to 0 under attempt 0': 'it is attempt 0 already',
		'back to the end': 'there is nothing to simulate from 12 us on',
		'stop at 0': '-> ended',
		'stop at 4 us': '-> ended',
		'stop at 8 us': 'no window that is done ends at 8 us',
		'complete at 8 us': 'no window that is done ends at 8 us',
	},
	ended: {
		'the graph': 'again',
		'another graph': 'the run is over',
		'a graph without b': 'the run is over',
		'a graph with a twice': 'the run is over',
		'window 0': 'the run is over',
		'window 1': 'again',
		'window 2': 'the run is over',
		'window 1 of attempt 1': 'the run is over',
		'window 2 of attempt 1': 'the run is over',
		'window 2 from 9 us': 'the run is over',
		'window 2 to 13 us': 'the run is over',
		'back to 4 us': 'the run is over',
		'back to 0 under attempt 0': 'the run is over',
		'back to the end': 'the run is over',
		'stop at 0': 'the run is over',
		'stop at 4 us': 'the run is over',
		'stop at 8 us': 'again',
		'complete at 8 us': 'the run is over',
	},
};

for (const [stage, outcomes] of Object.entries(TABLE) as [HostStage, Record<string, string>][]) {
	test(`onRequest() carries out, repeats or refuses each message to a host that is ${stage}`, () => {
		const phase = AT[stage];
		assert.is(phase.stage, stage);
		const found = Object.entries(MESSAGES).map(([what, message]) => {
			const [next, verdict] = onRequest(phase, message, FRAME);
			if (verdict.type !== 'act') assert.is(next, phase, what);
			if (verdict.type === 'act') return [what, `-> ${next.stage}`];
			return [what, verdict.type === 'repeat' ? 'again' : verdict.reason];
		});
		assert.equal(Object.fromEntries(found), outcomes);
	});
}

test('onOutputs() takes readings from when the graph is known until the run is over or lost', () => {
	const taken = Object.values(AT).filter((phase) => onOutputs(phase) === 'take');
	assert.equal(
		taken.map(({ stage }) => stage),
		['wired', 'stepping', 'done'],
	);
});

test('a host that failed between two windows says so when the next is granted', () => {
	const between = onFailed(AT.done, failed);
	const [next, verdict] = onRequest(between, grant(2), FRAME);
	assert.is(verdict.type, 'act');
	assert.is(next.stage, 'failed');
	assert.equal(next.failed, failed);
	for (const [phase, atUs] of [
		[between, 8],
		[between, 4],
		[next, 8],
	] as const)
		assert.is(after(phase, stopAt(atUs, 'failed')).stage, 'ended', String(atUs));
});

test('a host that could not make its actors, or hears of its end while it makes them, goes no further', () => {
	const unmade = onFailed(startPhase(), failed);
	for (const request of [WIRED, grant(0)])
		assert.is(onRequest(unmade, request, FRAME)[1].type, 'refuse');
	const early = after(startPhase(), stopAt(0, 'interrupted'));
	assert.is(onMade(early), early);
	assert.is(onFailed(early, failed), early);
	assert.is(onDone(early, done(0)), early);
});

test('a host that has gone back takes windows of the new attempt, from there on', () => {
	const there = onRestored(after(AT.done, back(1, 1)));
	assert.is(there.stage, 'wired');
	assert.is(after(there, grant(1, 1)).stage, 'stepping');
	for (const [one, reason] of [
		[grant(1), 'it is for attempt 0, not 1'],
		[grant(2, 1), 'it is for window 2, not 1'],
	] as const)
		assert.equal(onRequest(there, one, FRAME)[1], { type: 'refuse', reason });
	assert.is(after(there, stopAt(4, 'failed')).stage, 'ended');
});

const COURSE: readonly HostRequest[] = [...[WIRED, grant(0), grant(1), grant(2), stopAt(UNTIL_US)]];

const anyRequest: fc.Arbitrary<HostRequest> = fc.oneof(
	fc.constantFrom(...COURSE),
	fc.record({
		type: fc.constant('grant' as const),
		attempt: fc.nat(1),
		window: fc.nat(4),
		fromUs: fc.nat(14),
		untilUs: fc.nat(14),
		keep: fc.boolean(),
	}),
	fc.record({
		type: fc.constant('stop' as const),
		outcome: fc.constant('complete' as const),
		reason: fc.constant('forged'),
		// Not where a real one could be: that it is forged only a seal would show.
		simulatedUntilUs: fc.constantFrom(1, 2, 3, 5, 6, 7, 9, 10, 11, 13),
	}),
	fc.record({
		type: fc.constant('wired' as const),
		components: fc.array(fc.array(fc.constantFrom('a', 'c'), { maxLength: 2 }), { maxLength: 3 }),
	}),
);

/** Grants that are right where they come in the course, but for nothing that shows. */
const isRight = (request: HostRequest): boolean =>
	COURSE.some((one) => JSON.stringify(one) === JSON.stringify(request)) ||
	(request.type === 'grant' && request.window < 3 && request.attempt === 0);

test('onRequest() carries out the course of a run, whatever comes between', () => {
	void fc.assert(
		fc.property(fc.array(fc.array(anyRequest, { maxLength: 8 }), { maxLength: 6 }), (between) => {
			let phase: HostPhase = made;
			for (const [i, request] of COURSE.entries()) {
				for (const other of between[i] ?? []) {
					if (isRight(other)) continue;
					const [same, verdict] = onRequest(phase, other, FRAME);
					assert.is(verdict.type, 'refuse', JSON.stringify(other));
					assert.is(same, phase);
				}
				const [next, verdict] = onRequest(phase, request, FRAME);
				assert.is(verdict.type, 'act', JSON.stringify(request));
				assert.is(onRequest(next, request, FRAME)[1].type, 'repeat');
				phase = request.type === 'grant' ? onDone(next, done(request.window)) : next;
			}
		}),
		{ numRuns: 500 },
	);
});

test('whatever was right under an attempt before is refused, at any stage', () => {
	const anyStep = fc.oneof(
		fc.constantFrom<HostRequest['type'] | 'done' | 'failed' | 'restored'>('restore', 'grant'),
		fc.constantFrom('done' as const, 'failed' as const, 'restored' as const),
	);
	void fc.assert(
		fc.property(fc.array(anyStep, { maxLength: 14 }), (steps) => {
			let phase = wired;
			const before: HostRequest[] = [];
			const take = (request: HostRequest) => {
				const [next, verdict] = onRequest(phase, request, FRAME);
				if (verdict.type === 'act') before.push(request);
				phase = next;
			};
			for (const step of steps) {
				const { attempt } = phase;
				const next = phase.grant === null ? phase.start.window : phase.grant.window + 1;
				if (step === 'restore') take(back(attempt + 1, Math.min(2, next)));
				if (step === 'grant') take(grant(next, attempt));
				if (step === 'done') phase = onDone(phase, { ...done(next - 1), attempt });
				if (step === 'failed') phase = onFailed(phase, failed);
				if (step === 'restored') phase = onRestored(phase);
				for (const old of before) {
					if (!('attempt' in old) || old.attempt >= phase.attempt) continue;
					const [same, verdict] = onRequest(phase, old, FRAME);
					assert.is(verdict.type, 'refuse', `${phase.stage}: ${JSON.stringify(old)}`);
					assert.is(same, phase);
				}
			}
		}),
		{ numRuns: 300 },
	);
});

test('a host lets only actors of its own speak together, each once, and leaves those of others to them', () => {
	const lists: [string[][], string | null][] = [
		[[['a', 'c']], 'it lets "a", "c" of several hosts speak together'],
		[
			[
				['c', 'd'],
				['c', 'e'],
			],
			'an actor of it speaks with others twice',
		],
		[
			[
				['a', 'b'],
				['c', 'd'],
			],
			null,
		],
	];
	for (const [together, reason] of lists) {
		const verdict = onRequest(made, { ...WIRED, together }, FRAME)[1];
		assert.equal(verdict, reason === null ? { type: 'act' } : { type: 'refuse', reason });
	}
});

test.run();
