import type { FeedSeries } from '../../feeds/grid/fetch-series.ts';
import type { CarbonSource } from './config.ts';

/** A feed's series as the source of a carbon actor. */
export function feedSource(
	{ kind, points }: Pick<FeedSeries, 'kind' | 'points'>,
	sampling: 'mean' | 'start',
): CarbonSource {
	return { type: 'series', kind, sampling, points: [...points] };
}
