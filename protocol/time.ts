/**
 * Simulated time: integer microseconds since the start of the run. Integers keep sums exact (a day of
 * 0.1 s steps ends on the day), and a double holds them exactly for 285 years. Civil time exists only
 * at the edges (locations, weather, reports).
 */
export type SimTime = number;

/** Microseconds in one second. */
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

/** The smallest positive delay: one tick of simulated time. */
export const TICK_US = 1;

/** A right-open span of simulated time, `[fromUs, untilUs)`. */
export interface Span {
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
}

/** Seconds as SimTime, rounded to the nearest microsecond. */
export function secondsToUs(seconds: number): SimTime {
	return Math.round(seconds * SECOND_US);
}

/** SimTime as seconds (exact below 2^53 us). */
export function usToSeconds(timeUs: SimTime): number {
	return timeUs / SECOND_US;
}

/** Greatest common divisor of two positive integers. */
export function gcd(a: number, b: number): number {
	let x = a;
	let y = b;
	while (y !== 0) {
		const rest = x % y;
		x = y;
		y = rest;
	}
	return x;
}

/** Least common multiple of two positive integers. */
export function lcm(a: number, b: number): number {
	return (a / gcd(a, b)) * b;
}

/** SimTime for people: `1d 02:03:04.5`, without the day when it is 0. */
export function formatSimTime(timeUs: SimTime): string {
	const day = Math.floor(timeUs / DAY_US);
	const rest = timeUs - day * DAY_US;
	const hours = String(Math.floor(rest / HOUR_US)).padStart(2, '0');
	const minutes = String(Math.floor((rest % HOUR_US) / MINUTE_US)).padStart(2, '0');
	const seconds = Math.floor((rest % MINUTE_US) / SECOND_US);
	const fraction = rest % SECOND_US;
	const tail = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
	const clock = `${hours}:${minutes}:${String(seconds).padStart(2, '0')}${tail}`;
	return day === 0 ? clock : `${day}d ${clock}`;
}

/** Later than any run: the promise of a port that has nothing more to say. */
export const FOREVER_US: SimTime = Number.MAX_SAFE_INTEGER;

/** `timeUs + delayUs`, staying at FOREVER_US. */
export function addDelay(timeUs: SimTime, delayUs: SimTime): SimTime {
	return Math.min(FOREVER_US, timeUs + delayUs);
}
