import type { Curve, Figure } from './figure.ts';
import { capPeriods, lastAtRest, meanAtRest } from './figure-values.ts';
import type { Steps } from './steps.ts';
import { overTime } from './time-levels.ts';

type Shape = Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'curves' | 'note'>;

/** A figure of one value a step and curve. The legend at rest has each curve's mean or last. */
export function timeFigure(
	steps: Steps,
	series: readonly Float64Array[],
	shape: Shape & { readonly atRest?: 'mean' | 'last' },
): Figure {
	const { atRest, ...kept } = shape;
	const rest = atRest === 'last' ? lastAtRest : meanAtRest;
	return {
		...kept,
		...overTime({ x: steps.startS, ys: series }, steps),
		curves: shape.curves.map(
			(curve, i): Curve => ({ ...curve, atRest: rest(series[i] as Float64Array) }),
		),
		x: 'time',
		logY: false,
		yRange: null,
		shades: capPeriods(steps),
		marks: [],
	};
}
