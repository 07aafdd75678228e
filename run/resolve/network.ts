import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { SimTime } from '../../protocol/time.ts';
import { findLocation } from '../../services/solar/places.ts';
import type { SitePlan } from './sites.ts';

/** From where requests come, and how long their way to each site is. */
export interface Network {
	readonly origins: readonly { readonly name: string; readonly share: number }[];
	/** One way, by origin and site. */
	readonly latencyUs: readonly (readonly SimTime[])[];
}

interface Point {
	readonly latitude: number;
	readonly longitude: number;
}

/** Mean radius of the Earth, IUGG. */
const EARTH_RADIUS_KM = 6371.0088;
/** Light in fibre of refractive index 1.5: two thirds of 299 792 km/s. */
const FIBRE_KM_PER_MS = (299.792458 * 2) / 3;

/** Great-circle distance on a sphere by the haversine formula, km. Within 0.6 % of the ellipsoid's. */
export function distanceKm(a: Point, b: Point): number {
	const radians = (degrees: number) => (degrees * Math.PI) / 180;
	const half = (from: number, to: number) => Math.sin(radians(to - from) / 2) ** 2;
	const across = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude));
	const chord = half(a.latitude, b.latitude) + across * half(a.longitude, b.longitude);
	return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/**
 * One-way latency over a distance, ms: light in a straight fibre, times the path factor, and the overhead of both
 * ends. The usual factor is 2.1 (Bozkurt et al., "Dissecting Latency in the Internet's Fiber Infrastructure",
 * arXiv:1811.10737, 2018, from earlier measurement campaigns).
 */
export function latencyMs(
	km: number,
	{ pathFactor, overheadMs }: Scenario['requests']['network'],
): number {
	return (km / FIBRE_KM_PER_MS) * pathFactor + 2 * overheadMs;
}

/**
 * The network of a scenario with sites.
 *
 * @throws ConfigError for origins that are not known and latencies to sites that there are not
 */
export function networkOf({ requests }: Scenario, sites: readonly SitePlan[]): Network {
	const { origins, network } = requests;
	const points = sites.map(({ frame }) => frame.location);
	const names = sites.map(({ name }) => name ?? '');
	const all: Scenario['requests']['origins'] =
		origins.length > 0
			? origins
			: [{ name: names[0] ?? '', location: points[0] as Point, share: 1, latencyMs: {} }];
	if (new Set(all.map(({ name }) => name)).size < all.length)
		throw new ConfigError('Cannot use "requests.origins": two origins have the same name');
	return {
		origins: all.map(({ name, share }) => ({ name, share })),
		latencyUs: all.map(({ name, location, latencyMs: given }) => {
			const stranger = Object.keys(given).find((site) => !names.includes(site));
			if (stranger !== undefined)
				throw new ConfigError(
					`Cannot use the latency from "${name}" to "${stranger}": no such site; ${knownText(stranger, names)}`,
				);
			const from = typeof location === 'string' ? findLocation(location) : location;
			return points.map((point, i) => {
				const ms = given[names[i] as string] ?? latencyMs(distanceKm(from, point), network);
				return Math.round(1000 * ms);
			});
		}),
	};
}

/** `from users: 51.3 ms to stockholm`, a line an origin. */
export function describeNetwork(network: Network, sites: readonly SitePlan[]): string[] {
	return network.origins.map(({ name }, origin) => {
		const ways = sites.map(
			(site, i) =>
				`${((network.latencyUs[origin]?.[i] ?? 0) / 1000).toFixed(1)} ms to ${site.name}`,
		);
		return `network, one way from ${name}: ${ways.join(', ')}`;
	});
}
