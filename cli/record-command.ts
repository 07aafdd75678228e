import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import type { FeedWanted, LiveFeed } from '../feeds/live/feed.ts';
import { openFeed } from '../feeds/live/open-feed.ts';
import { type PollerStatus, startPoller } from '../feeds/live/poller.ts';
import { Recording } from '../feeds/live/recording.ts';
import { systemFeedEnv } from '../feeds/live/system-env.ts';
import { EXIT, version } from '../kernel/host/program.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import { Feed } from '../protocol/scenario/feed.ts';
import { parseFeed } from '../protocol/scenario/feed-text.ts';
import { parseNumber } from '../protocol/scenario/text.ts';
import { FeedQuantity } from '../protocol/signals.ts';
import { onInterruptions } from './interruptions.ts';

interface PlaceOptions {
	readonly latitude?: string;
	readonly longitude?: string;
}

interface RecordOptions extends PlaceOptions {
	readonly out: string;
	readonly quantity?: FeedQuantity;
	readonly for?: string;
}

/** Adds `gridbeat record`; `set` takes the exit code. */
export function addRecord(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('record')
		.description('append what a live feed gives to a file, which runs read like any other')
		.argument(
			'<feed>',
			'in a word, such as electricitymaps:DE or "mqtt://host/site/pv power_W unit=kW", or a YAML file with its keys',
		)
		.requiredOption('--out <file>', 'CSV file; one that is there is gone on with')
		.addOption(quantityOption())
		.option('--latitude <degrees>', 'of feeds that know every place, degrees north')
		.option('--longitude <degrees>', 'degrees east')
		.option('--for <time>', 'how long, such as 24h; default: until it is interrupted')
		.action((text: string, options: RecordOptions) => set(record(text, options)));
}

/** `--quantity`, for feeds that carry anything. */
export function quantityOption(): Option {
	return new Option(
		'--quantity <name>',
		'what its values are; default: as the feed is known for',
	).choices(FeedQuantity.options);
}

async function record(text: string, options: RecordOptions): Promise<number> {
	const keys = readFeed(text);
	const wanted = wantedOf(keys, options);
	const env = systemFeedEnv();
	const feed = await openFeed(keys, wanted, env);
	const out = resolve(options.out);
	const about = { feed: keys, by: `gridbeat ${version()}` };
	const recording = new Recording(out, about, new Date(env.nowMs()).toISOString());
	const limitMs = options.for === undefined ? null : parseDuration(options.for, '--for') / 1000;
	process.stderr.write(`recording ${feed.name} in ${options.out}\n`);
	const status = await untilEnd(feed, recording, limitMs);
	const { answers, unchanged, failures, lastError } = status;
	process.stderr.write(
		`recorded ${feed.name}: ${answers} answers, ${unchanged} unchanged, ${failures} failed polls\n`,
	);
	// Nothing at all was heard of it: whoever starts this from a script must see that.
	if (answers + unchanged > 0) return EXIT.done;
	process.stderr.write(`${lastError ?? `Cannot record ${feed.name}: nothing came`}\n`);
	return EXIT.failed;
}

/** Polls until it is interrupted, the time is over, or the file cannot be written. */
async function untilEnd(
	feed: LiveFeed,
	recording: Recording,
	limitMs: number | null,
): Promise<PollerStatus> {
	const stopper = new AbortController();
	const forget = onInterruptions(() => stopper.abort());
	let broken: unknown = null;
	let failed: string | null = null;
	const env = systemFeedEnv();
	const poller = startPoller({
		...{ feed, env },
		onAnswer: (answer) => {
			try {
				const { rows, revised } = recording.add(answer);
				const last = answer.points.findLast(({ isForecast }) => !isForecast);
				const value = last === undefined ? '' : `, the last ${last.value} ${answer.unit}`;
				const also = revised === 0 ? '' : `; ${revised} were revised, the first are kept`;
				process.stderr.write(`${rows} values${value}${also}\n`);
				for (const note of answer.notes) process.stderr.write(`note: ${note}\n`);
			} catch (error) {
				broken = error;
				stopper.abort();
			}
		},
		onStatus: ({ lastError }) => {
			if (lastError !== null && lastError !== failed) process.stderr.write(`${lastError}\n`);
			failed = lastError;
		},
	});
	try {
		await new Promise<void>((done) => {
			stopper.signal.addEventListener('abort', () => done());
			if (limitMs !== null) void env.sleep(limitMs, stopper.signal).then(done, () => {});
		});
	} finally {
		forget();
		await poller.stop();
	}
	stopper.abort();
	if (broken !== null) throw broken;
	return poller.status();
}

/**
 * A feed in a word, or the keys of one in a YAML file.
 *
 * @throws ConfigError for what is none
 */
export function readFeed(text: string): Feed {
	const isFile = /\.ya?ml$/i.test(text);
	const keys: unknown = isFile ? readYaml(text) : parseFeed(text, 'the feed');
	const parsed = Feed.safeParse(fromHere(keys), PLAINLY);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
	throw new ConfigError(`Cannot use the feed "${text}": ${where}${issue?.message}`);
}

function readYaml(path: string): unknown {
	try {
		return parse(readFileSync(path, 'utf8')) as unknown;
	} catch (error) {
		throw new ConfigError(`Cannot read the feed "${path}": ${messageOf(error).split('\n')[0]}`);
	}
}

/** Paths are relative to the current folder. */
function fromHere(keys: unknown): unknown {
	if (typeof keys !== 'object' || keys === null || !('path' in keys)) return keys;
	return typeof keys.path === 'string' ? { ...keys, path: resolve(keys.path) } : keys;
}

/**
 * What is to be known of a feed: what was asked for, else what it is known for.
 *
 * @throws ConfigError for a source of anything that says nothing of its values, and half a place
 */
export function wantedOf(
	feed: Feed,
	options: PlaceOptions & { readonly quantity?: FeedQuantity },
): FeedWanted {
	const quantity = options.quantity ?? usualQuantity(feed);
	if (quantity === null)
		throw new ConfigError(
			`Cannot tell what a feed of type "${feed.type}" gives: say it by --quantity, such as power`,
		);
	const { latitude, longitude } = options;
	if ((latitude === undefined) !== (longitude === undefined))
		throw new ConfigError('Cannot use one of --latitude and --longitude alone: give both');
	const place =
		latitude === undefined || longitude === undefined
			? null
			: {
					latitude: parseNumber(latitude, '--latitude'),
					longitude: parseNumber(longitude, '--longitude'),
				};
	return { quantity, place };
}

function usualQuantity(feed: Feed): FeedQuantity | null {
	switch (feed.type) {
		case 'electricitymaps':
		case 'uk':
		case 'energy-charts':
		case 'eia':
			return 'carbon';
		case 'watttime':
			return feed.signal === 'index'
				? 'carbon-index'
				: feed.signal === 'co2_aoer'
					? 'carbon'
					: 'marginal-carbon';
		case 'entsoe':
			return 'price';
		case 'open-meteo':
			return 'irradiance';
		default:
			if (feed.kind === null) return null;
			return feed.kind === 'average' ? 'carbon' : 'marginal-carbon';
	}
}
