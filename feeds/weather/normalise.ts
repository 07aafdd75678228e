import { type Note, note } from '../../protocol/remark.ts';
import { fillGaps } from './fill-gaps.ts';
import {
	type Columns,
	QUANTITIES,
	type Quantity,
	type RawWeather,
	type WeatherSeries,
} from './series.ts';
import { unreadable } from './table.ts';

const MINUTE_MS = 60_000;
/** Stamps this far from their place in the grid are taken to be in it. */
const JITTER_PART = 0.1;
/** A grid of more intervals than this is no weather file. */
const INTERVALS_MAX = 12_000_000;

/**
 * Puts the rows of a file on intervals of one length: in order, labelled by their start, each once, gaps filled
 * where they are short. What was done is in the notes.
 *
 * @throws ConfigError for a file that has no step or stamps that fit none
 */
export function normalise(raw: RawWeather, path: string): WeatherSeries {
	const rows = raw.stampsMs.length;
	if (rows === 0) throw unreadable(path, 'it has no rows');
	const notes = [...raw.notes];
	const order = Array.from({ length: rows }, (_, i) => i);
	const isSorted = raw.stampsMs.every((ms, i) => i === 0 || ms >= (raw.stampsMs[i - 1] as number));
	if (!isSorted) {
		order.sort((a, b) => (raw.stampsMs[a] as number) - (raw.stampsMs[b] as number) || a - b);
		notes.push(note('rows were put in order of time'));
	}
	const kept = withoutDuplicates(raw, order, notes);
	const stepMs = raw.stepMs ?? commonStep(raw, kept, path);
	const shift = { left: 0, centre: stepMs / 2, right: stepMs }[raw.label];
	const firstMs = (raw.stampsMs[kept[0] as number] as number) - shift;
	const cells = kept.map((row) => cellOf(raw, row, { firstMs: firstMs + shift, stepMs, path }));
	const count = (cells.at(-1) as number) + 1;
	if (count > INTERVALS_MAX) throw unreadable(path, `it would need ${count} intervals`);
	const absent = count - cells.length;
	if (absent > 0) notes.push(note('intervals have no row', absent, count));
	const grid = gridded(raw.columns, kept, cells, count);
	const timed = raw.isAirInstant ? airOverIntervals(grid) : grid;
	const filled = fillGaps(timed, { firstMs, stepMs });
	return {
		name: `${raw.format} "${path}"`,
		format: raw.format,
		labelling: raw.labelling,
		label: raw.label,
		clock: raw.clock,
		place: raw.place,
		offsetMinutes: raw.offsetMinutes,
		isTypical: raw.isTypical,
		firstMs,
		stepMs,
		count,
		columns: filled.columns,
		gaps: filled.gaps,
		notes: [...notes, ...filled.notes],
	};
}

/** The rows in order, the first of each stamp. */
function withoutDuplicates(raw: RawWeather, order: readonly number[], notes: Note[]): number[] {
	let equal = 0;
	let different = 0;
	let example = 0;
	const kept: number[] = [];
	for (const row of order) {
		const last = kept.at(-1);
		if (last === undefined || raw.stampsMs[last] !== raw.stampsMs[row]) {
			kept.push(row);
			continue;
		}
		const isSame = Object.values(raw.columns).every((values) =>
			Object.is(values[row], values[last]),
		);
		if (isSame) equal++;
		else {
			different++;
			example ||= raw.lines[row] as number;
		}
	}
	if (equal > 0) notes.push(note('rows left out that come twice', equal, order.length));
	if (different > 0)
		notes.push(
			note(
				`rows left out whose time another row has with other values (the first is at line ${example})`,
				different,
				order.length,
			),
		);
	return kept;
}

/** The distance that most neighbours have; it must be at least a minute. */
function commonStep(raw: RawWeather, kept: readonly number[], path: string): number {
	const counts = new Map<number, number>();
	for (let i = 1; i < kept.length; i++) {
		const apart =
			(raw.stampsMs[kept[i] as number] as number) - (raw.stampsMs[kept[i - 1] as number] as number);
		counts.set(apart, (counts.get(apart) ?? 0) + 1);
	}
	const [step] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0] ?? [0];
	if (step >= MINUTE_MS) return step;
	throw unreadable(
		path,
		kept.length < 2
			? 'it has one row, which does not say how long an interval is'
			: `its rows are ${step / 1000} s apart; use a file with steps of a minute or more`,
	);
}

function cellOf(
	raw: RawWeather,
	row: number,
	grid: { firstMs: number; stepMs: number; path: string },
): number {
	const position = ((raw.stampsMs[row] as number) - grid.firstMs) / grid.stepMs;
	const cell = Math.round(position);
	if (Math.abs(position - cell) <= JITTER_PART) return cell;
	const stamp = new Date(raw.stampsMs[row] as number).toISOString();
	throw unreadable(
		grid.path,
		`line ${raw.lines[row]} has the time ${stamp}, which is between the steps of ${grid.stepMs / MINUTE_MS} min that the others have`,
	);
}

function gridded(
	columns: Columns,
	kept: readonly number[],
	cells: readonly number[],
	count: number,
): Partial<Record<Quantity, Float64Array>> {
	const grid: Partial<Record<Quantity, Float64Array>> = {};
	for (const quantity of QUANTITIES) {
		const values = columns[quantity];
		if (values === undefined) continue;
		const row = new Float64Array(count).fill(Number.NaN);
		kept.forEach((from, i) => {
			row[cells[i] as number] = values[from] as number;
		});
		grid[quantity] = row;
	}
	return grid;
}

/** Values at the ends of intervals become means of both ends; the first interval has only its end. */
function airOverIntervals(
	grid: Partial<Record<Quantity, Float64Array>>,
): Partial<Record<Quantity, Float64Array>> {
	const mean = (values: Float64Array) =>
		values.map((value, i) => (i === 0 ? value : (value + (values[i - 1] as number)) / 2));
	return {
		...grid,
		...(grid.airC === undefined ? {} : { airC: mean(grid.airC) }),
		...(grid.windMs === undefined ? {} : { windMs: mean(grid.windMs) }),
	};
}
