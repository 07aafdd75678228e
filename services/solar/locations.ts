import type { FollowedFeeds } from '../../feeds/signal/followed.ts';
import { given, live, type Origin } from '../../protocol/origin.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { CloudParameters } from './cloud-process.ts';
import type { SolarConfig } from './config.ts';
import { gridTurbidity } from './linke-turbidity.ts';
import { loadCloudStatistics, loadLinkeTurbidity } from './load.ts';
import type { Location } from './location.ts';
import { type SolarRun, solarConfigAt } from './location-defaults.ts';
import type { FeedSky } from './section.ts';

/** Linke turbidity of a location in each month: of a known one in the source itself, else on the map. */
export function monthlyTurbidity({ name, statistics, latitude, longitude }: Location): number[] {
	const file = loadLinkeTurbidity();
	const known = statistics === 'own' ? file.locations[name] : undefined;
	return known ?? gridTurbidity(file, latitude, longitude);
}

/** What a sky is, of those that a scenario names. */
type SkyKey =
	| { readonly type: 'stochastic' | 'clear' }
	| { readonly type: 'trace' | 'file'; readonly path: string }
	| { readonly type: 'feed'; readonly gives: FeedSky['gives']; readonly feed: Feed };

/** Where the light of a sky is from at a location. */
export function skyOrigin(sky: SkyKey, location: Location, feeds: FollowedFeeds): Origin {
	switch (sky.type) {
		case 'trace':
			return given(`${sky.path}: output as a fraction of the peak power`);
		case 'file':
			return given(`${sky.path}: irradiance, temperature and wind`);
		case 'feed':
			return live(sky.gives, sky.feed, feeds.get(sky.feed)?.past !== undefined);
		case 'clear':
			return { label: 'modelled', source: 'clear-sky model, no clouds' };
		case 'stochastic':
			return ownClouds(location) === undefined
				? {
						label: 'approximate',
						source:
							'clear-sky model; clouds with the mean of the ten known cities in weather-data/, none measured here',
					}
				: {
						label: 'fitted',
						source: `clear-sky model, clouds with the statistics of ${location.name} in weather-data/`,
					};
	}
}

/** Statistics of a known city; a place of that name elsewhere has other clouds. */
function ownClouds({ name, statistics }: Location) {
	return statistics === 'own' ? loadCloudStatistics().locations[name] : undefined;
}

/** Where the climate of a location is from: its temperatures and its wind. */
export function climateOrigin({ name, statistics }: Location): Origin {
	if (statistics === 'latitude')
		return { label: 'approximate', source: 'a rough climate by latitude (docs/models.md)' };
	return {
		label: 'published',
		source: `monthly climate of ${name} (weather-data/README.md says which of it is approximate)`,
	};
}

/** The cloud parameters of a location: its own if there are any, else the mean of the ten known ones. */
export function cloudParameters(location: Location): CloudParameters {
	const { fallback } = loadCloudStatistics();
	const own = ownClouds(location);
	const stds = own?.dailyIndexStd ?? new Array<number>(12).fill(fallback.dailyIndexStd);
	return {
		...(own?.shape ?? fallback.shape),
		months: location.climate.ghiKwhPerM2Day.map((ghiKwhPerM2Day, month) => ({
			ghiKwhPerM2Day,
			dailyIndexStd: stds[month] as number,
		})),
	};
}

/** A solar actor's configuration at a location under its stochastic sky. */
export function solarDefaults(location: Location, run: SolarRun): SolarConfig {
	return solarConfigAt(location, cloudParameters(location), run);
}
