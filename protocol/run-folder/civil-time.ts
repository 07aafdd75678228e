import { IANAZone } from 'luxon';
import type { SimTime } from '../time.ts';

/** Zones change their offset at multiples of 15 minutes only (all that the IANA database has since 1972). */
const BUCKET_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));

/** Civil times of a run. */
export interface Civil {
	/** Wall time at the location, `2022-06-09 00:05:00`, without zone, as Vessim writes it. */
	local(timeUs: SimTime): string;
	/** The same instant as `2022-06-09T07:05:00Z`. */
	utc(timeUs: SimTime): string;
}

/**
 * Writes simulated times as civil times. Wall time repeats an hour when summer time ends; UTC does not.
 * Asking a zone for its offset and a Date for its text is slow, so both are asked once a day, and the
 * offset once per quarter of an hour on days on which it changes.
 */
export function civilTimes(startEpochMs: number, timezone: string): Civil {
	const offsetMs = offsetsOf(IANAZone.create(timezone));
	const localText = clockText(' ');
	const utcText = clockText('T');
	return {
		local(timeUs) {
			const epochMs = startEpochMs + Math.floor(timeUs / 1000);
			return localText(epochMs + offsetMs(epochMs)) + fraction(startEpochMs, timeUs);
		},
		utc(timeUs) {
			const epochMs = startEpochMs + Math.floor(timeUs / 1000);
			return `${utcText(epochMs)}${fraction(startEpochMs, timeUs)}Z`;
		},
	};
}

/** The zone's offset at an instant, in milliseconds. */
function offsetsOf(zone: IANAZone): (epochMs: number) => number {
	const ask = (epochMs: number) => zone.offset(epochMs) * 60_000;
	let day = Number.NaN;
	let changes = false;
	let bucket = Number.NaN;
	let offsetMs = 0;
	return (epochMs) => {
		const today = Math.floor(epochMs / DAY_MS);
		if (today !== day) {
			day = today;
			bucket = Number.NaN;
			offsetMs = ask(today * DAY_MS);
			changes = offsetMs !== ask((today + 1) * DAY_MS);
		}
		const now = Math.floor(epochMs / BUCKET_MS);
		if (changes && now !== bucket) {
			bucket = now;
			offsetMs = ask(epochMs);
		}
		return offsetMs;
	};
}

/** Writes milliseconds since 1970 as date, `separator`, time of day. */
function clockText(separator: string): (ms: number) => string {
	let day = Number.NaN;
	let date = '';
	return (ms) => {
		const today = Math.floor(ms / DAY_MS);
		if (today !== day) {
			day = today;
			date = new Date(today * DAY_MS).toISOString().slice(0, 10) + separator;
		}
		const seconds = Math.floor((ms - today * DAY_MS) / 1000);
		const minutes = Math.floor(seconds / 60);
		const hours = Math.floor(minutes / 60);
		return `${date}${TWO_DIGITS[hours]}:${TWO_DIGITS[minutes - 60 * hours]}:${TWO_DIGITS[seconds - 60 * minutes]}`;
	};
}

/** `.500000` or nothing: six digits, as Python's str(datetime) has it. */
function fraction(startEpochMs: number, timeUs: SimTime): string {
	const us = ((startEpochMs % 1000) * 1000 + (timeUs % 1_000_000)) % 1_000_000;
	return us === 0 ? '' : `.${String(us).padStart(6, '0')}`;
}
