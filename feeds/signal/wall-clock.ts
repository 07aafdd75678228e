import { IANAZone } from 'luxon';
import { ConfigError } from '../../protocol/errors.ts';
import { unknownZone } from './zone-name.ts';

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
const QUARTER_MS = 15 * MINUTE_MS;
const PIECE_MS = 14 * 86_400_000;

/** A clock that is never changed, such as the local standard time of weather files. */
export function fixedClock(offsetMinutes: number): WallClock {
	const offsetMs = offsetMinutes * MINUTE_MS;
	return { wallMs: (epochMs) => epochMs + offsetMs, instantMs: (wallMs) => wallMs - offsetMs };
}

/**
 * A zone's offset, ms, by half months that are asked of the time zone data once: luxon takes microseconds for a look-up,
 * and files have millions of times. A change is found to the quarter of an hour, of which all changes since 1972 are
 * multiples; two changes of a zone are at least four weeks apart.
 */
function rememberedOffsets(zone: IANAZone): (epochMs: number) => number {
	const ask = (epochMs: number) => zone.offset(epochMs) * MINUTE_MS;
	type Piece = { readonly before: number; readonly changeMs: number; readonly after: number };
	const known = new Map<number, Piece>();
	return (epochMs) => {
		const index = Math.floor(epochMs / PIECE_MS);
		let piece = known.get(index);
		if (piece === undefined) {
			const [before, after] = [ask(index * PIECE_MS), ask((index + 1) * PIECE_MS - 1)];
			let [low, high] = [(index * PIECE_MS) / QUARTER_MS, ((index + 1) * PIECE_MS) / QUARTER_MS];
			while (before !== after && high - low > 1) {
				const middle = Math.floor((low + high) / 2);
				if (ask(middle * QUARTER_MS) === before) low = middle;
				else high = middle;
			}
			piece = { before, changeMs: high * QUARTER_MS, after };
			known.set(index, piece);
		}
		return epochMs < piece.changeMs ? piece.before : piece.after;
	};
}

/**
 * The clock of a time zone.
 *
 * @throws ConfigError for a name that is not in the IANA data base
 */
export function zoneClock(timezone: string): WallClock {
	if (timezone === 'UTC') return fixedClock(0);
	const zone = IANAZone.create(timezone);
	if (!zone.isValid) throw new ConfigError(unknownZone(timezone));
	const offsetMs = rememberedOffsets(zone);
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
