import { ConfigError } from '../../protocol/errors.ts';
import type { Extension } from '../../protocol/signals.ts';
import type { WallClock } from './wall-clock.ts';

/** What a series does where it has no data of its own. */
export type Repetition = Exclude<Extension, 'hold'>;

/** The time a series has data for, milliseconds since 1970, right-open. */
export interface Coverage {
	readonly firstMs: number;
	readonly untilMs: number;
}

/** A part of the run, and how far away (later +) in the series its data lie. */
export interface SourceSpan {
	readonly fromMs: number;
	readonly untilMs: number;
	readonly shiftMs: number;
}

/** How a series is extended. */
interface How {
	readonly extend: Repetition;
	readonly clock: WallClock;
	/** Writes a coverage for people; by the wall clock if not given. */
	readonly describe?: (coverage: Coverage) => string;
}

/** Wall clocks differ from UTC by whole half hours (a few by quarters) and are changed at such times. */
const PIECE_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * Where in a series the data for each part of a run are: at the same instant if the series has it, else, if
 * it may be extended, at the same time of day by the wall clock of another of its days: the days in turn, the
 * next day of the same weekday, or the same day of the year (29 February is 28 February where there is none).
 *
 * @param name the series, for messages
 * @throws ConfigError that says what the series covers, when it does not cover the run
 */
export function sourceSpans(
	name: string,
	coverage: Coverage,
	run: Coverage,
	how: How,
): SourceSpan[] {
	if (run.firstMs >= coverage.firstMs && run.untilMs <= coverage.untilMs)
		return [{ fromMs: run.firstMs, untilMs: run.untilMs, shiftMs: 0 }];
	if (how.extend === 'error') throw notCovered(name, coverage, run, how);
	const dayOf = sourceDays(name, coverage, run, how);
	const spans: { fromMs: number; untilMs: number; shiftMs: number }[] = [];
	let fromMs = run.firstMs;
	while (fromMs < run.untilMs) {
		const untilMs = Math.min(run.untilMs, (Math.floor(fromMs / PIECE_MS) + 1) * PIECE_MS);
		const wallMs = how.clock.wallMs(fromMs);
		const day = Math.floor(wallMs / DAY_MS);
		const isThere = fromMs >= coverage.firstMs && untilMs <= coverage.untilMs;
		const sourceMs = isThere
			? fromMs
			: how.clock.instantMs(dayOf(day) * DAY_MS + (wallMs - day * DAY_MS));
		if (sourceMs < coverage.firstMs || sourceMs + (untilMs - fromMs) > coverage.untilMs)
			throw notCovered(name, coverage, run, how);
		const shiftMs = sourceMs - fromMs;
		const last = spans.at(-1);
		if (last !== undefined && last.shiftMs === shiftMs) last.untilMs = untilMs;
		else spans.push({ fromMs, untilMs, shiftMs });
		fromMs = untilMs;
	}
	return spans;
}

/** From a day of the run to a day of the series; days are counted by the wall clock since 1970. */
function sourceDays(
	name: string,
	coverage: Coverage,
	run: Coverage,
	how: How,
): (day: number) => number {
	const { extend, clock } = how;
	const first = Math.ceil(clock.wallMs(coverage.firstMs) / DAY_MS);
	const count = Math.floor(clock.wallMs(coverage.untilMs) / DAY_MS) - first;
	const needed = extend === 'repeat-week' ? 7 : 1;
	if (count < needed)
		throw new ConfigError(
			`Cannot repeat ${name} by "${extend}": it has ${count} whole days, from ${coverageText(coverage, how)}; it needs ${needed}`,
		);
	if (extend === 'repeat-year') return (day) => sameDayOfYear(day, first, count);
	if (extend === 'repeat-week') {
		const whole = Math.floor(count / 7) * 7;
		return (day) => first + modulo(day - first, whole);
	}
	const start = Math.floor(clock.wallMs(run.firstMs) / DAY_MS);
	return (day) => first + modulo(day - start, count);
}

/** The last day of the series with the month and day of `day`; a day before the series if there is none. */
function sameDayOfYear(day: number, first: number, count: number): number {
	const date = new Date(day * DAY_MS);
	const [month, dayOfMonth] = [date.getUTCMonth(), date.getUTCDate()];
	const firstYear = new Date(first * DAY_MS).getUTCFullYear();
	const lastYear = new Date((first + count - 1) * DAY_MS).getUTCFullYear();
	for (let year = lastYear; year >= firstYear; year--) {
		const isLeapDay = month === 1 && dayOfMonth === 29 && !isLeap(year);
		const found = Date.UTC(year, month, isLeapDay ? 28 : dayOfMonth) / DAY_MS;
		if (found >= first && found < first + count) return found;
	}
	return first - 1;
}

function isLeap(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function modulo(value: number, by: number): number {
	return value - by * Math.floor(value / by);
}

function notCovered(name: string, coverage: Coverage, run: Coverage, how: How): ConfigError {
	return new ConfigError(
		`Cannot run from ${coverageText(run, how)} with ${name}: it covers ${coverageText(coverage, how)}; ` +
			'start the run there, or say how to extend it (extend: repeat-day, repeat-week or repeat-year)',
	);
}

/** `2024-06-20 00:00 to 2024-06-21 00:00`, by the wall clock. */
function coverageText(coverage: Coverage, { clock, describe }: How): string {
	if (describe !== undefined) return describe(coverage);
	return `${wallText(clock.wallMs(coverage.firstMs))} to ${wallText(clock.wallMs(coverage.untilMs))}`;
}

function wallText(wallMs: number): string {
	return new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ');
}
