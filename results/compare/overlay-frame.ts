import type { Curve, Figure } from '../report/figure.ts';
import { drawable, rounded } from '../report/figure-values.ts';
import type { CaseSeries } from './series.ts';

/** A case with what is drawn of it. */
export interface DrawnCase {
	readonly label: string;
	readonly series: CaseSeries;
}

/** More points than this are not drawn over the time since starts; steps are averaged to get there. */
const POINTS_MAX = 1440;
const COLORS = 8;

/** The common horizontal axis of cases. */
export interface Frame {
	readonly startS: number;
	readonly durationS: number;
	/** Of a point: a whole number of steps of every case. */
	readonly stepS: number;
	/** Of a point where there would be too many over the time since starts. */
	readonly spanS: number;
	/** Of the first case. */
	readonly timezone: string;
	/** Cases that begin at different times are drawn over the time since their starts. */
	readonly isSinceStart: boolean;
}

/** The span that all cases take, cut into points that are whole steps of each. */
export function frameOf(cases: readonly DrawnCase[]): Frame {
	const series = cases.map((one) => one.series);
	const durationS = Math.max(...series.map(({ count, stepS }) => count * stepS));
	const stepS = commonStep(series.map((one) => one.stepS));
	const spanS = stepS * Math.max(1, Math.ceil(durationS / stepS / POINTS_MAX));
	const starts = new Set(series.map(({ startS, timezone }) => `${startS} ${timezone}`));
	const { startS = 0, timezone = 'UTC' } = series[0] ?? {};
	return { startS, timezone, durationS, stepS, spanS, isSinceStart: starts.size > 1 };
}

/** The least time that is a whole number of steps of every case; the longest step where that is no use. */
function commonStep(stepsS: readonly number[]): number {
	const longest = Math.max(...stepsS);
	for (let times = 1; times <= 60; times++) {
		const ms = Math.round(longest * times * 1000);
		if (stepsS.every((stepS) => ms % Math.round(stepS * 1000) === 0)) return longest * times;
	}
	return longest;
}

/** Where points that are so long after the start stand on the axis. */
export function axisOf(
	{ startS, isSinceStart }: Frame,
	sinceS: readonly number[],
): Pick<Figure, 'x' | 'xAxis'> & { readonly at: number[] } {
	if (!isSinceStart) return { x: 'time', at: sinceS.map((time) => startS + time) };
	const xAxis = { label: 'Hours since the start', unit: 'h', log: false, marks: [] };
	return { x: 'value', xAxis, at: sinceS.map((time) => rounded(time / 3600)) };
}

/** Of a case by its number; they come again when all were used. */
export function colorOf(i: number): string {
	return `c${(i % COLORS) + 1}`;
}

/** What a figure says beside its axis and curves. */
export type Shape = Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'note'> &
	Partial<Pick<Figure, 'yRange' | 'logY' | 'stepped'>>;

/** A figure of cases over one another. */
export function figure(
	shape: Shape,
	{ x, xAxis, at }: ReturnType<typeof axisOf>,
	drawn: readonly { readonly curve: Curve; readonly values: readonly number[] }[],
): Figure {
	return {
		...{ logY: false, yRange: null, stepped: true, shades: [], marks: [] },
		...shape,
		...(xAxis === undefined ? { x } : { x, xAxis }),
		curves: drawn.map(({ curve }) => curve),
		data: [at, ...drawn.map(({ values }) => values.map(drawable))],
	};
}
