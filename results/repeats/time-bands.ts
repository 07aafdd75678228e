import { estimate } from '../compare/statistics.ts';
import type { Figure } from '../report/figure.ts';
import { drawable } from '../report/figure-values.ts';
import { formatSpan } from '../report/format.ts';
import type { Steps } from '../report/steps.ts';

/** More points than this are not drawn; steps are averaged to get there. */
const POINTS_MAX = 300;

/** A series of a run, of which the mean over all repeats is drawn. */
interface Series {
	readonly id: string;
	readonly title: string;
	readonly yLabel: string;
	readonly unit: string;
	readonly color: string;
	readonly yRange: Figure['yRange'];
	/** Null where a run has none. */
	readonly of: (steps: Steps) => Float64Array | null;
}

const kw = (values: Float64Array): Float64Array => values.map((value) => value / 1000);
const POWER = { yLabel: 'Power in kW', unit: 'kW', yRange: null };

const SERIES: readonly Series[] = [
	{
		...{ ...POWER, id: 'grid-band', title: 'Grid power over the run', color: 'grid' },
		of: ({ gridW }) => kw(gridW),
	},
	{
		...{ ...POWER, id: 'demand-band', title: 'Demand over the run', color: 'load' },
		of: ({ loadW }) => kw(loadW),
	},
	{
		...{ id: 'soc-band', title: 'State of charge over the run', color: 'battery' },
		...{ yLabel: 'State of charge in %', unit: '%', yRange: [0, 100] },
		of: meanSoc,
	},
];

/** Over all batteries alike. */
function meanSoc({ batteries, count }: Steps): Float64Array | null {
	if (batteries.length === 0) return null;
	const percent = new Float64Array(count);
	for (const { soc } of batteries)
		for (let k = 0; k < count; k++)
			percent[k] = (percent[k] as number) + (100 * (soc[k] as number)) / batteries.length;
	return percent;
}

/** Means over repeats by time, with their intervals; the repeats have the same steps. */
export class TimeBands {
	#startS: number[] = [];
	#spanS = 0;
	readonly #values = SERIES.map((): Float64Array[] => []);

	add(steps: Steps): void {
		const perPoint = Math.max(1, Math.ceil(steps.count / POINTS_MAX));
		const points = Math.floor(steps.count / perPoint);
		this.#spanS = perPoint * steps.stepS;
		this.#startS = Array.from({ length: points }, (_, i) => steps.startS[i * perPoint] as number);
		SERIES.forEach(({ of }, i) => {
			const series = of(steps);
			if (series === null) return;
			const means = Float64Array.from({ length: points }, (_, point) => {
				const part = series.subarray(point * perPoint, (point + 1) * perPoint);
				return part.reduce((sum, value) => sum + value, 0) / perPoint;
			});
			this.#values[i]?.push(means);
		});
	}

	figures(): Figure[] {
		return SERIES.flatMap((series, i) => {
			const runs = this.#values[i] ?? [];
			return runs.length < 2 || this.#startS.length < 2 ? [] : [this.#figure(series, runs)];
		});
	}

	#figure(
		{ id, title, yLabel, unit, color, yRange }: Series,
		runs: readonly Float64Array[],
	): Figure {
		const estimates = this.#startS.map((_, k) => estimate(runs.map((run) => run[k] as number)));
		const curve = (of: (mean: number, half: number) => number) =>
			estimates.map(({ mean, halfWidth }) => drawable(of(mean, halfWidth)));
		return {
			...{ id, title, yLabel, unit, yRange, x: 'time', logY: false, stepped: false },
			curves: [
				{ label: 'low', color, dash: true },
				{ label: 'mean', color },
				{ label: 'high', color, dash: true },
			],
			between: [{ upper: 2, lower: 0, color }],
			data: [
				this.#startS,
				curve((mean, half) => mean - half),
				curve((mean) => mean),
				curve((mean, half) => mean + half),
			],
			shades: [],
			marks: [],
			note: `Mean over ${runs.length} repeats and its 95 % interval, of each ${formatSpan(this.#spanS)} by itself.`,
		};
	}
}
