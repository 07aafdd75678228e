import { IANAZone } from 'luxon';
import type { SimTime } from '../../protocol/time.ts';

/** Zones change their offset at multiples of 15 minutes only (all that the IANA database has since 1972). */
const BUCKET_MS = 15 * 60_000;

/** Civil times of a run. */
export interface Civil {
	/** Wall time at the location, `2022-06-09 00:05:00`, without zone, as Vessim writes it. */
	local(timeUs: SimTime): string;
	/** The same instant as `2022-06-09T07:05:00Z`. */
	utc(timeUs: SimTime): string;
}

/**
 * Writes simulated times as civil times. Wall time repeats an hour when summer time ends; UTC does not.
 * The zone's offset is asked once per quarter of an hour, because asking is slow.
 */
export function civilTimes(startEpochMs: number, timezone: string): Civil {
	const zone = IANAZone.create(timezone);
	let bucket = Number.NaN;
	let offsetMs = 0;
	return {
		local(timeUs) {
			const epochMs = startEpochMs + Math.floor(timeUs / 1000);
			const now = Math.floor(epochMs / BUCKET_MS);
			if (now !== bucket) {
				bucket = now;
				offsetMs = zone.offset(epochMs) * 60_000;
			}
			const iso = new Date(epochMs + offsetMs).toISOString();
			return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction(startEpochMs, timeUs)}`;
		},
		utc(timeUs) {
			const iso = new Date(startEpochMs + Math.floor(timeUs / 1000)).toISOString();
			return `${iso.slice(0, 19)}${fraction(startEpochMs, timeUs)}Z`;
		},
	};
}

/** `.500000` or nothing: six digits, as Python's str(datetime) has it. */
function fraction(startEpochMs: number, timeUs: SimTime): string {
	const us = ((startEpochMs % 1000) * 1000 + (timeUs % 1_000_000)) % 1_000_000;
	return us === 0 ? '' : `.${String(us).padStart(6, '0')}`;
}
