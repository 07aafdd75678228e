import { messageOf } from '../../../protocol/errors.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { type FeedEnv, FeedError, type FeedSpan, type LiveFeed } from '../feed.ts';
import { answerOf } from './answer.ts';
import { type CsvKeys, type CsvLayout, csvLayout, csvReading, isRow } from './csv-lines.ts';
import { type Appended, FileTail } from './file-tail.ts';
import {
	isMissing,
	type Reading,
	type Readings,
	readingsOf,
	type TimeKeys,
	timeReader,
} from './readings.ts';

export interface CsvTailOptions {
	/** For messages. */
	readonly name: string;
	readonly quantity: FeedQuantity;
	readonly path: string;
	readonly keys: CsvKeys & TimeKeys;
	readonly env: FeedEnv;
	/** A poll waits so long for a row, ms. */
	readonly quietMs: number;
}

const EVERY_MS = 1_000;
/** How often the file is looked at while a poll waits. */
const LOOK_MS = 500;

/**
 * A CSV that somebody appends to. A poll waits until a row is there, and fails when none comes for too long. The file may be put
 * aside and begun anew, with a header or without, be cut short, and end in the midst of a line.
 *
 * @throws ConfigError for a time zone that there is not
 */
export function csvTailFeed(options: CsvTailOptions): LiveFeed {
	const { name, path, env, quietMs } = options;
	const tail = new FileTail(path);
	const rows = new Rows(options);
	return {
		name,
		everyMs: EVERY_MS,
		stepMs: null,
		async poll(_nowMs, signal) {
			const untilMs = env.nowMs() + quietMs;
			for (;;) {
				signal.throwIfAborted();
				const found = rows.take(await appended(tail, options), env.nowMs());
				if (found !== null) return answerOf(...found, { receivedAtMs: env.nowMs() });
				if (env.nowMs() >= untilMs) break;
				await env.sleep(Math.min(LOOK_MS, quietMs), signal);
			}
			throw new FeedError(`Cannot read ${name}: no row came within ${quietMs / 1000} s`, {
				kind: 'failed',
			});
		},
		async range(span) {
			const whole = new FileTail(path, Number.POSITIVE_INFINITY);
			try {
				const found = new Rows(options).take(
					await appended(whole, options),
					Number.POSITIVE_INFINITY,
				);
				if (found === null)
					throw new FeedError(`Cannot read ${name}: it has no rows`, { kind: 'failed' });
				const [about, readings] = found;
				const points = within(readings, span);
				return {
					...answerOf(about, { ...readings, points }, { receivedAtMs: env.nowMs() }),
					heldFromMs: null,
				};
			} finally {
				await whole.close();
			}
		},
		close: () => tail.close(),
	};
}

async function appended(tail: FileTail, { name }: CsvTailOptions): Promise<Appended[]> {
	try {
		return await tail.read();
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		const reason = code === 'ENOENT' ? 'there is no such file' : messageOf(error);
		throw new FeedError(`Cannot read ${name}: ${reason}`, { kind: 'failed' });
	}
}

/** The lines of a file, of which the first says what the others are. */
class Rows {
	private layout: CsvLayout | null = null;
	/** The first line of a file is still to come. */
	private isAtStart = true;
	private readonly options: CsvTailOptions;
	private readTime: ReturnType<typeof timeReader>;

	constructor(options: CsvTailOptions) {
		this.options = options;
		this.readTime = timeReader(options.keys);
	}

	/** What the lines hold; null: nothing at all. @throws FeedError for a header that is none */
	take(
		parts: readonly Appended[],
		nowMs: number,
	): [Parameters<typeof answerOf>[0], Readings] | null {
		const readings: Reading[] = [];
		const broken: string[] = [];
		for (const { lines, isNew } of parts) {
			this.isAtStart ||= isNew;
			for (const line of lines) {
				if (line.trim() === '' || (this.isAtStart && this.isHeader(line))) continue;
				const reading = csvReading(line, this.layout as CsvLayout);
				if (typeof reading === 'string') broken.push(reading);
				else if (!isMissing(reading.value)) readings.push(reading);
			}
		}
		if (this.layout === null || readings.length + broken.length === 0) return null;
		const { rule } = this.layout;
		const found = readingsOf(readings, rule, this.readTime, nowMs);
		const { name, quantity, path } = this.options;
		return [
			{ name, quantity, rule, from: path },
			{ ...found, refused: found.refused + broken.length, why: found.why ?? broken[0] ?? null },
		];
	}

	/** Of the first line of a file; a file that goes on without a header is read by the last one. */
	private isHeader(line: string): boolean {
		const { keys, name, quantity } = this.options;
		const isNone = this.layout !== null && isRow(line, this.layout, timeReader(keys));
		if (!isNone) this.layout = csvLayout(line, keys, name, quantity);
		this.isAtStart = false;
		return !isNone;
	}
}

/** The points of a span, from the one that holds at its start on. */
function within({ points }: Readings, { fromMs, untilMs }: FeedSpan): Readings['points'] {
	const first = Math.max(
		points.findLastIndex((point) => point.fromMs <= fromMs),
		0,
	);
	return points.slice(first).filter((point) => point.fromMs < untilMs);
}
