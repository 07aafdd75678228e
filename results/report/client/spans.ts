import type uPlot from 'uplot';

/** The ends of the horizontal axis as a figure shows it. */
export function shownSpan({ scales }: uPlot): [low: number, high: number] {
	const { min = Number.NaN, max = Number.NaN } = scales['x'] ?? {};
	return [min, max];
}

/** From the first to the last of the points of all figures, each given by its points on the horizontal axis. */
export function wholeSpan(all: readonly ArrayLike<number>[]): [low: number, high: number] {
	const firsts = all.map((xs) => xs[0] ?? Number.NaN);
	const lasts = all.map((xs) => xs[xs.length - 1] ?? Number.NaN);
	return [Math.min(...firsts), Math.max(...lasts)];
}
