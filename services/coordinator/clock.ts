import type { SimTime } from '../../protocol/time.ts';

/** Which window is being simulated, and whose word on it is still missing. Plain data. */
export interface Clock {
	readonly untilUs: SimTime;
	/** The most of a window, and the least: windows are whole multiples of it. */
	readonly windowUs: SimTime;
	readonly leastUs: SimTime;
	readonly hosts: readonly string[];
	readonly attempt: number;
	/** Number of the window granted last, -1 before the first. */
	readonly window: number;
	/** End of the last window that every host has completed. */
	readonly completedUs: SimTime;
	/** End of the window granted last. */
	readonly grantedUntilUs: SimTime;
	/** Hosts that have not yet completed the window granted last. */
	readonly pending: readonly string[];
}

/** What the coordinator has to do next. */
export type ClockCommand =
	| {
			readonly type: 'grant';
			readonly window: number;
			readonly fromUs: SimTime;
			readonly untilUs: SimTime;
	  }
	| { readonly type: 'finish' }
	| { readonly type: 'wait' };

/**
 * A clock before its first window.
 *
 * @param times simulated end of the run and length of a window, microseconds
 */
export function startClock(
	hosts: readonly string[],
	times: { readonly untilUs: SimTime; readonly windowUs: SimTime },
): Clock {
	const { untilUs, windowUs } = times;
	const none = { attempt: 0, window: -1, completedUs: 0, grantedUntilUs: 0, pending: [] };
	return { untilUs, windowUs, leastUs: windowUs, hosts, ...none };
}

/** The clock where window `window` comes next, under another attempt. */
export function goneBack(
	clock: Clock,
	attempt: number,
	{ window, fromUs }: { readonly window: number; readonly fromUs: SimTime },
): Clock {
	const there = { completedUs: fromUs, grantedUntilUs: fromUs };
	return { ...clock, attempt, window: window - 1, ...there, pending: [] };
}

/**
 * Grants the next window, or finishes when the last is complete.
 *
 * @param lengthUs of the window; default: the most
 * @param cutUs where it ends at the latest
 */
export function nextWindow(
	clock: Clock,
	lengthUs: SimTime = clock.windowUs,
	cutUs: SimTime = Number.POSITIVE_INFINITY,
): readonly [Clock, ClockCommand] {
	if (clock.pending.length > 0) return [clock, { type: 'wait' }];
	if (clock.completedUs >= clock.untilUs) return [clock, { type: 'finish' }];
	const window = clock.window + 1;
	const fromUs = clock.completedUs;
	const untilUs = Math.min(fromUs + lengthUs, clock.untilUs, cutUs);
	return [
		{ ...clock, window, grantedUntilUs: untilUs, pending: clock.hosts },
		{ type: 'grant', window, fromUs, untilUs },
	];
}

/** Notes that `host` has completed window `window`. Words about other windows change nothing. */
export function hostDone(clock: Clock, host: string, window: number): Clock {
	if (window !== clock.window || !clock.pending.includes(host)) return clock;
	const pending = clock.pending.filter((other) => other !== host);
	if (pending.length > 0) return { ...clock, pending };
	return { ...clock, pending, completedUs: clock.grantedUntilUs };
}
