import type { Note } from '../../protocol/remark.ts';
import { weatherColumns } from './columns.ts';
import type { Place, RawWeather } from './series.ts';
import { type CivilStamp, fixedStamps, leapDayNote } from './stamps.ts';
import { linesOf, type Row } from './table.ts';

/** A table whose stamps are by a clock that is never changed, as its format has them. */
export interface FixedTable
	extends Pick<RawWeather, 'format' | 'labelling' | 'label' | 'stepMs' | 'clock'> {
	readonly path: string;
	readonly place: Place;
	readonly rows: readonly Row[];
	/** Of each row. */
	readonly stamps: readonly CivilStamp[];
	readonly offsetMinutes: number;
	readonly names: readonly string[];
	/** Positions of the columns that are no weather. */
	readonly others: readonly number[];
	readonly unitOf?: (name: string) => string | null;
	readonly isMissing?: (value: number) => boolean;
	readonly notes?: readonly Note[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Places the rows of a table in time and takes its columns of weather. */
export function fixedWeather(table: FixedTable): RawWeather {
	const { path, rows: all, stamps, offsetMinutes, names, others, stepMs, notes = [] } = table;
	const lines = linesOf(all);
	const { stampsMs, isTypical, keep } = fixedStamps(stamps, offsetMinutes, { path, lines });
	const rows = all.filter((_, i) => keep[i]);
	const kept = stampsMs.filter((_, i) => keep[i]);
	const found = weatherColumns({
		...{ path, names, rows, others, stepMs: stepMs ?? usualStepMs(kept) },
		...(table.unitOf === undefined ? {} : { unitOf: table.unitOf }),
		...(table.isMissing === undefined ? {} : { isMissing: table.isMissing }),
	});
	return {
		format: table.format,
		labelling: table.labelling,
		label: table.label,
		stepMs,
		place: table.place,
		offsetMinutes,
		clock: table.clock,
		stampsMs: kept,
		lines: linesOf(rows),
		isTypical,
		columns: found.columns,
		isAirInstant: false,
		notes: [
			...notes,
			...(all.length === rows.length ? [] : [leapDayNote(all.length - rows.length, all.length)]),
			...found.notes,
		],
	};
}

/** The distance that most neighbours have, ms; an hour where there is one row. */
export function usualStepMs(stampsMs: Float64Array): number {
	const counts = new Map<number, number>();
	for (let i = 1; i < stampsMs.length; i++) {
		const apart = (stampsMs[i] as number) - (stampsMs[i - 1] as number);
		if (apart > 0) counts.set(apart, (counts.get(apart) ?? 0) + 1);
	}
	return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? HOUR_MS;
}

/** `7 h` of minutes from UTC, for what is said of a clock. */
export function hoursText(offsetMinutes: number): string {
	return `${offsetMinutes / 60} h from UTC`;
}

/** A cell as a number or null. */
export function numberOrNull(text: string | null | undefined): number | null {
	const value = Number.parseFloat(text ?? '');
	return Number.isFinite(value) ? value : null;
}
