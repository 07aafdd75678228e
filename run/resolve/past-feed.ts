import type { FeedSpan, FeedWanted } from '../../feeds/live/feed.ts';
import {
	type CachedSeries,
	FeedCache,
	feedCacheFolder,
	keyOf,
} from '../../feeds/live/feed-cache.ts';
import { systemFeedEnv } from '../../feeds/live/system-env.ts';
import type { Followed } from '../../feeds/signal/followed.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import { FeedKeys } from '../../protocol/scenario/feed-keys.ts';
import { parseFeed } from '../../protocol/scenario/feed-text.ts';
import type { FeedQuantity } from '../../protocol/signals.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Frame } from './plan.ts';

/** Feeds in a run whose span is over: what they gave is taken from the cache that `gridbeat backfill` fills. */

/** What the cache has for a run. */
export interface KeptSeries extends CachedSeries {
	/** The feed in a word, or its type. */
	readonly word: string;
	/** When the last of it was fetched. */
	readonly fetchedAt: string;
}

/** Points in a command at most. */
const POINTS_MAX = 2_000;

/** Whether a run is of the past and goes as fast as it can, so that nobody asks while it goes on. */
export function isOver(frame: Pick<Frame, 'pace' | 'startEpochMs' | 'untilUs'>): boolean {
	return frame.pace === null && spanOf(frame).untilMs <= systemFeedEnv().nowMs();
}

/** The span of a run in the calendar. */
export function spanOf({
	startEpochMs,
	untilUs,
}: Pick<Frame, 'startEpochMs' | 'untilUs'>): FeedSpan {
	return { fromMs: startEpochMs, untilMs: startEpochMs + Math.ceil(untilUs / 1000) };
}

/**
 * What is kept of a feed for a span; null where that is not all of it.
 *
 * @throws ConfigError for files that are broken
 */
export function keptFor(feed: Feed, wanted: FeedWanted, span: FeedSpan): KeptSeries | null {
	const cache = new FeedCache(feedCacheFolder(process.env));
	const series = cache.read(keyOf(feed, wanted), span);
	const fetched = series?.spans
		.map(({ fetchedAt }) => fetchedAt)
		.sort()
		.at(-1);
	if (series === null || fetched === undefined) return null;
	return { ...series, word: feedWord(feed) ?? feed.type, fetchedAt: fetched };
}

/** What it gave for the span of a run, as what it would have said: each part acts from the step in which it begins to hold. */
export function pastWords(
	{ actor, followed }: { readonly actor: string; readonly followed: Followed },
	stepUs: SimTime,
): LoggedCommand[] {
	const { feed, quantity, place, past } = followed;
	if (past === undefined) return [];
	const kept = keptFor(feed, { quantity, place }, past);
	if (kept === null) throw notKept(feed.type, feed, { quantity, place }, past);
	const { unit, attribution, notes, spans, points, fetchedAt } = kept;
	const first = Math.max(
		0,
		points.findLastIndex(({ fromMs }) => fromMs <= past.fromMs),
	);
	const held = points.slice(first).filter(({ fromMs }) => fromMs < past.untilMs);
	const parts = Array.from({ length: Math.ceil(held.length / POINTS_MAX) }, (_, i) =>
		held.slice(i * POINTS_MAX, (i + 1) * POINTS_MAX),
	);
	return parts.map((part) => {
		const [{ fromMs }] = part as [(typeof part)[number], ...typeof part];
		const sinceUs = Math.max(0, fromMs - past.fromMs) * 1000;
		const span = spans.find((one) => one.untilMs > fromMs) ?? spans[0];
		const at = span?.fetchedAt ?? fetchedAt;
		const command = {
			...({ type: 'signal', actor, quantity, unit } as const),
			points: part.map((point) => ({ ...point, isForecast: false })),
			...{ receivedAtMs: Date.parse(at), from: span?.from ?? feed.type },
			...(attribution === '' ? {} : { attribution }),
			...(notes.length === 0 ? {} : { notes: notes.slice(0, 16) }),
		};
		return { fromUs: Math.floor(sinceUs / stepUs) * stepUs, by: 'feed', at, command };
	});
}

/** Says what would have to be done. */
export function notKept(
	name: string,
	feed: Feed,
	wanted: FeedWanted,
	{ fromMs, untilMs }: FeedSpan,
): ConfigError {
	const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
	const when = `Cannot use ${name} for ${iso(fromMs)} to ${iso(untilMs)}: that is over, and`;
	if (KEEP_NO_PAST.includes(feed.type))
		return new ConfigError(
			`${when} such a source keeps no past; name a file of it (${FILES}), or give a pace to follow it as it is now`,
		);
	const words = [
		`gridbeat backfill ${asked(feed, wanted)}`,
		`--from ${iso(fromMs)} --until ${iso(untilMs)}`,
		.../** Of what knows every place. */ ('latitude' in feed &&
		feed.latitude === null &&
		wanted.place !== null
			? [`--latitude ${wanted.place.latitude} --longitude ${wanted.place.longitude}`]
			: []),
	];
	return new ConfigError(
		`${when} the cache does not have all of it; fetch it (${words.join(' ')}), or give a pace to follow it as it is now`,
	);
}

/** They give what is now, and nothing of before. */
const KEEP_NO_PAST: readonly Feed['type'][] = ['http', 'nats', 'mqtt', 'csv'];
const FILES = '`source: file` or `type: trace`; gridbeat record makes one';

const FLAGS: Partial<Record<FeedQuantity, string>> = {
	carbon: '--carbon',
	'marginal-carbon': '--marginal-carbon',
	price: '--price',
};

function asked(feed: Feed, { quantity }: FeedWanted): string {
	// Its keys in a file of theirs.
	const word = feedWord(feed) ?? 'feed.yaml';
	const text = /[\s"'$`(){}]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word;
	const flag = FLAGS[quantity];
	return flag === undefined ? `${text} --quantity ${quantity}` : `${flag} ${text}`;
}

/** A feed as flags have it; null for one with keys that no word has. */
export function feedWord(feed: Feed): string | null {
	const head = headOf(feed);
	if (head === null) return null;
	const usual = FeedKeys.parse(parseFeed(head, 'a feed')) as Record<string, unknown>;
	const { every: _, bounds: __, staleness: ___, ...keys } = feed;
	const more = Object.entries(keys).filter(([key, value]) => value !== usual[key]);
	const word = [head, ...more.map(([key, value]) => `${key}=${String(value)}`)].join(' ');
	try {
		FeedKeys.parse(parseFeed(word, 'a feed'));
		return word;
	} catch {
		return null;
	}
}

function headOf(feed: Feed): string | null {
	switch (feed.type) {
		case 'electricitymaps':
		case 'energy-charts':
		case 'entsoe':
			return `${feed.type}:${feed.zone}`;
		case 'watttime':
			return `watttime:${feed.region}:${feed.signal}`;
		case 'uk':
			return feed.region === null ? 'uk' : `uk:${feed.region}`;
		case 'open-meteo':
			return 'open-meteo';
		case 'eia':
			return `eia:${feed.respondent}`;
		case 'prometheus':
			return `prometheus:${feed.url} ${feed.query}`;
		default:
			return null;
	}
}
