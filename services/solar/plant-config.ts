import { type FollowedFeeds, followedFeed } from '../../feeds/signal/followed.ts';
import { type CalendarPart, inCalendar } from '../../feeds/signal/in-calendar.ts';
import { PLANT, traceUnit } from '../../feeds/signal/trace-unit.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { SkyYears } from '../../protocol/signals.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { FeedSky, FileSky, SolarConfig } from './config.ts';
import { yearStreamOf } from './drawn-years.ts';
import type { Location } from './location.ts';
import { monthlyTurbidity, solarDefaults } from './locations.ts';
import { totalLossesPercent } from './pvwatts.ts';
import type { Solar } from './section.ts';

/** What of a run the configuration of a plant depends on. */
interface PlantFrame extends CalendarPart {
	readonly location: Location;
	readonly stepUs: SimTime;
	readonly seed: string;
	/** What the names of the site's actors begin with. */
	readonly prefix: string;
}

/**
 * How a plant makes power of light: what the scenario says, and the location's defaults where it is silent.
 *
 * @throws ConfigError for a tracker with a fixed tilt or azimuth
 */
function withChain(solar: Solar, defaults: SolarConfig, frame: PlantFrame): SolarConfig {
	const { lossesPercent, incidence, temperature } = solar;
	return {
		...defaults,
		inverterPowerW: solar.inverterPowerW,
		inverterEfficiency: solar.inverterEfficiency,
		tiltDeg: solar.tiltDeg ?? defaults.tiltDeg,
		azimuthDeg: solar.azimuthDeg ?? defaults.azimuthDeg,
		tracker: trackerOf(solar),
		horizonDeg: solar.horizonDeg,
		clearSky: solar.clearSky,
		linkeTurbidity: turbidityOf(solar, defaults, frame),
		transposition: solar.transposition,
		albedo: solar.albedo,
		incidence,
		temperature,
		temperatureCoefficientPerK: solar.temperatureCoefficientPerK,
		lowLightFraction: solar.lowLightFraction,
		lossesPercent:
			typeof lossesPercent === 'object'
				? totalLossesPercent(lossesPercent)
				: (lossesPercent ?? defaults.lossesPercent),
	};
}

/** Stochastic clouds were fitted with the location's own; elsewhere a clear sky has that of the month. */
function turbidityOf(
	{ linkeTurbidity, sky }: Solar,
	defaults: SolarConfig,
	{ location }: PlantFrame,
): SolarConfig['linkeTurbidity'] {
	const isUnfitted = location.statistics === 'latitude' && sky.type === 'clear';
	const asked = linkeTurbidity ?? (isUnfitted ? 'monthly' : defaults.linkeTurbidity);
	return asked === 'monthly' ? monthlyTurbidity(location) : asked;
}

function trackerOf({ name, mounting, tiltDeg, azimuthDeg }: Solar): SolarConfig['tracker'] {
	if (mounting.type === 'fixed') return null;
	if (tiltDeg !== undefined || azimuthDeg !== undefined)
		throw new ConfigError(
			`Cannot turn plant "${name}" after the sun: it has a fixed ${tiltDeg === undefined ? 'azimuthDeg' : 'tiltDeg'}; ` +
				'leave it out, or give mounting.axisTiltDeg and mounting.axisAzimuthDeg',
		);
	const { type: _, ...tracker } = mounting;
	return tracker;
}

/** A plant at the run's location. @param feeds those that it follows */
export function solarConfig(solar: Solar, frame: PlantFrame, feeds: FollowedFeeds): SolarConfig {
	const { stepUs, startEpochMs, location } = frame;
	const defaults = solarDefaults(location, { stepUs, startEpochMs, peakPowerW: solar.peakPowerW });
	const known = (sky: KnownSky) =>
		sky.type === 'stochastic' ? withYears(defaults.sky, sky.years, frame) : sky;
	return { ...withChain(solar, defaults, frame), sky: skyOf(solar.sky, frame, feeds, known) };
}

/** Skies that need no file and no feed. */
type KnownSky = Extract<Solar['sky'], { type: 'stochastic' | 'clear' }>;

function skyOf(
	sky: Solar['sky'],
	frame: PlantFrame,
	feeds: FollowedFeeds,
	known: (sky: KnownSky) => SolarConfig['sky'],
): SolarConfig['sky'] {
	switch (sky.type) {
		case 'stochastic':
		case 'clear':
			return known(sky);
		case 'trace':
			return traceSky(sky, frame);
		case 'file':
			return fileSkyConfig(sky, frame);
		case 'feed': {
			const { feed, temperature, wind, profile } = sky;
			const asked = [feed, temperature, wind].filter((one) => one !== null);
			return {
				type: 'feed',
				followed: asked.map((one) => followedFeed(feeds, one)),
				profile: profile === null ? null : (known(profile) as FeedSky['profile']),
			};
		}
	}
}

/** A weather file of the scenario, with what of the run it must cover. */
export function fileSkyConfig(
	sky: Extract<Solar['sky'], { type: 'file' }>,
	{ untilUs, location }: CalendarPart,
): FileSky {
	const { type, path, column, extend } = sky;
	return { type, path, column, extend, timezone: sky.timezone ?? location.timeZone, untilUs };
}

function traceSky(
	sky: Extract<Solar['sky'], { type: 'trace' }>,
	frame: PlantFrame,
): Extract<SolarConfig['sky'], { type: 'trace' }> {
	const { unit, scale } = traceUnit(sky, PLANT);
	return {
		...inCalendar({ ...sky, scale }, frame),
		unit: unit.dimension === 'power' ? 'W' : 'fraction',
	};
}

function withYears(
	sky: SolarConfig['sky'],
	years: SkyYears,
	{ seed, prefix }: PlantFrame,
): SolarConfig['sky'] {
	return sky.type === 'stochastic' && years === 'drawn'
		? { ...sky, yearStream: yearStreamOf(seed, prefix) }
		: sky;
}
