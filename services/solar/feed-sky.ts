import type { Followed } from '../../feeds/signal/followed.ts';
import { type Fallback, type HeardPoint, liveMean } from '../../feeds/signal/live.ts';
import { clearSkyAt } from '../../feeds/sky/site-sky.ts';
import type { SimTime, Span } from '../../protocol/time.ts';
import type { FollowedSeries, HeardSeries } from '../following.ts';
import { airAt } from './air-temperature.ts';
import type { FeedSky, SolarConfig } from './config.ts';
import { clearRatios, isDark, lightOf } from './file-sky.ts';
import { gatherer, nothingGathered } from './gather.ts';
import { givenPower } from './power-sky.ts';
import type { Air } from './pv-system.ts';
import type { SkyPart, SkyReading, SkySource, SolarState } from './sky-source.ts';
import { partCount, partStartUs } from './step-parts.ts';

const US_PER_MS = 1000;
/** Of a value by itself, which is of an instant. */
const INSTANT_MS = 1;
const DAY_MS = 86_400_000;

/** What is remembered of irradiance: global and direct as parts of those of the clear sky. */
const LIGHT = ['global', 'direct'] as const;

/** A series of a feed, read over spans. */
type Mean = (state: SolarState, span: Span) => number;

/**
 * The sky as feeds have it, in what a run has heard of them. As of a weather file, each value of irradiance becomes global and direct
 * light as parts of the clear sky's over the time for which it holds, so that the light follows the sun and an hour keeps its energy; in a
 * run that is elsewhere in time, the clouds are those of now. By night a feed says nothing of clouds: those before hold. Power is taken as it is.
 *
 * @param profile what holds where it is silent; null: nothing
 */
export function feedSky(
	config: SolarConfig,
	{ followed }: FeedSky,
	profile: SkySource | null,
): SkySource {
	const [main] = followed;
	if (main === undefined) throw new TypeError('a sky of feeds follows one at least');
	const isPower = main.quantity === 'power';
	const air = airOf(config, followed);
	const plain = followed.slice(1).map((one) => ({ followed: one, series: [one.quantity] }));
	const light: FollowedSeries = isPower
		? { followed: main, series: [main.quantity] }
		: {
				...{ followed: main, series: LIGHT },
				convert: (points, isFirst) => partsOfClear(points, isFirst, config),
			};
	return {
		givesPower: isPower,
		follows: [light, ...plain],
		read: isPower
			? powerReader(config, main, profile, air)
			: lightReader(config, main, profile, air),
	};
}

function lightReader(
	config: SolarConfig,
	main: Followed,
	profile: SkySource | null,
	air: AirOf,
): SkySource['read'] {
	const global = meanOf('global', main, clearPart(config, profile, 'ghi'));
	const direct = meanOf('direct', main, clearPart(config, profile, 'dni'));
	return (state, part): SkyReading => {
		const clearSkyIndex = global(state, part);
		const light = lightOf(part.sky, clearSkyIndex, direct(state, part));
		return { light, air: air(state, part), clearSkyIndex, powerW: null };
	};
}

function powerReader(
	config: SolarConfig,
	main: Followed,
	profile: SkySource | null,
	air: AirOf,
): SkySource['read'] {
	const power = meanOf(main.quantity, main, profilePower(config, profile));
	return (state, part) => givenPower(power(state, part), part, config, air(state, part));
}

function meanOf(series: string, { following }: Followed, fallback: Fallback | null): Mean {
	return (state, span) => {
		const heard = (state as HeardSeries)[series];
		if (heard === undefined) throw new TypeError(`nothing is remembered of ${series}`);
		return liveMean(heard, span, following, fallback);
	};
}

type AirOf = (state: SolarState, part: SkyPart) => Air;

/** Of feeds as far as there are any, else of the location. */
function airOf(config: SolarConfig, followed: readonly Followed[]): AirOf {
	const startMs = config.startEpochMs;
	const usual = (fromUs: SimTime, untilUs: SimTime) =>
		airAt(config, startMs + (fromUs + untilUs) / 2 / US_PER_MS);
	const reader = (quantity: Followed['quantity'], fallback: Fallback): Mean | null => {
		const found = followed.find((one) => one.quantity === quantity);
		return found === undefined ? null : meanOf(quantity, found, fallback);
	};
	const airC = reader('temperature', { mean: (...span) => usual(...span).airC });
	const windMs = reader('wind-speed', { mean: (...span) => usual(...span).windMs });
	return (state, part) => {
		const otherwise = airAt(config, part.middleMs);
		return {
			airC: airC?.(state, part) ?? otherwise.airC,
			windMs: windMs?.(state, part) ?? otherwise.windMs,
		};
	};
}

/** The light of a profile as a part of the clear sky's. */
function clearPart(
	config: SolarConfig,
	profile: SkySource | null,
	what: 'ghi' | 'dni',
): Fallback | null {
	if (profile === null) return null;
	return {
		mean(fromUs, untilUs) {
			const middleMs = config.startEpochMs + (fromUs + untilUs) / 2 / US_PER_MS;
			const sky = clearSkyAt(middleMs, config);
			const { light, clearSkyIndex } = profile.read(null, { fromUs, untilUs, middleMs, sky });
			return sky.clear[what] > 0 ? light[what] / sky.clear[what] : clearSkyIndex;
		},
	};
}

/** The power of the plant under a profile. */
function profilePower(config: SolarConfig, profile: SkySource | null): Fallback | null {
	if (profile === null) return null;
	const gather = gatherer(config, profile);
	return {
		mean(fromUs, untilUs) {
			const span = { fromUs, untilUs };
			const parts = partCount(untilUs - fromUs);
			const sums = nothingGathered();
			for (let i = 0; i < parts; i++) {
				const from = partStartUs(span, i, parts);
				gather(sums, { fromUs: from, untilUs: partStartUs(span, i + 1, parts) }, null);
			}
			return (sums.powerW * config.stepUs) / (untilUs - fromUs);
		},
	};
}

/** What a value says of clouds where the sun is up: the others are left out, unless there is nothing else at all. */
function partsOfClear(
	points: readonly HeardPoint[],
	isFirst: boolean,
	config: SolarConfig,
): Record<(typeof LIGHT)[number], HeardPoint[]> {
	const found = points.flatMap(({ fromMs, value }, i) => {
		const stepMs = lengthMs(points, i);
		if (isDark(fromMs, stepMs, config)) return [];
		const columns = { ghi: Float64Array.of(value) };
		const of = { name: 'a feed', firstMs: fromMs, stepMs, count: 1, columns };
		const { global, direct } = clearRatios(of, config);
		return { fromMs, global: global[0] as number, direct: direct[0] as number };
	});
	const last = points.at(-1);
	const dark = last === undefined ? [] : [{ fromMs: last.fromMs, global: 0, direct: 0 }];
	const kept = found.length === 0 && isFirst ? dark : found;
	const series = (name: (typeof LIGHT)[number]) =>
		kept.map((point) => ({ fromMs: point.fromMs, value: point[name] }));
	return { global: series('global'), direct: series('direct') };
}

/** A value holds until the next one, the last for as long as the one before it. */
function lengthMs(points: readonly HeardPoint[], i: number): number {
	const from = points.length - 1 === i ? i - 1 : i;
	const [a, b] = [points[from], points[from + 1]];
	if (a === undefined || b === undefined) return INSTANT_MS;
	return Math.min(DAY_MS, Math.max(INSTANT_MS, b.fromMs - a.fromMs));
}
