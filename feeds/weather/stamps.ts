import { type Note, note } from '../../protocol/remark.ts';
import { unreadable } from './table.ts';

/** A stamp by the file's own clock. */
export interface CivilStamp {
	readonly year: number;
	/** 1 to 12. */
	readonly month: number;
	readonly day: number;
	/** From the day's start; the end of the day is 24 h. */
	readonly minutes: number;
}

/** Typical years are laid into this year, which has no 29 February. */
const TYPICAL_YEAR = 2001;
const MINUTE_MS = 60_000;

/**
 * Instants of the rows of a file that writes dates by a clock that is never changed. A file whose years jump
 * is a typical year: its months keep their order and lose their years; a 29 February in it is left out.
 */
export function fixedStamps(
	stamps: readonly CivilStamp[],
	offsetMinutes: number,
	where: { path: string; lines: ArrayLike<number> },
): { stampsMs: Float64Array; isTypical: boolean; keep: boolean[] } {
	stamps.forEach((stamp, i) => {
		check(stamp, where.path, where.lines[i] as number);
	});
	const instant = (stamp: CivilStamp, year: number) =>
		Date.UTC(year, stamp.month - 1, stamp.day) + (stamp.minutes - offsetMinutes) * MINUTE_MS;
	const real = Float64Array.from(stamps, (stamp) => instant(stamp, stamp.year));
	const isTypical = jumps(stamps);
	if (!isTypical) return { stampsMs: real, isTypical, keep: stamps.map(() => true) };
	const keep = stamps.map(({ month, day }) => month !== 2 || day !== 29);
	return {
		stampsMs: Float64Array.from(stamps, (stamp) => instant(stamp, TYPICAL_YEAR)),
		isTypical,
		keep,
	};
}

/** What is said of 29 February in a typical year. */
export function leapDayNote(count: number, total: number): Note {
	return note('rows of 29 February left out of a typical year', count, total);
}

/** Whether a later row has an earlier year, or a new year begins in the middle of one. */
function jumps(stamps: readonly CivilStamp[]): boolean {
	for (let i = 1; i < stamps.length; i++) {
		const [a, b] = [stamps[i - 1] as CivilStamp, stamps[i] as CivilStamp];
		const follows = b.year === a.year + 1 && b.month === 1 && a.month === 12;
		if (a.year !== b.year && !follows) return true;
	}
	return false;
}

function check({ year, month, day, minutes }: CivilStamp, path: string, line: number): void {
	const date = new Date(Date.UTC(year, month - 1, day));
	const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
	// A typical year may give 29 February to a year that has none.
	const isLeapDay = month === 2 && day === 29;
	if ((isDate || isLeapDay) && minutes >= 0 && minutes <= 1440) return;
	throw unreadable(
		path,
		`line ${line} has the time ${year}-${month}-${day}, minute ${minutes}, which no calendar has`,
	);
}
