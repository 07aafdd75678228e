import { type Command, Option } from 'commander';
import { DateTime } from 'luxon';
import type { FeedSpan, FeedWanted } from '../feeds/live/feed.ts';
import { FeedCache, feedCacheFolder, keyOf } from '../feeds/live/feed-cache.ts';
import { openFeed } from '../feeds/live/open-feed.ts';
import { systemFeedEnv } from '../feeds/live/system-env.ts';
import { EXIT, version } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Feed } from '../protocol/scenario/feed.ts';
import type { FeedQuantity } from '../protocol/signals.ts';
import { onInterruptions } from './interruptions.ts';
import { quantityOption, readFeed, wantedOf } from './record-command.ts';

interface BackfillOptions {
	readonly carbon?: string;
	readonly marginalCarbon?: string;
	readonly price?: string;
	readonly quantity?: FeedQuantity;
	readonly latitude?: string;
	readonly longitude?: string;
	readonly from: string;
	readonly until?: string;
	readonly timezone: string;
	readonly refresh?: boolean;
}

/** Adds `gridbeat backfill`; `set` takes the exit code. */
export function addBackfill(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	gridbeat
		.command('backfill')
		.description('fetch past values of feeds into the cache: runs use them without asking again')
		.argument('[feed]', 'in a word, such as watttime:CAISO_NORTH, or a YAML file with its keys')
		.option('--carbon <feed>', 'its average intensity, such as electricitymaps:DE')
		.option('--marginal-carbon <feed>', 'its marginal intensity, such as watttime:CAISO_NORTH')
		.option('--price <feed>', 'its prices, such as energy-charts:DE-LU')
		.addOption(quantityOption())
		.option('--latitude <degrees>', 'of feeds that know every place, degrees north')
		.option('--longitude <degrees>', 'degrees east')
		.requiredOption('--from <time>', 'start of the span, such as 2026-01-01')
		.option('--until <time>', 'its end; default: now')
		.option('--timezone <zone>', 'of times without an offset, such as Europe/Berlin', 'UTC')
		.addOption(new Option('--refresh', 'fetch again what is there'))
		.action((text: string | undefined, options: BackfillOptions) => set(backfill(text, options)));
}

interface Job {
	readonly feed: Feed;
	readonly wanted: FeedWanted;
	/** The flag of a run that takes the file. */
	readonly flag: string | null;
}

async function backfill(text: string | undefined, options: BackfillOptions): Promise<number> {
	const jobs = jobsOf(text, options);
	const nowMs = Date.now();
	const fromMs = instant(options.from, '--from', options.timezone);
	const untilMs =
		options.until === undefined
			? nowMs
			: Math.min(instant(options.until, '--until', options.timezone), nowMs);
	if (fromMs >= untilMs)
		throw new ConfigError(
			`Cannot backfill from ${iso(fromMs)} to ${iso(untilMs)}: the span is empty; what is to come cannot be fetched`,
		);
	const stopper = new AbortController();
	const forget = onInterruptions(() => stopper.abort());
	try {
		for (const job of jobs)
			await fetchInto(job, { fromMs, untilMs }, options.refresh === true, stopper.signal);
	} finally {
		forget();
	}
	return EXIT.done;
}

function jobsOf(text: string | undefined, options: BackfillOptions): Job[] {
	const named: [string | undefined, FeedQuantity | undefined, string | null][] = [
		[text, options.quantity, null],
		[options.carbon, 'carbon', '--carbon'],
		[options.marginalCarbon, 'marginal-carbon', '--marginal-carbon'],
		[options.price, 'price', '--price'],
	];
	const jobs = named.flatMap(([feedText, quantity, flag]) => {
		if (feedText === undefined) return [];
		const feed = readFeed(feedText);
		const { latitude, longitude } = options;
		const given = { latitude, longitude, quantity };
		const known = Object.entries(given).filter(([, value]) => value !== undefined);
		return [{ feed, wanted: wantedOf(feed, Object.fromEntries(known)), flag }];
	});
	if (jobs.length > 0) return jobs;
	throw new ConfigError(
		'Cannot backfill nothing: name a feed, such as --carbon electricitymaps:DE',
	);
}

async function fetchInto(
	{ feed, wanted, flag }: Job,
	span: FeedSpan,
	isRefreshed: boolean,
	signal: AbortSignal,
): Promise<void> {
	const cache = new FeedCache(feedCacheFolder(process.env));
	const key = keyOf(feed, wanted);
	const parts = isRefreshed ? [span] : cache.missing(key, span);
	const say = (line: string) => void process.stderr.write(`${line}\n`);
	// Nothing is asked, so no key is needed.
	const live = parts.length === 0 ? null : await openFeed(feed, wanted, systemFeedEnv());
	if (live !== null && live.range === undefined)
		throw new ConfigError(
			`Cannot backfill ${live.name}: it keeps no past; record it as it comes, by gridbeat record`,
		);
	try {
		for (const part of parts) {
			const answer = await live?.range?.(part, signal);
			if (live === null || answer === undefined) continue;
			const about = { by: `gridbeat ${version()}`, nowMs: Date.now(), stepMs: live.stepMs };
			const untilMs = cache.add(key, part, answer, about);
			const to = untilMs === null ? 'nothing' : `${iso(part.fromMs)} to ${iso(untilMs)}`;
			say(
				`${live.name}: ${to}${untilMs !== null && untilMs < part.untilMs ? ', more is not known yet' : ''}`,
			);
			for (const note of answer.notes) say(`note: ${note}`);
		}
	} finally {
		await live?.close?.();
	}
	if (parts.length === 0) say(`${feed.type}: it is all there`);
	const file = cache.file(key);
	process.stdout.write(`${file}\n`);
	if (flag !== null) say(`use it in a run: ${flag} file:${file}`);
}

function instant(text: string, what: string, zone: string): number {
	const found = DateTime.fromISO(text, { zone });
	if (found.isValid) return found.toMillis();
	throw new ConfigError(
		`Cannot use ${what} "${text}": it is no time; write such as 2026-01-01 or 2026-01-01T06:00`,
	);
}

function iso(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
