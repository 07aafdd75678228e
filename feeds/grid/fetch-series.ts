import { ConfigError } from '../../protocol/errors.ts';
import type { IntensityKind } from '../../protocol/signals.ts';
import type { FeedEnv, LiveFeed } from '../live/feed.ts';
import { cacheKey, type FeedCache } from '../live/feed-cache.ts';
import { electricityMaps } from '../live/services/electricity-maps.ts';
import { ukCarbonIntensity } from '../live/services/uk-carbon-intensity.ts';
import { systemFeedEnv } from '../live/system-env.ts';
import { arrange, type CivilSpan, checkNoGap } from './coverage.ts';
import type { SeriesPoint } from './grid-values.ts';
import { isoInstant } from './reader.ts';

const FEEDS = ['uk', 'electricitymaps'] as const;
export type Feed = (typeof FEEDS)[number];

export interface FetchSeriesOptions extends CivilSpan {
	/** The feed's own id of the grid, such as DE or US-CAL-CISO; 'GB' for the British feed. */
	readonly zone: string;
	/** What is past and what is to come. */
	readonly nowEpochMs: number;
	/** Default: the feed's public address. */
	readonly baseUrl?: string;
	/** Where values of the past may be kept: what is there is not asked for. Default: nowhere. */
	readonly cache?: FeedCache;
	/** Default: the machine as it is; keys are read from its environment. */
	readonly env?: Partial<FeedEnv>;
}

/** What a feed gave, to be kept with the run: the run itself fetches nothing. */
export interface FeedSeries {
	readonly feed: Feed;
	readonly zone: string;
	readonly kind: IntensityKind;
	/** g/kWh; the first point holds at the span's start. */
	readonly points: readonly SeriesPoint[];
	/** What stands in for what was asked for, in sentences for people; empty when nothing does. */
	readonly notes: readonly string[];
	/** Whom to name, as the feed's licence requires. */
	readonly attribution: string;
}

const HOUR_MS = 60 * 60_000;
const CARBON = { quantity: 'carbon', place: null } as const;

/**
 * Asks a live feed for the carbon intensity over a span: measurements where it is past, else the forecast. Done
 * before a run; the run gets the points as a source of type 'series' and so can be repeated.
 *
 * @throws ConfigError in one line for whatever goes wrong; never shows the token
 */
export async function fetchSeries(feed: Feed, options: FetchSeriesOptions): Promise<FeedSeries> {
	const { startEpochMs, endEpochMs, nowEpochMs } = options;
	if (!(endEpochMs > startEpochMs))
		throw new ConfigError(
			`Cannot fetch carbon intensity from ${isoInstant(startEpochMs)} to ${isoInstant(endEpochMs)}: the span is empty`,
		);
	const kept = fromCache(feed, options);
	if (kept !== null) return kept;
	const opened = open(feed, options, systemFeedEnv({ ...options.env, nowMs: () => nowEpochMs }));
	if (opened.range === undefined) throw new TypeError('it knows its past');
	const signal = new AbortController().signal;
	const answer = await opened.range({ fromMs: startEpochMs, untilMs: endEpochMs }, signal);
	const span = { startEpochMs, endEpochMs };
	const points = arrange(
		answer.points.map(({ fromMs, value }) => ({ epochMs: fromMs, value })),
		span,
	);
	const knownEndMs = Math.min(endEpochMs, answer.heldFromMs ?? endEpochMs);
	checkNoGap(
		opened.name,
		points,
		{ startEpochMs, endEpochMs: knownEndMs },
		opened.stepMs ?? HOUR_MS,
	);
	const { notes, attribution } = answer;
	const zone = feed === 'uk' ? 'GB' : options.zone;
	return { feed, zone, kind: 'average', points, notes, attribution };
}

/** The span as it was fetched before; null where it was not, or not whole. */
function fromCache(feed: Feed, options: FetchSeriesOptions): FeedSeries | null {
	const { cache, zone, baseUrl, startEpochMs, endEpochMs } = options;
	const keys =
		feed === 'uk'
			? { type: feed, region: null, baseUrl }
			: { type: feed, zone, emissionFactors: 'lifecycle', baseUrl };
	const span = { fromMs: startEpochMs, untilMs: endEpochMs };
	const found = cache?.read(cacheKey(keys, 'carbon'), span) ?? null;
	if (found === null) return null;
	const points = arrange(
		found.points.map(({ fromMs, value }) => ({ epochMs: fromMs, value })),
		options,
	);
	checkNoGap(`what is kept of ${feed}`, points, options, found.stepMs ?? HOUR_MS);
	const part = found.spans.findLast(({ fromMs }) => fromMs <= startEpochMs);
	const note = `kept since ${part?.fetchedAt}, when ${part?.by} fetched it from ${part?.from}`;
	const { attribution, notes } = found;
	return { feed, zone, kind: 'average', points, notes: [...notes, note], attribution };
}

function open(feed: Feed, { zone, baseUrl }: FetchSeriesOptions, env: FeedEnv): LiveFeed {
	if (feed === 'electricitymaps')
		return electricityMaps({ zone, emissionFactors: 'lifecycle', baseUrl }, CARBON, env);
	if (zone.toUpperCase() !== 'GB')
		throw new ConfigError(
			`Cannot fetch carbon intensity of zone "${zone}" from UK Carbon Intensity: it has "GB" only; use GB or another feed`,
		);
	return ukCarbonIntensity({ region: null, baseUrl }, CARBON, env);
}
