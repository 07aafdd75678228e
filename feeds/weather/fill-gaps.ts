import { type Note, note } from '../../protocol/remark.ts';
import { type Columns, type Gap, QUANTITIES, type Quantity } from './series.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to this long a gap is bridged by a straight line, and up to that long by the same hours of a near day. */
const LINE_MAX_MS = 3 * HOUR_MS;
const DAYS_MAX = 3;
/** Temperature and wind change slowly enough to be guessed for longer. */
const AIR_DAYS_MAX = 31;

interface Grid {
	readonly firstMs: number;
	readonly stepMs: number;
}

/**
 * Fills short gaps: up to 3 h linearly, up to 3 days (temperature and wind 31) with the same hours of the nearest
 * day that has them. Longer gaps stay NaN. Every gap is listed.
 */
export function fillGaps(
	columns: Columns,
	grid: Grid,
): { columns: Columns; gaps: Gap[]; notes: Note[] } {
	const gaps: Gap[] = [];
	const notes: Note[] = [];
	const filled: Partial<Record<Quantity, Float64Array>> = {};
	for (const quantity of QUANTITIES) {
		const values = columns[quantity];
		if (values === undefined) continue;
		if (values.every(Number.isNaN)) {
			notes.push(note(`${quantity} has no value at all and is taken as not there`));
			continue;
		}
		const copy = values.slice();
		const found = gapsOf(values).map(([from, until]) => {
			const isFilled = fill(copy, values, { quantity, from, until, grid });
			return gapOf(quantity, from, until, { grid, isFilled });
		});
		gaps.push(...found);
		const [good, bad] = [found.filter((gap) => gap.filled), found.filter((gap) => !gap.filled)];
		if (good.length > 0)
			notes.push(
				gapNote(`filled in ${plural(good)}`, good, { quantity, grid, total: values.length }),
			);
		if (bad.length > 0)
			notes.push(
				gapNote(`in ${plural(bad)} too long to be filled`, bad, {
					quantity,
					grid,
					total: values.length,
				}),
			);
		filled[quantity] = copy;
	}
	return { columns: filled, gaps, notes };
}

function gapsOf(values: Float64Array): [number, number][] {
	const gaps: [number, number][] = [];
	for (let i = 0; i < values.length; i++) {
		if (!Number.isNaN(values[i])) continue;
		const from = i;
		while (i < values.length && Number.isNaN(values[i])) i++;
		gaps.push([from, i]);
	}
	return gaps;
}

interface Hole {
	readonly quantity: Quantity;
	readonly from: number;
	readonly until: number;
	readonly grid: Grid;
}

function fill(
	copy: Float64Array,
	values: Float64Array,
	{ quantity, from, until, grid }: Hole,
): boolean {
	const { stepMs } = grid;
	const lengthMs = (until - from) * stepMs;
	if (lengthMs <= LINE_MAX_MS && from > 0 && until < values.length) {
		const [before, after] = [values[from - 1] as number, values[until] as number];
		for (let i = from; i < until; i++)
			copy[i] = before + ((after - before) * (i - from + 1)) / (until - from + 1);
		return true;
	}
	const isAir = quantity === 'airC' || quantity === 'windMs';
	const daysMax = isAir ? AIR_DAYS_MAX : DAYS_MAX;
	if (lengthMs > daysMax * DAY_MS || DAY_MS % stepMs !== 0) return false;
	const perDay = DAY_MS / stepMs;
	const found = new Float64Array(until - from);
	for (let i = from; i < until; i++) {
		const value = nearDay(values, i, perDay, daysMax);
		if (Number.isNaN(value)) return false;
		found[i - from] = value;
	}
	copy.set(found, from);
	return true;
}

/** The value of the same time of the nearest day that has one. */
function nearDay(values: Float64Array, at: number, perDay: number, daysMax: number): number {
	for (let days = 1; days <= daysMax; days++)
		for (const other of [at - days * perDay, at + days * perDay]) {
			const value = values[other] ?? Number.NaN;
			if (!Number.isNaN(value)) return value;
		}
	return Number.NaN;
}

function gapOf(
	quantity: Quantity,
	from: number,
	until: number,
	{ grid, isFilled }: { grid: Grid; isFilled: boolean },
): Gap {
	return {
		quantity,
		fromMs: grid.firstMs + from * grid.stepMs,
		untilMs: grid.firstMs + until * grid.stepMs,
		filled: isFilled,
	};
}

function gapNote(
	what: string,
	gaps: readonly Gap[],
	{ quantity, grid, total }: { quantity: Quantity; grid: Grid; total: number },
): Note {
	const ms = gaps.reduce((sum, gap) => sum + gap.untilMs - gap.fromMs, 0);
	return note(`intervals of ${quantity} ${what}`, Math.round(ms / grid.stepMs), total);
}

function plural(gaps: readonly Gap[]): string {
	return gaps.length === 1 ? '1 gap' : `${gaps.length} gaps`;
}
