import { messageOf } from '../../../protocol/errors.ts';
import { type FeedEnv, FeedError, type FeedPoint, type LiveFeed } from '../feed.ts';
import { answerOf, documentIn, type Places, pointsIn, type SourceAbout } from './answer.ts';
import { Arrivals } from './arrivals.ts';
import { type Readings, type TimeKeys, timeReader } from './readings.ts';

/** A connection by which messages come. */
export interface Link {
	/** Resolves once it is gone, with why. */
	readonly lost: Promise<FeedError>;
	close(): Promise<void>;
}

/** What comes by it. */
export interface Message {
	readonly payload: Uint8Array;
	/** The broker had it before we came: nobody says since when it holds. */
	readonly isRetained?: boolean;
}

export interface PushedOptions {
	readonly about: SourceAbout;
	readonly places: Places;
	readonly times: TimeKeys;
	readonly env: FeedEnv;
	/** A poll waits so long for a message, ms. */
	readonly quietMs: number;
	/** @throws FeedError */
	connect(receive: (message: Message) => void): Promise<Link>;
}

interface Arrival extends Readings {
	readonly receivedAtMs: number;
	readonly isRetained: boolean;
}

/** Messages closer than this go into one answer. */
const EVERY_MS = 1_000;

/**
 * A source that speaks by itself. A poll is a wait: it ends when something comes, with all that has come since the last one,
 * and fails when nothing does for too long, so that a silence is seen. A connection that is lost is made again by the next poll.
 *
 * @throws ConfigError for a time zone that there is not
 */
export function pushedFeed(options: PushedOptions): LiveFeed {
	const { about, env, quietMs } = options;
	const arrivals = new Arrivals<Arrival>();
	const readTime = timeReader(options.times);
	let link: Link | null = null;
	let lost: FeedError | null = null;
	const receive = ({ payload, isRetained = false }: Message) => {
		const receivedAtMs = env.nowMs();
		arrivals.put({ ...readingsOf(payload, receivedAtMs), receivedAtMs, isRetained });
	};
	const readingsOf = (payload: Uint8Array, nowMs: number): Readings => {
		try {
			const document = documentIn(payload, about.name);
			return pointsIn(document, about, options.places, { readTime, nowMs });
		} catch (error) {
			if (!(error instanceof FeedError)) throw error;
			const why = messageOf(error).replace(`Cannot use what ${about.name} gave: `, '');
			return { points: [], given: null, refused: 1, why };
		}
	};
	const connect = async () => {
		lost = null;
		const made = await options.connect(receive);
		link = made;
		void made.lost.then((reason) => {
			if (link !== made) return;
			[link, lost] = [null, reason];
			arrivals.disturb();
		});
	};
	return {
		name: about.name,
		everyMs: EVERY_MS,
		stepMs: null,
		async poll(_nowMs, signal) {
			// What came before it was lost is not lost with it.
			if (link === null && lost === null) await connect();
			const { items, dropped } = await arrivals.take(env, lost === null ? quietMs : 0, signal);
			if (items.length === 0) {
				const reason = lost;
				lost = null;
				throw reason ?? silent(about.name, quietMs);
			}
			return answerOf(about, merged(items), {
				receivedAtMs: items.at(-1)?.receivedAtMs ?? env.nowMs(),
				notes: [
					...(dropped === 0 ? [] : [`${dropped} messages were dropped, too many came at once`]),
					...(items.some(({ isRetained }) => isRetained)
						? ['the broker kept a value from before: since when it holds is not known']
						: []),
				],
			});
		},
		async close() {
			const made = link;
			link = null;
			await made?.close();
		},
	};
}

function silent(name: string, quietMs: number): FeedError {
	return new FeedError(`Cannot hear from ${name}: nothing came within ${quietMs / 1000} s`, {
		kind: 'failed',
	});
}

/** Of two values for one time the later message has the word. */
function merged(items: readonly Arrival[]): Readings {
	const byTime = new Map<number, FeedPoint>();
	for (const { points } of items) for (const point of points) byTime.set(point.fromMs, point);
	return {
		points: [...byTime.values()].sort((a, b) => a.fromMs - b.fromMs),
		given: items.findLast(({ given }) => given !== null)?.given ?? null,
		refused: items.reduce((sum, { refused }) => sum + refused, 0),
		why: items.find(({ why }) => why !== null)?.why ?? null,
	};
}
