import type { Frame } from './plan.ts';

/**
 * A profile in the hours of its own zone, which it says only where the run has another clock.
 *
 * @param timezone IANA name
 */
export function inClock<P extends object>(profile: P, timezone: string, { location }: Frame) {
	const { timezone: _, ...hours } = profile as P & { readonly timezone?: string };
	return timezone === location.timeZone ? hours : { ...hours, timezone };
}
