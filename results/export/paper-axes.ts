import { DateTime } from 'luxon';
import { logTicks, roundTicks, tickLabel, tickLabels } from '../../protocol/value-ticks.ts';
import type { Scale } from '../report/drawing-scales.ts';
import type { Figure } from '../report/figure.ts';
import { timeTicks } from '../report/ticks.ts';

/** A tick of an axis and its words. */
export interface Tick {
	readonly at: number;
	readonly words: string;
}

/** Room that a tick across needs, in points. */
const TICK_WIDTH = 44;

/** Ticks of the vertical axis. */
export function upTicks(figure: Figure, { low, high, log }: Scale): Tick[] {
	if (figure.heat !== undefined) {
		const { curves } = figure;
		const every = Math.ceil(curves.length / 12);
		return curves
			.map(({ label }, i) => ({ at: curves.length - i - 0.5, words: label }))
			.filter((_one, i) => i % every === 0);
	}
	return ticksBetween(low, high, log);
}

/** Ticks of the horizontal axis, and the name below it. */
export function acrossTicks(
	figure: Figure,
	{ low, high }: Scale,
	{ width, timezone }: { width: number; timezone: string },
): { ticks: Tick[]; name: string } {
	const most = Math.max(2, Math.floor(width / TICK_WIDTH));
	if (figure.x === 'time') {
		const { ticks, format } = timeTicks(low, high, timezone, most);
		const day = (seconds: number) =>
			DateTime.fromSeconds(seconds, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm');
		return {
			ticks: ticks.map((at) => ({ at, words: format(at) })),
			name: `${day(low)} to ${day(high)}, ${timezone}`,
		};
	}
	if (figure.x === 'duration')
		return { ticks: ticksBetween(low, high, true), name: 'Time in s, logarithmic' };
	const { label = '', unit = '', log = false, categories } = figure.xAxis ?? {};
	const name = unit === '' || unit === '1' ? label : `${label} in ${unit}`;
	if (categories !== undefined)
		return { ticks: categories.map((words, at) => ({ at, words })), name };
	return { ticks: ticksBetween(low, high, log, Math.min(8, most)), name };
}

/** Round values, in words that tell each from the next. */
function ticksBetween(low: number, high: number, log: boolean, most = 5): Tick[] {
	const ticks = log ? logTicks(low, high, most + 1) : roundTicks(low, high, most);
	const words = log ? ticks.map(tickLabel) : tickLabels(ticks);
	return ticks.map((at, i) => ({ at, words: words[i] ?? '' }));
}
