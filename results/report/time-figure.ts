import { downsample } from './downsample.ts';
import type { Curve, Figure } from './figure.ts';
import { capPeriods, drawable, lastAtRest, meanAtRest } from './figure-values.ts';
import { formatNumber, formatSpan } from './format.ts';
import type { Steps } from './steps.ts';

type Shape = Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'curves' | 'note'>;

/** A figure of one value a step and curve; long runs are thinned. The legend at rest has each curve's mean or last. */
export function timeFigure(
	steps: Steps,
	series: readonly Float64Array[],
	shape: Shape & { readonly atRest?: 'mean' | 'last' },
): Figure {
	const { x, ys, perBucket } = downsample({ x: steps.startS, ys: series });
	const thinned =
		perBucket === 1
			? ''
			: ` Drawn: least and greatest value of each ${formatNumber(perBucket)} steps (${formatSpan(perBucket * steps.stepS)}).`;
	const { atRest, ...kept } = shape;
	const rest = atRest === 'last' ? lastAtRest : meanAtRest;
	return {
		...kept,
		curves: shape.curves.map(
			(curve, i): Curve => ({ ...curve, atRest: rest(series[i] as Float64Array) }),
		),
		x: 'time',
		logY: false,
		yRange: null,
		stepped: perBucket === 1,
		data: [Array.from(x), ...ys.map((y) => Array.from(y, drawable))],
		shades: capPeriods(steps),
		marks: [],
		note: shape.note + thinned,
	};
}
