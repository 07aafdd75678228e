import type { FollowedFeeds } from '../../feeds/signal/followed.ts';
import { clearMonthsKwhPerM2Day } from '../../feeds/sky/clear-days.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { nearestName, plainName } from '../../protocol/nearest-name.ts';
import { given, live, type Origin } from '../../protocol/origin.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { CloudParameters } from './cloud-process.ts';
import type { SolarConfig } from './config.ts';
import { gridTurbidity } from './linke-turbidity.ts';
import { loadCloudStatistics, loadLinkeTurbidity, loadLocations } from './load.ts';
import { type Location, locationOf } from './location.ts';
import { type SolarRun, solarConfigAt } from './location-defaults.ts';
import type { FeedSky } from './section.ts';

/** A point on the ground that is not among the known locations. */
export interface Coordinates {
	readonly latitude: number;
	readonly longitude: number;
	/** IANA name. */
	readonly timeZone: string;
	readonly altitudeM?: number;
}

/** Between clean and hazy, and that of the skies with which the clouds of most cities were fitted. */
const TURBIDITY = 3;

/**
 * The known location of a name, whatever its case, accents, hyphens and spaces.
 *
 * @throws ConfigError for an unknown name, with the known ones and the nearest of them
 */
export function findLocation(name: string): Location {
	const locations = loadLocations();
	const found = locations.find((location) => plainName(location.name) === plainName(name));
	if (found !== undefined) return found;
	const names = locations.map((location) => location.name);
	const nearest = nearestName(name, names);
	const hint = nearest === null ? '' : `did you mean "${nearest}"? `;
	throw new ConfigError(
		`Cannot find location "${name}": ${hint}known are ${names.join(', ')}; or give coordinates ` +
			'(in a scenario location: with name, latitude, longitude and timezone), ' +
			`such as --location "${name}" --latitude 48.1 --longitude 11.6 --timezone Europe/Berlin`,
	);
}

/**
 * A location made from coordinates: modules towards the equator, tilted as the latitude (10 to 35 degrees),
 * turbidity 3, wind 3 m/s, sea level unless given, the ten cities' mean cloudiness in every month, temperatures by
 * latitude (within about 5 degC of the ten known cities' means). Country and grid zone are unknown.
 */
export function locationAt(coordinates: Coordinates): Location {
	const { latitude, longitude, timeZone, altitudeM = 0 } = coordinates;
	const site = { latitude, longitude, altitudeM, linkeTurbidity: TURBIDITY };
	const entry = {
		name: `${latitude}, ${longitude}`,
		country: null,
		gridZone: null,
		latitude,
		longitude,
		altitudeM,
		timeZone,
		tiltDeg: Math.min(35, Math.max(10, 5 * Math.round(Math.abs(latitude) / 5))),
		azimuthDeg: latitude >= 0 ? 180 : 0,
		linkeTurbidity: site.linkeTurbidity,
	};
	const { indexMean } = loadCloudStatistics().fallback;
	return locationOf(entry, 'latitude', {
		// A polar night has no irradiation to be met: any positive figure serves.
		ghiKwhPerM2Day: clearMonthsKwhPerM2Day(site).map((kwh) => Math.max(0.001, kwh * indexMean)),
		dailyIndexStd: null,
		airMeanC: airMeansByLatitude(latitude, altitudeM),
		airDailyAmplitudeC: new Array<number>(12).fill(4),
		windMs: new Array<number>(12).fill(3),
	});
}

/**
 * Rough climate: 27 degC up to 20 degrees from the equator, 0.5 K less each degree on, 0.0065 K less each
 * metre up, and a yearly swing of 0.18 K per degree of latitude, coldest in the middle of January or July.
 */
function airMeansByLatitude(latitude: number, altitudeM: number): number[] {
	const distance = Math.abs(latitude);
	const yearC = 27 - 0.5 * Math.max(0, distance - 20) - 0.0065 * Math.max(0, altitudeM);
	const swing = (latitude >= 0 ? -1 : 1) * 0.18 * distance;
	return Array.from({ length: 12 }, (_, month) =>
		Math.round(yearC + swing * Math.cos((2 * Math.PI * month) / 12)),
	);
}

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
