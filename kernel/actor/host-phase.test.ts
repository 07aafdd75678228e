import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Grant, Stop, Wired } from '../../protocol/messages.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { type HostPhase, onDone, onRequest, startPhase } from './host-phase.ts';

/** The phase of a host as a value: what may come next, and nothing else, is carried out. */
const test = suite('host phase');

const UNTIL_US = 12;
const WIRED: Wired = { type: 'wired', components: [['a'], ['b']] };
const grant = (window: number): Grant => ({
	...{ type: 'grant', attempt: 0, window },
	...{ fromUs: 4 * window, untilUs: 4 * window + 4 },
});
const stopAt = (simulatedUntilUs: number, outcome: Stop['outcome'] = 'complete'): Stop => ({
	...{ type: 'stop', outcome, reason: '', simulatedUntilUs },
});

const COURSE: readonly (Wired | Grant | Stop)[] = [
	...[WIRED, grant(0), grant(1), grant(2), stopAt(UNTIL_US)],
];

const anyRequest: fc.Arbitrary<Wired | Grant | Stop> = fc.oneof(
	fc.constantFrom(...COURSE),
	fc.record({
		type: fc.constant('grant' as const),
		attempt: fc.nat(1),
		window: fc.nat(4),
		fromUs: fc.nat(14),
		untilUs: fc.nat(14),
	}),
	fc.record({
		type: fc.constant('stop' as const),
		outcome: fc.constantFrom('complete' as const, 'failed' as const),
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
const isRight = (request: Wired | Grant | Stop): boolean =>
	COURSE.some((one) => JSON.stringify(one) === JSON.stringify(request)) ||
	(request.type === 'grant' && request.window < 3 && request.attempt === 0);

test('onRequest() carries out the course of a run, whatever comes between', () => {
	void fc.assert(
		fc.property(fc.array(fc.array(anyRequest, { maxLength: 8 }), { maxLength: 6 }), (between) => {
			let phase: HostPhase = startPhase(['a', 'b'], UNTIL_US);
			for (const [i, request] of COURSE.entries()) {
				for (const other of between[i] ?? []) {
					if (isRight(other)) continue;
					const [after, verdict] = onRequest(phase, other);
					assert.is(verdict.type, 'refuse', JSON.stringify(other));
					assert.is(after, phase);
				}
				const [next, verdict] = onRequest(phase, request);
				assert.is(verdict.type, 'act', JSON.stringify(request));
				assert.is(onRequest(next, request)[1].type, 'repeat');
				phase = request.type === 'grant' ? onDone(next) : next;
			}
			for (const other of [WIRED, grant(2), stopAt(UNTIL_US)])
				assert.is(onRequest(phase, other)[1].type, 'repeat');
			assert.is(onRequest(phase, grant(1))[1].type, 'refuse');
		}),
		{ numRuns: 500 },
	);
});

test('onRequest() lets a run stop where its windows stand, done or not', () => {
	let [phase] = onRequest(startPhase(['a', 'b'], UNTIL_US), WIRED);
	const type = (stop: Stop) => onRequest(phase, stop)[1].type;
	assert.is(type(stopAt(0, 'failed')), 'act');
	assert.is(type(stopAt(4, 'failed')), 'refuse');
	[phase] = onRequest(phase, grant(0));
	assert.is(type(stopAt(0, 'interrupted')), 'act');
	assert.is(type(stopAt(4, 'interrupted')), 'refuse', 'the window is not done');
	phase = onDone(phase);
	assert.is(type(stopAt(4, 'interrupted')), 'act');
	assert.is(type(stopAt(0, 'failed')), 'act', 'another host was not done');
	assert.is(type(stopAt(4, 'complete')), 'refuse', 'the run is longer');
});

test('onRequest() grants no window before the one before is done', () => {
	let [phase] = onRequest(startPhase(['a', 'b'], UNTIL_US), WIRED);
	[phase] = onRequest(phase, grant(0));
	const [, verdict] = onRequest(phase, grant(1));
	assert.equal(verdict, { type: 'refuse', reason: 'window 0 is not done' });
});

test.run();
