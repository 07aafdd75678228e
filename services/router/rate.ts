import { IANAZone } from 'luxon';
import { namedPrng, type Prng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Bursts, Rate } from './config.ts';

/** The piece of constant rate that time has got to. Plain data. */
export interface RateState {
	/** Arrival rate over qps, from the piece's start to `untilUs`. */
	factor: number;
	untilUs: SimTime;
	/** The local hour's factor, and where the hour ends. */
	hourFactor: number;
	hourUntilUs: SimTime;
	/** The burst's or the calm's factor, and where it ends. */
	burstFactor: number;
	burstUntilUs: SimTime;
	isBurst: boolean;
	/** Where the stream of burst lengths has got to. */
	phases: readonly number[];
}

/** A rate that is constant in pieces, the product of the factors in force. */
export interface RateProfile {
	init(): RateState;
	/** Goes on to the piece that begins where the present one ends. */
	next(state: RateState): void;
}

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;

/**
 * The rate of a configuration from time 0 on.
 *
 * @param phases the random stream of burst lengths
 * @throws ConfigError for a time zone that is not in the IANA data base
 */
export function rateProfile(rate: Rate, phases: Prng): RateProfile {
	const clock = hourClock(rate);
	const burst = burstClock(rate.bursts);
	const combine = (state: RateState): void => {
		state.factor = state.hourFactor * state.burstFactor;
		state.untilUs = Math.min(state.hourUntilUs, state.burstUntilUs);
	};
	return {
		init() {
			const state: RateState = {
				factor: 1,
				untilUs: 0,
				hourFactor: 1,
				hourUntilUs: 0,
				burstFactor: 1,
				burstUntilUs: 0,
				isBurst: true,
				phases: phases.state(),
			};
			clock(state, 0);
			burst(state, 0);
			combine(state);
			return state;
		},
		next(state) {
			const fromUs = state.untilUs;
			if (fromUs === state.hourUntilUs) clock(state, fromUs);
			if (fromUs === state.burstUntilUs) burst(state, fromUs);
			combine(state);
		},
	};
}

/** Sets a state's part that begins at `fromUs`. */
type Part = (state: RateState, fromUs: SimTime) => void;

function hourClock({ startEpochMs, timezone, diurnal, weekly }: Rate): Part {
	if (diurnal === null && weekly === null)
		return (state) => {
			state.hourUntilUs = Number.POSITIVE_INFINITY;
		};
	const zone = IANAZone.create(timezone);
	if (!zone.isValid)
		throw new ConfigError(
			`Cannot use the time zone "${timezone}": it is not in the IANA data base; write one such as "America/Los_Angeles" or "UTC"`,
		);
	const wallMs = (epochMs: number): number => epochMs + zone.offset(epochMs) * 60_000;
	return (state, fromUs) => {
		const epochMs = startEpochMs + fromUs / 1000;
		const wall = wallMs(epochMs);
		const hour = Math.floor(wall / HOUR_MS);
		// 1970-01-01 was a Thursday, day 3 of a week that begins on Monday.
		const day = (Math.floor(hour / 24) + 3) % 7;
		const factors = day < 5 ? diurnal?.weekday : diurnal?.weekend;
		state.hourFactor = (factors?.[hour % 24] ?? 1) * (weekly?.[day] ?? 1);
		// A zone's offset changes at quarters of an hour only; where it does, the hour may be cut short.
		let untilMs = (Math.floor(epochMs / QUARTER_MS) + 1) * QUARTER_MS;
		while (Math.floor(wallMs(untilMs) / HOUR_MS) === hour) untilMs += QUARTER_MS;
		state.hourUntilUs = (untilMs - startEpochMs) * 1000;
	};
}

function burstClock(bursts: Bursts | null): Part {
	if (bursts === null)
		return (state) => {
			state.burstUntilUs = Number.POSITIVE_INFINITY;
		};
	if (bursts.type === 'markov')
		return (state, fromUs) => {
			const stream = namedPrng('', state.phases);
			state.isBurst = !state.isBurst;
			const meanUs = state.isBurst ? bursts.meanBurstUs : bursts.meanCalmUs;
			state.burstUntilUs = fromUs + Math.max(1, Math.round(stream.exponential() * meanUs));
			state.burstFactor = state.isBurst ? bursts.burstFactor : bursts.calmFactor;
			state.phases = stream.state();
		};
	return (state, fromUs) => {
		state.burstFactor = 1;
		state.burstUntilUs = Number.POSITIVE_INFINITY;
		for (const { fromUs: beginUs, untilUs, factor } of bursts.bursts) {
			if (beginUs <= fromUs && fromUs < untilUs) state.burstFactor *= factor;
			for (const edgeUs of [beginUs, untilUs])
				if (edgeUs > fromUs) state.burstUntilUs = Math.min(state.burstUntilUs, edgeUs);
		}
	};
}

/**
 * The time at which a process that would run for `workUs` at factor 1 from `fromUs` on arrives: where the
 * integral of the factor has grown by `workUs`. With exponential gaps this is an exact Poisson process of
 * the changing rate (time change, Daley and Vere-Jones, section 7.4), without the candidates that thinning
 * draws and throws away; with other gaps it keeps their clustering at every rate.
 *
 * @param state moves on to the piece of the arrival
 * @returns Infinity if nothing arrives before `untilUs`
 */
export function arrivalUs(
	profile: RateProfile,
	state: RateState,
	span: { fromUs: number; workUs: number; untilUs: number },
): number {
	let { fromUs, workUs } = span;
	for (;;) {
		const room = state.factor === 0 ? 0 : (state.untilUs - fromUs) * state.factor;
		if (workUs < room) return fromUs + workUs / state.factor;
		workUs -= room;
		fromUs = state.untilUs;
		if (fromUs >= span.untilUs) return Number.POSITIVE_INFINITY;
		profile.next(state);
	}
}
