import type { SeriesPoint } from '../../feeds/grid/grid-values.ts';
import type { IntensityKind, Sampling } from '../../protocol/signals.ts';
import type { CarbonSource } from './config.ts';

/** What a live source gave, before the run, as the source of a carbon actor. */
export function feedSource(
	{ kind, points }: { readonly kind: IntensityKind; readonly points: readonly SeriesPoint[] },
	sampling: Sampling,
): CarbonSource {
	return { type: 'series', kind, sampling, points: [...points] };
}
