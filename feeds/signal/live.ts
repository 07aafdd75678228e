import * as z from 'zod';
import { SimulationError } from '../../protocol/errors.ts';
import { LiveTimes, type Sampling, WhenStale } from '../../protocol/signals.ts';
import { formatSimTime, type SimTime, type Span } from '../../protocol/time.ts';

/**
 * What a run has heard of a feed, as a value: it changes when the feed is heard and never in between, so a run with the log
 * of what came and when is as certain as one without a feed.
 */
export interface LiveState {
	/** From when on each value holds; rising. What is over goes, but for what forecasts look back on. */
	readonly timesUs: number[];
	readonly values: number[];
	/** What is expected after that and never holds by itself: in runs whose time is not that of the feed. */
	readonly aheadUs: number[];
	readonly aheadValues: number[];
	/** When the feed was heard last; null: never. */
	heardUs: SimTime | null;
}

/** A value that holds from a civil time on, until the next. */
export interface HeardPoint {
	readonly fromMs: number;
	readonly value: number;
}

/** How an actor follows a feed. */
export const Following = z.strictObject({
	times: LiveTimes,
	/** The feed is silent when it has not been heard for longer. */
	staleAfterUs: z.int().positive(),
	whenStale: WhenStale,
	/** For messages: `UK Carbon Intensity`. */
	name: z.string().min(1),
});
export type Following = z.infer<typeof Following>;

/** Time 0 of a run in the calendar, and how much of the past is kept. */
interface Frame {
	readonly startEpochMs: number;
	readonly keepUs: SimTime;
}

/** What holds where the feed says nothing. */
export interface Fallback {
	/** Its mean over a span. */
	mean(fromUs: SimTime, untilUs: SimTime): number;
}

const US_PER_MS = 1000;

/** Nothing has been heard yet. */
export function nothingHeard(): LiveState {
	return { timesUs: [], values: [], aheadUs: [], aheadValues: [], heardUs: null };
}

/**
 * Takes in what a feed gave. Where times are the feed's own, each value holds from its time on, what is foretold too, and
 * takes the place of all that was said of its time and later. Else only the value of now holds, from now on.
 *
 * @param points in order of time; none: what it said before still holds
 * @param receivedAtMs when it was received, by the clock
 */
export function hear(
	state: LiveState,
	atUs: SimTime,
	{
		points,
		receivedAtMs,
	}: { readonly points: readonly HeardPoint[]; readonly receivedAtMs: number },
	{ times, startEpochMs, keepUs }: Pick<Following, 'times'> & Frame,
): void {
	state.heardUs = atUs;
	if (points.length === 0) return;
	if (times === 'own') {
		const us = points.map(({ fromMs }) => (fromMs - startEpochMs) * US_PER_MS);
		// Of what is to come alone the first holds already, unless something holds.
		if (state.timesUs.length === 0 && (us[0] as number) > atUs) us[0] = atUs;
		replaceFrom(state.timesUs, state.values, us, points);
	} else {
		const now = Math.max(
			0,
			points.findLastIndex(({ fromMs }) => fromMs <= receivedAtMs),
		);
		const ahead = points.slice(now + 1);
		replaceFrom(state.timesUs, state.values, [atUs], points.slice(now, now + 1));
		state.aheadUs.length = 0;
		state.aheadValues.length = 0;
		for (const { fromMs, value } of ahead) {
			state.aheadUs.push(atUs + (fromMs - receivedAtMs) * US_PER_MS);
			state.aheadValues.push(value);
		}
	}
	forget(state, atUs - keepUs);
}

function replaceFrom(
	timesUs: number[],
	values: number[],
	us: readonly number[],
	points: readonly HeardPoint[],
): void {
	const first = us[0] as number;
	const kept = timesUs.findLastIndex((timeUs) => timeUs < first) + 1;
	timesUs.length = kept;
	values.length = kept;
	for (const [i, { value }] of points.entries()) {
		timesUs.push(us[i] as number);
		values.push(value);
	}
}

/** What is over before a time goes; the one that holds then stays. */
function forget({ timesUs, values }: LiveState, beforeUs: SimTime): void {
	const over = timesUs.findLastIndex((timeUs) => timeUs <= beforeUs);
	if (over <= 0) return;
	timesUs.splice(0, over);
	values.splice(0, over);
}

/** From when on a feed counts as silent; -Infinity where it has never been heard. */
export function silentFromUs(
	{ heardUs }: Pick<LiveState, 'heardUs'>,
	{ staleAfterUs }: Pick<Following, 'staleAfterUs'>,
): number {
	return heardUs === null ? Number.NEGATIVE_INFINITY : heardUs + staleAfterUs;
}

/**
 * Visits the parts of a span in each of which one value holds, in order; `null` where the fallback does.
 *
 * @throws SimulationError where the feed is silent and must not be, or was never heard and nothing stands in for it
 */
export function liveParts(
	state: LiveState,
	span: Span,
	following: Following,
	visit: (part: Span, value: number | null) => void,
): void {
	const { whenStale } = following;
	const silentUs = silentFromUs(state, following);
	const isHeld = whenStale === 'hold' && state.timesUs.length > 0;
	const liveUntilUs = isHeld
		? span.untilUs
		: Math.max(span.fromUs, Math.min(silentUs, span.untilUs));
	if (liveUntilUs < span.untilUs && whenStale !== 'profile')
		throw silent(state, silentUs, following);
	const { timesUs, values } = state;
	let at = Math.max(0, lastAt(timesUs, span.fromUs));
	let fromUs = span.fromUs;
	while (fromUs < liveUntilUs) {
		const untilUs = Math.min(liveUntilUs, timesUs[at + 1] ?? Number.POSITIVE_INFINITY);
		if (untilUs > fromUs) visit({ fromUs, untilUs }, values[at] as number);
		fromUs = Math.max(fromUs, untilUs);
		at++;
	}
	if (fromUs < span.untilUs) visit({ fromUs, untilUs: span.untilUs }, null);
}

function silent(
	{ heardUs }: LiveState,
	silentUs: number,
	{ name, staleAfterUs }: Following,
): SimulationError {
	return new SimulationError(
		heardUs === null
			? `Cannot go on: ${name} has given no value yet; say what holds until it does (staleness.then: profile)`
			: `Cannot go on at ${formatSimTime(silentUs)}: ${name} was last heard at ${formatSimTime(heardUs)}, longer ago than staleness.after (${formatSimTime(staleAfterUs)}), and staleness.then is fail`,
	);
}

function lastAt(timesUs: readonly number[], atUs: SimTime): number {
	return timesUs.findLastIndex((timeUs) => timeUs <= atUs);
}

/**
 * The mean over a span of what holds in it; to the bit where that does not change.
 *
 * @throws SimulationError as liveParts()
 */
export function liveMean(
	state: LiveState,
	span: Span,
	following: Following,
	fallback: Fallback | null,
): number {
	let first: number | null = null;
	let more = 0;
	liveParts(state, span, following, ({ fromUs, untilUs }, live) => {
		const value = live ?? fallback?.mean(fromUs, untilUs);
		if (value === undefined) throw silent(state, fromUs, following);
		first ??= value;
		more += (value - first) * (untilUs - fromUs);
	});
	const value = first ?? Number.NaN;
	return more === 0 ? value : value + more / (span.untilUs - span.fromUs);
}

/** What of a step counts: all of it, or its start alone. */
export function sampledSpan(span: Span, sampling: Sampling): Span {
	return sampling === 'mean' ? span : { fromUs: span.fromUs, untilUs: span.fromUs + 1 };
}
