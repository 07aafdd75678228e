import { clearMonthsKwhPerM2Day } from '../../feeds/sky/clear-days.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { nearestName, plainName } from '../../protocol/nearest-name.ts';
import { type City, cityLabel, describeCandidates, matchCity, nearestCity } from './cities.ts';
import { loadCities, loadCloudStatistics, loadLocations } from './load.ts';
import { type Location, locationOf } from './location.ts';

/** A point on the ground that is not among the known locations. */
export interface Coordinates {
	readonly latitude: number;
	readonly longitude: number;
	/** IANA name; left out: that of the nearest city. */
	readonly timeZone?: string | undefined;
	/** Left out: that of the nearest city. */
	readonly altitudeM?: number | undefined;
	/** What it is called; left out: as its coordinates are. */
	readonly name?: string;
	/** Of its grid; left out: that of the nearest city. */
	readonly gridZone?: string | null | undefined;
}

/** Between clean and hazy, and that of the skies with which the clouds of most cities were fitted. */
const TURBIDITY = 3;

/** Where a place by coordinates that says no name, clock or grid of its own may take them from, at most. */
const NEIGHBOUR_KM = 150;
/** How far from its middle a city may reach. */
const CITY_KM = 40;

/**
 * The location of a name: one of the ten with statistics of their own, or a city of weather-data/cities.tsv, alone or with its
 * region, state or country (`Springfield, Illinois`). Case, accents, hyphens and spaces do not matter.
 *
 * @throws ConfigError for an unknown name, with those spelt like it, and for one that several cities have
 */
export function findLocation(name: string): Location {
	const locations = loadLocations();
	const own = locations.find((location) => plainName(location.name) === plainName(name));
	if (own !== undefined) return own;
	const cities = loadCities();
	const match = matchCity(cities, name);
	switch (match.type) {
		case 'found': {
			const twin = locations.find((one) => isSame(one, match.city));
			return twin ?? locationOfCity(match.city, match.others);
		}
		case 'ambiguous':
			throw new ConfigError(
				`Cannot tell which place "${name}" is: there are ${shortList(describeCandidates(match.candidates))}; ` +
					`say which, such as --location "${describeCandidates(match.candidates)[0]}"`,
			);
		case 'elsewhere':
			throw new ConfigError(
				`Cannot find location "${name}": of that name there ${match.candidates.length === 1 ? 'is only' : 'are only'} ` +
					`${shortList(describeCandidates(match.candidates))}; name one of them, or give --latitude and --longitude`,
			);
		case 'unknown':
			throw unknownPlace(name, match.nearest, cities.length, locations);
	}
}

/** Few enough to read. */
function shortList(texts: readonly string[]): string {
	const shown = texts.slice(0, 8);
	const more = texts.length - shown.length;
	return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function unknownPlace(
	name: string,
	city: string | null,
	count: number,
	locations: readonly Location[],
): ConfigError {
	const names = locations.map((location) => location.name);
	const nearest = nearestName(name, names) ?? city;
	const hint = nearest === null ? '' : `did you mean "${nearest}"? `;
	return new ConfigError(
		`Cannot find location "${name}": ${hint}known are ${count} cities (capitals, those of 50,000 people and more), ` +
			`of which ${names.join(', ')} have statistics of their own; or give coordinates ` +
			'(in a scenario location: with name, latitude and longitude), ' +
			`such as --location "${name}" --latitude 48.1 --longitude 11.6`,
	);
}

/** `Berlin, Germany` is the Berlin with statistics of its own. */
function isSame(location: Location, city: City): boolean {
	return location.country === city.country && plainName(location.name) === plainName(city.name);
}

function locationOfCity(city: City, others: readonly City[]): Location {
	const { name, country, gridZone, latitude, longitude, altitudeM, timeZone } = city;
	const notes =
		others.length === 0
			? []
			: [
					`taken for ${cityLabel(city)} (${grouped(city.people)} people), ` +
						`not ${shortList(describeCandidates(others).slice(0, 3))}`,
				];
	const place = { latitude, longitude, altitudeM, timeZone };
	return latitudeLocation({ ...place, name, country, gridZone, isGridNear: false }, notes);
}

function grouped(count: number): string {
	return count.toLocaleString('en');
}

/**
 * A location made from coordinates. Country and grid are those of the nearest city, if that is near; so are its clock and its
 * height where none are given, and the location says so.
 *
 * @throws ConfigError where no clock is given and none is near
 */
export function locationAt(coordinates: Coordinates): Location {
	const { latitude, longitude } = coordinates;
	const cities = loadCities();
	// Whoever says the clock says mostly on which side of a border the place is.
	const ofClock = cities.filter(({ timeZone: zone }) => zone === coordinates.timeZone);
	const nearest = nearestCity(ofClock.length > 0 ? ofClock : cities, coordinates);
	const near = nearest !== null && nearest.km <= NEIGHBOUR_KM ? nearest : null;
	const timeZone = coordinates.timeZone ?? near?.city.timeZone;
	if (timeZone === undefined)
		throw new ConfigError(
			`Cannot tell the time zone at ${latitude}, ${longitude}: no city is near; give one, such as --timezone Etc/UTC`,
		);
	const altitudeM = coordinates.altitudeM ?? near?.city.altitudeM ?? 0;
	const whose = near === null ? '' : ` of ${cityLabel(near.city)}, ${Math.round(near.km)} km away`;
	const taken = [
		...(coordinates.gridZone === undefined && near !== null ? [`grid ${near.city.gridZone}`] : []),
		...(coordinates.timeZone === undefined ? [`time zone ${timeZone}`] : []),
		...(coordinates.altitudeM === undefined && near !== null ? [`height ${altitudeM} m`] : []),
	];
	return latitudeLocation(
		{
			...{ latitude, longitude, altitudeM, timeZone },
			name: coordinates.name ?? `${latitude}, ${longitude}`,
			country: near?.city.country ?? null,
			gridZone: coordinates.gridZone ?? near?.city.gridZone ?? null,
			isGridNear: coordinates.gridZone === undefined && !isNamed(coordinates, near),
		},
		taken.length === 0 ? [] : [`${taken.join(', ')}${whose}`],
	);
}

/** Whether coordinates are of the city whose name they have. */
function isNamed({ name }: Coordinates, near: { readonly city: City; readonly km: number } | null) {
	if (near === null || name === undefined || near.km > CITY_KM) return false;
	return plainName(name) === plainName(near.city.name);
}

/** What is known of a place without statistics. */
interface Bare {
	readonly latitude: number;
	readonly longitude: number;
	readonly altitudeM: number;
	readonly timeZone: string;
	readonly name: string;
	readonly country: string | null;
	readonly gridZone: string | null;
	readonly isGridNear: boolean;
}

/**
 * A location by its latitude: modules towards the equator, tilted as the latitude (10 to 35 degrees), turbidity 3, wind 3 m/s,
 * the ten cities' mean cloudiness in every month, temperatures by latitude (within about 5 degC of the ten known cities' means).
 */
function latitudeLocation(bare: Bare, notes: readonly string[]): Location {
	const { isGridNear, ...place } = bare;
	const { latitude, altitudeM } = place;
	const site = { latitude, longitude: place.longitude, altitudeM, linkeTurbidity: TURBIDITY };
	const entry = {
		...place,
		tiltDeg: Math.min(35, Math.max(10, 5 * Math.round(Math.abs(latitude) / 5))),
		azimuthDeg: latitude >= 0 ? 180 : 0,
		linkeTurbidity: site.linkeTurbidity,
	};
	const { indexMean } = loadCloudStatistics().fallback;
	const climate = {
		// A polar night has no irradiation to be met: any positive figure serves.
		ghiKwhPerM2Day: clearMonthsKwhPerM2Day(site).map((kwh) => Math.max(0.001, kwh * indexMean)),
		dailyIndexStd: null,
		airMeanC: airMeansByLatitude(latitude, altitudeM),
		airDailyAmplitudeC: new Array<number>(12).fill(4),
		windMs: new Array<number>(12).fill(3),
	};
	return locationOf(entry, 'latitude', climate, { notes, isGridNear });
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
