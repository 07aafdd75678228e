import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import {
	type Following,
	hear,
	type LiveState,
	liveMean,
	nothingHeard,
	silentFromUs,
} from './live.ts';
import { expectLive, LOOK_BACK_US } from './live-forecast.ts';

/** A run that starts at 12:00 UTC. */
const startEpochMs = Date.UTC(2026, 10, 30, 12);
const own: Following = {
	times: 'own',
	staleAfterUs: HOUR_US,
	whenStale: 'hold',
	name: 'the feed',
};
const arrival: Following = { ...own, times: 'arrival' };

const minute = (at: number) => startEpochMs + at * 60_000;
/** Values at minutes of the calendar since the run's start. */
const pointsOf = (...points: readonly (readonly [minute: number, value: number])[]) =>
	points.map(([at, value]) => ({ fromMs: minute(at), value }));
const hearing = (following: Following, keepUs = 0) => ({
	times: following.times,
	startEpochMs,
	keepUs,
});
const span = (from: number, until: number) => ({
	fromUs: from * MINUTE_US,
	untilUs: until * MINUTE_US,
});

function heardOf(
	following: Following,
	...answers: readonly (readonly [at: number, ...points: readonly (readonly [number, number])[]])[]
): LiveState {
	const state = nothingHeard();
	for (const [at, ...points] of answers)
		hear(
			state,
			at * MINUTE_US,
			{ points: pointsOf(...points), receivedAtMs: minute(at) },
			hearing(following),
		);
	return state;
}

test('own times: what is foretold holds when its time comes, until something newer is said of it', () => {
	const state = heardOf(own, [0, [-30, 200], [0, 210], [30, 300]]);
	assert.is(liveMean(state, span(0, 30), own, null), 210);
	assert.is(liveMean(state, span(20, 40), own, null), 255);
	// The half-hour was measured meanwhile, and the next foretold.
	hear(
		state,
		40 * MINUTE_US,
		{ points: pointsOf([30, 280], [60, 100]), receivedAtMs: minute(40) },
		hearing(own),
	);
	assert.is(liveMean(state, span(40, 60), own, null), 280);
	assert.is(liveMean(state, span(60, 90), own, null), 100);
});

test('own times: an answer that only foretells holds from its first value on, or at once where nothing does', () => {
	assert.is(liveMean(heardOf(own, [0, [30, 300], [60, 100]]), span(0, 30), own, null), 300);
	const state = heardOf(own, [0, [0, 200]], [10, [30, 300]]);
	assert.is(liveMean(state, span(10, 30), own, null), 200);
	assert.is(liveMean(state, span(30, 40), own, null), 300);
});

test('by arrival: the value of the time it was received at holds from then on, whatever was foretold', () => {
	const state = heardOf(arrival, [0, [-60, 100], [-5, 200], [25, 900]]);
	assert.is(liveMean(state, span(0, 60), arrival, null), 200);
	// An hour of clocks later, half an hour of the run later.
	hear(
		state,
		60 * MINUTE_US,
		{ points: pointsOf([25, 900], [55, 700]), receivedAtMs: minute(30) },
		hearing(arrival),
	);
	assert.is(liveMean(state, span(60, 90), arrival, null), 900);
});

test('a silent feed is held, replaced or ends the run, from the microsecond on at which it is too old', () => {
	const state = heardOf(own, [0, [0, 100], [30, 200]], [10]);
	assert.is(silentFromUs(state, own), 70 * MINUTE_US);
	assert.is(liveMean(state, span(60, 600), own, null), 200);
	const replaced: Following = { ...own, whenStale: 'profile' };
	const night = { mean: (fromUs: number) => fromUs / MINUTE_US };
	assert.is(liveMean(state, span(60, 70), replaced, night), 200);
	assert.is(liveMean(state, span(60, 80), replaced, night), 135);
	assert.is(liveMean(state, span(70, 80), replaced, night), 70);
	const strict: Following = { ...own, whenStale: 'fail' };
	assert.is(liveMean(state, span(60, 70), strict, null), 200);
	assert.throws(
		() => liveMean(state, span(60, 71), strict, null),
		(error: unknown) =>
			error instanceof SimulationError &&
			error.message ===
				'Cannot go on at 01:10:00: the feed was last heard at 00:10:00, longer ago than staleness.after (01:00:00), and staleness.then is fail',
	);
	// It came back.
	hear(state, 75 * MINUTE_US, { points: [], receivedAtMs: minute(75) }, { ...hearing(strict) });
	assert.is(liveMean(state, span(75, 100), strict, null), 200);
});

test('a feed that has said nothing yet has no value', () => {
	assert.throws(() => liveMean(nothingHeard(), span(0, 1), own, null), /has given no value yet/);
	const replaced: Following = { ...own, whenStale: 'profile' };
	assert.is(liveMean(nothingHeard(), span(0, 1), replaced, { mean: () => 7 }), 7);
});

/** Answers at rising minutes, each about some time before and after it. */
const answers = fc
	.array(
		fc.record({
			gap: fc.integer({ min: 1, max: 90 }),
			first: fc.integer({ min: -120, max: 60 }),
			values: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 6 }),
		}),
		{ minLength: 1, maxLength: 12 },
	)
	.map((list) => {
		let at = -1;
		return list.map(({ gap, first, values }, i) => {
			at += i === 0 ? 1 : gap;
			const points = values.map((value, k) => [at + first + k * 20, value] as const);
			return { at, points };
		});
	});
const policies = fc.constantFrom<Following[]>(
	own,
	arrival,
	{ ...own, whenStale: 'profile' },
	{ ...arrival, whenStale: 'profile' },
);

test('a mean does not depend on how time is cut, and what is kept does not grow', () => {
	fc.assert(
		fc.property(answers, policies, fc.integer({ min: 1, max: 50 }), (list, following, step) => {
			const profile = { mean: () => 450 };
			const state = nothingHeard();
			hear(state, 0, { points: pointsOf([0, 450]), receivedAtMs: minute(0) }, hearing(following));
			for (const { at, points } of list) {
				hear(
					state,
					at * MINUTE_US,
					{ points: pointsOf(...points), receivedAtMs: minute(at) },
					hearing(following),
				);
				const before = structuredClone(state);
				const whole = liveMean(state, span(at, at + 200), following, profile);
				let sum = 0;
				for (let from = at; from < at + 200; from += step) {
					const until = Math.min(from + step, at + 200);
					sum += liveMean(state, span(from, until), following, profile) * (until - from);
				}
				assert.ok(Math.abs(whole - sum / 200) < 1e-9, `${whole} ${sum / 200}`);
				assert.ok(whole >= 0 && whole <= 900);
				assert.equal(state, before);
				// The value of now, what an answer foretells, and what older ones foretold after it.
				assert.ok(state.timesUs.every((us, i) => i === 0 || us > (state.timesUs[i - 1] as number)));
				assert.ok(state.timesUs.length <= 20, `${state.timesUs.length}`);
			}
		}),
	);
});

test('an hour that is over is known for a day, and no longer', () => {
	const state = nothingHeard();
	for (let at = 0; at <= 60 * 24 * 5; at += 30)
		hear(
			state,
			at * MINUTE_US,
			{ points: pointsOf([at, at]), receivedAtMs: minute(at) },
			hearing(own, LOOK_BACK_US),
		);
	assert.is(state.timesUs.length, 51);
	const hours = new Float64Array(30);
	const about = { following: own, startEpochMs, fallback: null, isForetold: true };
	expectLive(state, 60 * 24 * 5 * MINUTE_US, hours, about);
	const day = 60 * 24;
	// Nothing is foretold: yesterday's mean of the hour.
	assert.is(hours[0], 4 * day + 15);
	assert.is(hours[5], 4 * day + 5 * 60 + 15);
	// The day after tomorrow's looks back on the same.
	assert.is(hours[24], hours[0]);
});

test('a forecast is what the feed foretold, then the value of now; an hour ahead is one in a run elsewhere too', () => {
	const hours = new Float64Array(4);
	const about = { startEpochMs, fallback: null, isForetold: true };
	const points = [
		[0, 100],
		[30, 200],
		[60, 300],
		[90, 500],
	] as const;
	const state = heardOf(own, [0, ...points]);
	expectLive(state, 0, hours, { ...about, following: own });
	assert.equal([...hours], [150, 400, 100, 100]);
	expectLive(state, 45 * MINUTE_US, hours, { ...about, following: own });
	assert.equal([...hours], [200, 400, 200, 200]);
	const elsewhere = nothingHeard();
	hear(
		elsewhere,
		120 * MINUTE_US,
		{ points: pointsOf(...points), receivedAtMs: minute(0) },
		hearing(arrival),
	);
	expectLive(elsewhere, 120 * MINUTE_US, hours, { ...about, following: arrival });
	assert.equal([...hours], [150, 400, 100, 100]);
	const replaced: Following = { ...own, whenStale: 'profile' };
	expectLive(state, 200 * MINUTE_US, hours, {
		...{ startEpochMs, following: replaced, fallback: { mean: () => 9 }, isForetold: true },
	});
	assert.equal([...hours], [9, 9, 9, 9]);
});

test.run();
