import { DateTime } from 'luxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from '../../protocol/time.ts';
import type { Rate } from './config.ts';
import { exponentialGaps, gammaGaps } from './intervals.ts';
import { arrivalUs, rateProfile } from './rate.ts';

const ZONE = 'America/Los_Angeles';
/** Sunday, 10 March 2024: clocks go from 02:00 to 03:00. */
const SPRING_MS = DateTime.fromISO('2024-03-09T00:00', { zone: ZONE }).toMillis();
const HOURS = Array.from({ length: 24 }, (_, hour) => 1 + hour);

function rate(changes: Partial<Rate>): Rate {
	return {
		startEpochMs: SPRING_MS,
		timezone: ZONE,
		diurnal: null,
		weekly: null,
		bursts: null,
		...changes,
	};
}

/** Factor of each whole minute of a span. */
function minutesOf(config: Rate, untilUs: number): number[] {
	const profile = rateProfile(config, namedPrng('1/router/bursts'));
	const state = profile.init();
	const factors: number[] = [];
	for (let t = 0; t < untilUs; t += MINUTE_US) {
		while (state.untilUs <= t) profile.next(state);
		factors.push(state.factor);
	}
	return factors;
}

test('rateProfile() follows the local hour and the local day, also when the clocks change', () => {
	for (const [zone, start] of [
		[ZONE, '2024-03-09T00:20'],
		[ZONE, '2024-11-02T13:00'],
		['Australia/Lord_Howe', '2024-04-06T00:00'],
		['Asia/Kathmandu', '2024-04-06T00:00'],
	] as const) {
		const startEpochMs = DateTime.fromISO(start, { zone }).toMillis();
		const weekly = [1, 2, 3, 4, 5, 6, 7];
		const diurnal = { weekday: HOURS, weekend: HOURS.map((factor) => factor * 100) };
		const config = rate({ startEpochMs, timezone: zone, diurnal, weekly });
		minutesOf(config, 3 * DAY_US).forEach((factor, minute) => {
			const local = DateTime.fromMillis(startEpochMs + minute * 60_000, { zone });
			const hours = local.weekday > 5 ? diurnal.weekend : diurnal.weekday;
			const expected = (hours[local.hour] ?? 0) * (weekly[local.weekday - 1] ?? 0);
			assert.is(factor, expected, `${local.toISO()}`);
		});
	}
});

test('rateProfile() multiplies scheduled bursts where they overlap', () => {
	const bursts = [
		{ fromUs: 0, untilUs: 2 * MINUTE_US, factor: 2 },
		{ fromUs: MINUTE_US, untilUs: 4 * MINUTE_US, factor: 5 },
	];
	const config = rate({ bursts: { type: 'scheduled', bursts } });
	assert.equal(minutesOf(config, 6 * MINUTE_US), [2, 10, 5, 5, 1, 1]);
});

test('rateProfile() is in markov bursts for their share of the time, in phases of their mean length', () => {
	const config = rate({
		bursts: {
			type: 'markov',
			burstFactor: 7,
			calmFactor: 0.5,
			meanBurstUs: 60 * SECOND_US,
			meanCalmUs: 240 * SECOND_US,
		},
	});
	const profile = rateProfile(config, namedPrng('2/router/bursts'));
	const state = profile.init();
	const spent = { burst: 0, calm: 0 };
	const phases = 4000;
	for (let i = 0, fromUs = 0; i < phases; i++) {
		assert.is(state.factor, i % 2 === 0 ? 0.5 : 7);
		spent[i % 2 === 0 ? 'calm' : 'burst'] += state.untilUs - fromUs;
		fromUs = state.untilUs;
		profile.next(state);
	}
	// Means of 2,000 exponential lengths: standard error 1/sqrt(2000) = 2.2 %; four of them.
	assert.ok(Math.abs(spent.burst / (2000 * 60 * SECOND_US) - 1) < 0.09);
	assert.ok(Math.abs(spent.calm / (2000 * 240 * SECOND_US) - 1) < 0.09);
});

test('arrivalUs() makes a Poisson process of the changing rate', () => {
	const weekday = HOURS.map((hour) => (hour % 5 === 0 ? 0 : hour / 10));
	const config = rate({ diurnal: { weekday, weekend: weekday } });
	const profile = rateProfile(config, namedPrng('3/router/bursts'));
	const state = profile.init();
	const prng = namedPrng('3/router/arrivals');
	const counts = new Array<number>(24).fill(0);
	const days = 60;
	const meanGapUs = 20 * SECOND_US;
	const untilUs = days * DAY_US;
	for (let fromUs = 0; ; ) {
		const workUs = exponentialGaps(prng) * meanGapUs;
		fromUs = arrivalUs(profile, state, { fromUs, workUs, untilUs });
		if (fromUs >= untilUs) break;
		const hour = DateTime.fromMillis(SPRING_MS + fromUs / 1000, { zone: ZONE }).hour;
		counts[hour] = (counts[hour] ?? 0) + 1;
	}
	let chiSquared = 0;
	counts.forEach((count, hour) => {
		const hours = hour === 2 ? days - 1 : days;
		const expected = ((weekday[hour] ?? 0) * hours * HOUR_US) / meanGapUs;
		if (expected === 0) assert.is(count, 0);
		else chiSquared += (count - expected) ** 2 / expected;
	});
	assert.ok(chiSquared < 43.8, `chi squared ${chiSquared} over 19 degrees of freedom (p = 0.001)`);
});

test('arrivalUs() says Infinity when the rate stays 0', () => {
	const zero = new Array<number>(24).fill(0);
	const profile = rateProfile(
		rate({ diurnal: { weekday: zero, weekend: zero } }),
		namedPrng('4/router/bursts'),
	);
	const span = { fromUs: 0, workUs: 1, untilUs: 30 * DAY_US };
	assert.is(arrivalUs(profile, profile.init(), span), Number.POSITIVE_INFINITY);
});

test('gammaGaps() have mean 1 and their coefficient of variation', () => {
	for (const cv of [0.3, 1, 2]) {
		const sample = gammaGaps(cv);
		const prng = namedPrng(`5/router/${cv}`);
		const count = 200_000;
		let [sum, squares] = [0, 0];
		for (let i = 0; i < count; i++) {
			const gap = sample(prng);
			sum += gap;
			squares += gap * gap;
		}
		const mean = sum / count;
		const deviation = Math.sqrt(squares / count - mean * mean);
		// Standard error of the mean cv/sqrt(n); of the deviation below 2 % of it at these cv. Four of them.
		assert.ok(Math.abs(mean - 1) < (4 * cv) / Math.sqrt(count), `mean ${mean} at cv ${cv}`);
		assert.ok(Math.abs(deviation / cv - 1) < 0.03, `deviation ${deviation} at cv ${cv}`);
	}
});

test.run();
