import { DateTime } from 'luxon';

/**
 * The local hour of the day, 0 to 23, of each time (seconds since 1970, ascending). Zones change their offset at
 * full quarters of an hour, so a calendar is asked once for each.
 */
export function localHours(startS: Float64Array, timezone: string): Uint8Array {
	const quarterS = 900;
	let quarter = Number.NaN;
	let hour = 0;
	return Uint8Array.from(startS, (seconds) => {
		const at = Math.floor(seconds / quarterS);
		if (at !== quarter) {
			quarter = at;
			hour = DateTime.fromSeconds(at * quarterS, { zone: timezone }).hour;
		}
		return hour;
	});
}
