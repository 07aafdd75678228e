import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { canonicalJson, sha256 } from '../../kernel/files/canonical.ts';
import { lockFolder } from '../../kernel/files/folder-lock.ts';
import { readInputText } from '../../kernel/files/input-file.ts';
import { makeFolders, writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { FeedQuantity } from '../../protocol/signals.ts';
import type { FeedPoint, FeedSpan, FeedWanted, RangeAnswer } from './feed.ts';
import { recordingColumn, TIME_COLUMN } from './recording-format.ts';

/** What of a feed decides its values: not how often it is asked, and not what holds when it falls silent. */
export interface CacheKey {
	/** The feed by its keys. */
	readonly feed: { readonly type: string };
	readonly quantity: FeedQuantity;
}

/** A span that a feed was asked for, and when, where and by whom. */
const CachedSpan = z.strictObject({
	fromMs: z.int(),
	untilMs: z.int(),
	fetchedAt: z.string(),
	by: z.string(),
	from: z.string(),
});
type CachedSpan = z.infer<typeof CachedSpan>;

/** Where the values beside it are from. */
const Provenance = z.strictObject({
	feed: z.looseObject({ type: z.string() }),
	quantity: FeedQuantity,
	unit: z.string(),
	/** How long one value holds, ms; null where that varies. */
	stepMs: z.int().positive().nullable(),
	/** Whom to name, as the licence requires. */
	attribution: z.string(),
	notes: z.array(z.string()),
	spans: z.array(CachedSpan),
});
type Provenance = z.infer<typeof Provenance>;

/** What the cache has for a span. */
export interface CachedSeries extends Provenance {
	/** Of all that is kept, in order of time. */
	readonly points: readonly Pick<FeedPoint, 'fromMs' | 'value'>[];
}

const VALUES_FILE = 'values.csv';
const PROVENANCE_FILE = 'provenance.json';

/**
 * Values of feeds of past spans, kept for runs to come: a folder for each feed and quantity, with a recording (`values.csv`, which runs also read as
 * a file) and where it is from (`provenance.json`). Only what came to be is kept, and nothing is asked again unless somebody says so.
 */
export class FeedCache {
	private readonly folder: string;

	constructor(folder: string) {
		this.folder = folder;
	}

	/** The file with the values of a feed, whether it is there or not. */
	file(key: CacheKey): string {
		return join(this.folderOf(key), VALUES_FILE);
	}

	/**
	 * What is kept of a feed, if a span is kept whole; else null.
	 *
	 * @throws ConfigError for files that are broken
	 */
	read(key: CacheKey, span: FeedSpan): CachedSeries | null {
		const series = this.all(key);
		return series !== null && missingOf(series.spans, span).length === 0 ? series : null;
	}

	/** The parts of a span that are not kept. @throws ConfigError for files that are broken */
	missing(key: CacheKey, span: FeedSpan): FeedSpan[] {
		return missingOf(this.all(key)?.spans ?? [], span);
	}

	/**
	 * Keeps what a feed gave for a span, as far as it came to be. Of values that are there already the new ones count.
	 *
	 * @returns until when it is kept, epoch ms; null: nothing was known of it
	 * @throws ConfigError where nothing can be written, or somebody else does
	 */
	add(
		key: CacheKey,
		span: FeedSpan,
		answer: RangeAnswer,
		about: { readonly by: string; readonly nowMs: number; readonly stepMs: number | null },
	): number | null {
		const known = answer.points.filter(({ isForecast }) => !isForecast);
		const last = known.at(-1);
		if (last === undefined) return null;
		const untilMs = Math.min(
			...[span.untilMs, about.nowMs, answer.heldFromMs ?? Number.POSITIVE_INFINITY],
			last.fromMs + (about.stepMs ?? 0),
		);
		if (untilMs <= span.fromMs) return null;
		const folder = this.folderOf(key);
		makeFolders(folder);
		const lock = lockFolder(folder, `backfill of ${key.feed.type}`, { name: 'cache.lock' });
		try {
			const before = this.all(key);
			const byTime = new Map(before?.points.map((point) => [point.fromMs, point.value]));
			for (const { fromMs, value } of known) byTime.set(fromMs, value);
			const { unit, attribution, notes, from } = answer;
			const fetchedAt = new Date(answer.receivedAtMs).toISOString();
			const spans = withSpan(before?.spans ?? [], {
				...{ fromMs: span.fromMs, untilMs, fetchedAt, by: about.by, from },
			});
			const { feed, quantity } = key;
			const provenance: Provenance = {
				...{ feed, quantity, unit, stepMs: about.stepMs, attribution, notes: [...notes], spans },
			};
			write(folder, provenance, byTime);
			return untilMs;
		} finally {
			lock.release();
		}
	}

	private folderOf({ feed, quantity }: CacheKey): string {
		const { baseUrl: _, type, ...keys } = feed as Record<string, unknown>;
		const words = [type, ...Object.values(keys), quantity].filter(
			(word) => typeof word === 'string' && /^[\w.-]{1,30}$/.test(word),
		);
		const hash = sha256(canonicalJson({ feed, quantity })).slice(0, 8);
		return join(this.folder, `${words.join('-')}-${hash}`);
	}

	private all(key: CacheKey): CachedSeries | null {
		const folder = this.folderOf(key);
		const path = join(folder, PROVENANCE_FILE);
		if (!existsSync(path)) return null;
		try {
			const said = Provenance.parse(JSON.parse(readInputText(path)), PLAINLY);
			const [header, ...rows] = readInputText(join(folder, VALUES_FILE)).trimEnd().split('\n');
			const expected = `${TIME_COLUMN},${recordingColumn(said.quantity, said.unit)}`;
			if (header !== expected) throw new Error(`its columns are not "${expected}"`);
			return { ...said, points: rows.map(pointOf) };
		} catch (error) {
			throw new ConfigError(
				`Cannot use what is kept in "${folder}": ${messageOf(error).split('\n')[0]}; remove that folder`,
			);
		}
	}
}

function pointOf(row: string): Pick<FeedPoint, 'fromMs' | 'value'> {
	const [time = '', value = ''] = row.split(',');
	const point = { fromMs: Date.parse(time), value: value === '' ? Number.NaN : Number(value) };
	if (!Number.isFinite(point.fromMs) || !Number.isFinite(point.value))
		throw new Error(`"${row}" is no row`);
	return point;
}

/** First the values: whoever finds the provenance of a span finds its values too. */
function write(folder: string, provenance: Provenance, byTime: ReadonlyMap<number, number>): void {
	const rows = [...byTime]
		.sort(([a], [b]) => a - b)
		.map(([fromMs, value]) => `${new Date(fromMs).toISOString()},${value}\n`);
	const header = `${TIME_COLUMN},${recordingColumn(provenance.quantity, provenance.unit)}\n`;
	writeWhole(join(folder, VALUES_FILE), header + rows.join(''), { durable: true });
	const text = `${JSON.stringify(provenance, null, '\t')}\n`;
	writeWhole(join(folder, PROVENANCE_FILE), text, { durable: true });
}

/** The spans with a new one in the place of what it covers. */
function withSpan(spans: readonly CachedSpan[], added: CachedSpan): CachedSpan[] {
	const kept = spans.flatMap((span) => [
		{ ...span, untilMs: Math.min(span.untilMs, added.fromMs) },
		{ ...span, fromMs: Math.max(span.fromMs, added.untilMs) },
	]);
	return [...kept.filter(({ fromMs, untilMs }) => fromMs < untilMs), added].sort(
		(a, b) => a.fromMs - b.fromMs,
	);
}

function missingOf(spans: readonly FeedSpan[], { fromMs, untilMs }: FeedSpan): FeedSpan[] {
	const missing: FeedSpan[] = [];
	let atMs = fromMs;
	for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
		if (span.untilMs <= atMs) continue;
		if (span.fromMs >= untilMs) break;
		if (span.fromMs > atMs) missing.push({ fromMs: atMs, untilMs: span.fromMs });
		atMs = span.untilMs;
	}
	return atMs < untilMs ? [...missing, { fromMs: atMs, untilMs }] : missing;
}

/** Of a feed, what decides its values. */
export function cacheKey(feed: { readonly type: string }, quantity: FeedQuantity): CacheKey {
	const { every: _, bounds: __, staleness: ___, ...keys } = feed as Record<string, unknown>;
	// As it comes out of a file again.
	return { feed: JSON.parse(JSON.stringify(keys)) as { type: string }, quantity };
}

/** The key of what is wanted of a feed: the place is the user's where the feed names none. */
export function keyOf(feed: { readonly type: string }, { quantity, place }: FeedWanted): CacheKey {
	const isPlaced = (feed as { readonly latitude?: number | null }).latitude === null;
	return cacheKey(isPlaced ? { ...feed, ...place } : feed, quantity);
}

/** Where the values of feeds are kept, by the environment: below GRIDBEAT_CACHE, else the user's cache. */
export function feedCacheFolder(env: Readonly<Record<string, string | undefined>>): string {
	const own = env['GRIDBEAT_CACHE'];
	if (own) return join(own, 'feeds');
	return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || '.', '.cache'), 'gridbeat', 'feeds');
}
