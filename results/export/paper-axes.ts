import { DateTime } from 'luxon';
import type { Scale } from '../report/drawing-scales.ts';
import type { Figure } from '../report/figure.ts';
import { decadesBetween, roundTicks, timeTicks } from '../report/ticks.ts';

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

/** Round values, in words of equal decimals that tell each from the next. */
function ticksBetween(low: number, high: number, log: boolean, most = 5): Tick[] {
	if (log) {
		const decades = decadesBetween(low, high);
		const every = Math.ceil(decades.length / (most + 2));
		const found = decades.length >= 2 ? decades : withFives(low, high);
		return found
			.filter((_one, i) => i % every === 0)
			.map((at) => ({ at, words: plain(at, Math.max(0, -Math.floor(Math.log10(at) + 1e-9))) }));
	}
	const ticks = roundTicks(low, high, most);
	const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
	const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
	return ticks.map((at) => ({ at, words: plain(at, decimals) }));
}

/** 1, 2 and 5 times powers of ten. */
function withFives(low: number, high: number): number[] {
	const found: number[] = [];
	for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
		for (const factor of [1, 2, 5]) {
			const at = Number(`${factor}e${power}`);
			if (at >= low && at <= high) found.push(at);
		}
	return found;
}

/** With a minus and groups of thousands. */
function plain(value: number, decimals: number): string {
	const [whole = '', part] = Math.abs(value).toFixed(Math.min(20, decimals)).split('.');
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
	return `${value < 0 ? '−' : ''}${grouped}${part === undefined ? '' : `.${part}`}`;
}
