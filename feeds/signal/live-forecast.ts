import { HOUR_US, type SimTime } from '../../protocol/time.ts';
import { type Fallback, type Following, type LiveState, silentFromUs } from './live.ts';

const DAY_US = 24 * HOUR_US;
/** Hours that are over are looked back on for a day. */
export const LOOK_BACK_US: SimTime = DAY_US + HOUR_US;

/** Values by the time from which each holds, and the end of the last. */
interface Known {
	readonly timesUs: readonly number[];
	readonly values: readonly number[];
	readonly untilUs: number;
}

/**
 * Fills in what is expected of each hour of the clock from the running one on: what the feed foretold, else the same hour of the
 * day before as it came to be, else the value of now. Where a fallback holds, the fallback.
 *
 * @param nowUs the start of a step
 */
export function expectLive(
	state: LiveState,
	nowUs: SimTime,
	values: Float64Array,
	{
		following,
		startEpochMs,
		fallback,
		isForetold,
	}: {
		readonly following: Following;
		readonly startEpochMs: number;
		readonly fallback: Fallback | null;
		/** Whether what the feed foretells is used. */
		readonly isForetold: boolean;
	},
): void {
	const startUs = startEpochMs * 1000;
	const firstUs = Math.floor((startUs + nowUs) / HOUR_US) * HOUR_US - startUs;
	const isStale = following.whenStale === 'profile' && silentFromUs(state, following) <= nowUs;
	const now = Math.max(
		0,
		state.timesUs.findLastIndex((timeUs) => timeUs <= nowUs),
	);
	const present = state.values[now] ?? Number.NaN;
	const foretold = isForetold ? foretoldBy(state, now) : NOTHING;
	for (let k = 0; k < values.length; k++) {
		const fromUs = firstUs + k * HOUR_US;
		const untilUs = fromUs + HOUR_US;
		if (isStale && fallback !== null) {
			values[k] = fallback.mean(Math.max(fromUs, nowUs), untilUs);
			continue;
		}
		const expected = meanWithin(foretold, Math.max(fromUs, nowUs), untilUs);
		values[k] = Number.isNaN(expected) ? dayBefore(state, fromUs, nowUs, present) : expected;
	}
}

const NOTHING: Known = { timesUs: [], values: [], untilUs: Number.NEGATIVE_INFINITY };

/** What is known of the time to come. The last value says how long it is good for by the one before it. */
function foretoldBy(state: LiveState, now: number): Known {
	const isOwn = state.aheadUs.length === 0;
	const timesUs = isOwn ? state.timesUs.slice(now) : [...state.timesUs.slice(-1), ...state.aheadUs];
	const values = isOwn
		? state.values.slice(now)
		: [...state.values.slice(-1), ...state.aheadValues];
	const [before, last] = timesUs.slice(-2);
	// One alone is the value of now, which foretells nothing.
	const untilUs =
		before === undefined || last === undefined ? Number.NEGATIVE_INFINITY : 2 * last - before;
	return { timesUs, values, untilUs };
}

/** The mean over the part of a span that is known; NaN where none is. */
function meanWithin({ timesUs, values, untilUs }: Known, fromUs: number, toUs: number): number {
	let [sum, covered] = [0, 0];
	const endUs = Math.min(toUs, untilUs);
	for (let i = 0; i < timesUs.length; i++) {
		const overlapUs =
			Math.min(endUs, timesUs[i + 1] ?? endUs) - Math.max(fromUs, timesUs[i] as number);
		if (overlapUs <= 0) continue;
		sum += (values[i] as number) * overlapUs;
		covered += overlapUs;
	}
	return sum / covered;
}

/** The latest hour that is over and has the same time of day; the present value where the run did not see it. */
function dayBefore(state: LiveState, hourUs: number, nowUs: number, present: number): number {
	const days = Math.max(1, Math.ceil((hourUs + HOUR_US - nowUs) / DAY_US));
	const fromUs = hourUs - days * DAY_US;
	if (fromUs < (state.timesUs[0] ?? Number.POSITIVE_INFINITY)) return present;
	const past = { timesUs: state.timesUs, values: state.values, untilUs: nowUs };
	const mean = meanWithin(past, fromUs, fromUs + HOUR_US);
	return Number.isNaN(mean) ? present : mean;
}
