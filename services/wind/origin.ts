import type { FollowedFeeds } from '../../feeds/signal/followed.ts';
import { given, live, type Origin } from '../../protocol/origin.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';

/** How the wind blows, as a scenario says it. */
type SpeedKey =
	| { readonly type: 'stochastic'; readonly meanMs?: unknown }
	| { readonly type: 'constant'; readonly speedMs: number }
	| { readonly type: 'trace'; readonly path: string }
	| { readonly type: 'feed'; readonly feed: Feed };

/**
 * Where the wind is from.
 *
 * @param climate of the location, whose means hold where the scenario names none
 */
export function windOrigin(
	speed: SpeedKey,
	{ climate, feeds }: { readonly climate: Origin; readonly feeds: FollowedFeeds },
): Origin {
	switch (speed.type) {
		case 'trace':
			return given(speed.path);
		case 'feed':
			return live('wind speed', speed.feed, feeds.get(speed.feed)?.past !== undefined);
		case 'constant':
			return given(`${speed.speedMs} m/s at all times`);
		case 'stochastic': {
			const means = speed.meanMs === undefined ? climate.source : 'the scenario';
			return {
				label: 'synthetic',
				source: `Weibull-distributed speeds, measured nowhere (docs/wind.md), about means of ${means}`,
			};
		}
	}
}

/** What a turbine makes of it. */
type CurveKey =
	| { readonly type: 'turbine'; readonly turbine: string }
	| { readonly type: 'cubic' | 'table' };

/** Where a turbine's power curve is from. */
export function curveOrigin(curve: CurveKey): Origin {
	switch (curve.type) {
		case 'turbine':
			return { label: 'published', source: `${curve.turbine} in weather-data/power-curves.json` };
		case 'cubic':
			return { label: 'modelled', source: 'with the cube of the speed up to rated (docs/wind.md)' };
		case 'table':
			return given('the points in the scenario');
	}
}
