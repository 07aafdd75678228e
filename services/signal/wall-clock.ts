import { IANAZone } from 'luxon';
import { ConfigError } from '../../protocol/errors.ts';

/** Between instants and the clock on the wall of a place. Wall times are milliseconds as if they were UTC. */
export interface WallClock {
	wallMs(epochMs: number): number;
	/**
	 * The instant at which the clock shows `wallMs`. A time that the clock skips is taken as if it had not yet
	 * been put forward; of a time that it shows twice, the first pass, or the second when `second` says so.
	 */
	instantMs(wallMs: number, second?: boolean): number;
}

const MINUTE_MS = 60_000;

/** A clock that is never changed, such as the local standard time of weather files. */
export function fixedClock(offsetMinutes: number): WallClock {
	const offsetMs = offsetMinutes * MINUTE_MS;
	return { wallMs: (epochMs) => epochMs + offsetMs, instantMs: (wallMs) => wallMs - offsetMs };
}

/**
 * The clock of a time zone.
 *
 * @throws ConfigError for a name that is not in the IANA data base
 */
export function zoneClock(timezone: string): WallClock {
	if (timezone === 'UTC') return fixedClock(0);
	const zone = IANAZone.create(timezone);
	if (!zone.isValid)
		throw new ConfigError(
			`Cannot use the time zone "${timezone}": it is not in the IANA data base; write one such as "America/Los_Angeles" or "UTC"`,
		);
	const offsetMs = (epochMs: number) => zone.offset(epochMs) * MINUTE_MS;
	return {
		wallMs: (epochMs) => epochMs + offsetMs(epochMs),
		instantMs(wallMs, second = false) {
			// No zone changes its clock twice within 48 hours: these are the offsets before and after.
			const before = offsetMs(wallMs - 86_400_000);
			const after = offsetMs(wallMs + 86_400_000);
			const early = wallMs - Math.max(before, after);
			const late = wallMs - Math.min(before, after);
			const isEarly = early + offsetMs(early) === wallMs;
			const isLate = late + offsetMs(late) === wallMs;
			if (isEarly && isLate) return second ? late : early;
			if (isEarly) return early;
			return isLate ? late : wallMs - before;
		},
	};
}
