import { ConfigError } from '../../protocol/errors.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import { withinBounds } from './bounds.ts';
import type { FeedEnv, FeedWanted, LiveFeed } from './feed.ts';
import { onlyNews } from './only-news.ts';
import type { SourceFeed } from './sources/open-source.ts';

type Opener<Type> = (
	feed: Extract<Feed, { type: Type }>,
	wanted: FeedWanted,
	env: FeedEnv,
) => Promise<LiveFeed>;

const openSource = async (feed: SourceFeed, wanted: FeedWanted, env: FeedEnv) =>
	(await import('./sources/open-source.ts')).openSource(feed, wanted, env);

/** How each type of feed is opened. They are loaded when one is: most runs open none, and some need large libraries. */
const OPENERS: { readonly [Type in Feed['type']]: Opener<Type> } = {
	electricitymaps: async (...given) =>
		(await import('./services/electricity-maps.ts')).electricityMaps(...given),
	uk: async (...given) =>
		(await import('./services/uk-carbon-intensity.ts')).ukCarbonIntensity(...given),
	watttime: async (...given) => (await import('./services/watttime.ts')).wattTime(...given),
	'energy-charts': async (...given) =>
		(await import('./services/energy-charts.ts')).energyCharts(...given),
	entsoe: async (...given) => (await import('./services/entsoe.ts')).entsoe(...given),
	'open-meteo': async (...given) => (await import('./services/open-meteo.ts')).openMeteo(...given),
	eia: async (...given) => (await import('./services/eia.ts')).eia(...given),
	prometheus: openSource,
	http: openSource,
	nats: openSource,
	mqtt: openSource,
	csv: openSource,
};

/**
 * Opens a feed of a scenario: whoever polls it (`poller.ts`) or asks for a span gets values within bounds, in the unit in which a
 * run has them, and `unchanged` where nothing is new. Asks nobody yet.
 *
 * @throws ConfigError when a key is not set, the feed has no such quantity, or it may not be asked as often
 */
export async function openFeed(feed: Feed, wanted: FeedWanted, env: FeedEnv): Promise<LiveFeed> {
	const open = OPENERS[feed.type] as Opener<Feed['type']>;
	const opened = await open(feed, wanted, env);
	const everyMs = everyOf(feed, opened);
	const bounded = withinBounds({ ...opened, everyMs }, wanted.quantity, feed.bounds);
	return onlyNews(bounded);
}

function everyOf({ every }: Feed, { name, everyMs, leastEveryMs = everyMs }: LiveFeed): number {
	if (every === null) return everyMs;
	const askedMs = parseDuration(every, 'every') / 1000;
	if (askedMs >= leastEveryMs) return askedMs;
	throw new ConfigError(
		`Cannot ask ${name} every "${every}": it allows no more than every ${leastEveryMs / 1000}s`,
	);
}
