import type { SeriesPoint } from '../../feeds/grid/grid-values.ts';
import { hourOf, makeLocalClock, wallMs } from '../../feeds/signal/local-clock.ts';

/** A day profile fitted to a series, and how well it fits. */
export interface FittedProfile {
	/** Mean of the series in each hour of the local day. */
	readonly hourly: readonly number[];
	/** Root mean square of series minus profile. */
	readonly rmse: number;
	/** Standard deviation of the series: the RMSE of its mean, to compare with. */
	readonly deviation: number;
	readonly mean: number;
	readonly samples: number;
}

/**
 * The least-squares day profile of an evenly sampled series: the mean by hour of the local day.
 * The points must cover every hour of the day.
 */
export function fitProfile(points: readonly SeriesPoint[], timezone: string): FittedProfile {
	const startEpochMs = points[0]?.epochMs ?? 0;
	const clock = makeLocalClock(startEpochMs, timezone);
	const hours = points.map(({ epochMs }) => hourOf(wallMs(clock, (epochMs - startEpochMs) * 1000)));
	const sums = new Array<number>(24).fill(0);
	const counts = new Array<number>(24).fill(0);
	points.forEach(({ value }, i) => {
		const hour = hours[i] as number;
		sums[hour] = (sums[hour] as number) + value;
		counts[hour] = (counts[hour] as number) + 1;
	});
	const hourly = sums.map((sum, hour) => sum / (counts[hour] as number));
	const mean = points.reduce((sum, { value }) => sum + value, 0) / points.length;
	return {
		hourly,
		rmse: rootMeanSquare(
			points.map(({ value }, i) => value - (hourly[hours[i] as number] as number)),
		),
		deviation: rootMeanSquare(points.map(({ value }) => value - mean)),
		mean,
		samples: points.length,
	};
}

function rootMeanSquare(errors: readonly number[]): number {
	return Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
}
