import type { Followed } from '../feeds/signal/followed.ts';
import type { HeardPoint, LiveState } from '../feeds/signal/live.ts';
import { hear, nothingHeard } from '../feeds/signal/live.ts';
import type { ActorEnv, Attendant, TimeActor } from '../kernel/actor/contract.ts';
import type { SignalCommand } from '../protocol/commands.ts';
import type { SimTime } from '../protocol/time.ts';

/** What of an actor follows a feed. */
type Follower = Required<Pick<TimeActor<LiveState>, 'takes' | 'init' | 'command' | 'attend'>>;

/** How an actor takes what comes. */
export interface Taking {
	/** Time 0 of the run in the calendar, milliseconds since 1970. */
	readonly startEpochMs: number;
	/** What is over is kept for so long; left out: not at all. */
	readonly keepUs?: SimTime;
	/** What the actor remembers instead of the feed's own values; left out: those. */
	readonly convert?: (points: readonly HeardPoint[]) => readonly HeardPoint[];
}

/** The parts of an actor by which it follows a feed: its state is what it has heard of it, and a poller runs beside it. */
export function followingOf(
	followed: Followed,
	env: Pick<ActorEnv, 'name' | 'propose'>,
	{ startEpochMs, keepUs = 0, convert = (points) => points }: Taking,
): Follower {
	const hearing = { times: followed.following.times, startEpochMs, keepUs };
	const beside = poller(followed, env);
	return {
		takes: { signals: [followed.quantity] },
		init: nothingHeard,
		command(state, atUs, command) {
			if (command.type !== 'signal' || !beside.counts(command)) return;
			const points = convert(command.points);
			hear(state, atUs, { points, receivedAtMs: command.receivedAtMs }, hearing);
		},
		attend: beside.attend,
	};
}

/** What an actor has heard of several feeds, a series each or more, by their names. */
export interface HeardSeries {
	readonly [series: string]: LiveState;
}

/** One of several feeds that an actor follows; no two give the same quantity. */
export interface FollowedSeries {
	readonly followed: Followed;
	/** The series that its values become. */
	readonly series: readonly string[];
	/**
	 * What is remembered of its values, by series; without any, that it still says the same. Left out: they themselves, in the only
	 * series.
	 *
	 * @param isFirst whether nothing is remembered yet
	 */
	readonly convert?: (
		points: readonly HeardPoint[],
		isFirst: boolean,
	) => Readonly<Record<string, readonly HeardPoint[]>>;
}

/** The parts of an actor by which it follows several feeds, each with a poller of its own. */
export function followingAll(
	all: readonly FollowedSeries[],
	env: Pick<ActorEnv, 'name' | 'propose'>,
	{ startEpochMs }: Pick<Taking, 'startEpochMs'>,
): Required<Pick<TimeActor<HeardSeries>, 'takes' | 'init' | 'command' | 'attend'>> {
	const feeds = all.map((one) => ({ ...one, beside: poller(one.followed, env) }));
	return {
		takes: { signals: all.map(({ followed }) => followed.quantity) },
		init: () =>
			Object.fromEntries(
				all.flatMap(({ series }) => series.map((name) => [name, nothingHeard()] as const)),
			),
		command(state, atUs, command) {
			if (command.type !== 'signal') return;
			const { quantity, points, receivedAtMs } = command;
			const feed = feeds.find(({ followed }) => followed.quantity === quantity);
			if (feed === undefined || !feed.beside.counts(command)) return;
			const [only = ''] = feed.series;
			const isFirst = state[only]?.timesUs.length === 0;
			const taken = feed.convert?.(points, isFirst) ?? { [only]: points };
			const { times } = feed.followed.following;
			for (const name of feed.series) {
				const heard = { points: taken[name] ?? [], receivedAtMs };
				hear(state[name] as LiveState, atUs, heard, { times, startEpochMs, keepUs: 0 });
			}
		},
		async attend(): Promise<Attendant> {
			const begun = await Promise.all(feeds.map(({ beside }) => beside.attend()));
			return { end: async () => void (await Promise.all(begun.map((one) => one.end()))) };
		},
	};
}

/** What runs beside an actor for one of its feeds. */
function poller(
	{ feed, quantity, place, past }: Followed,
	{ name, propose }: Pick<ActorEnv, 'name' | 'propose'>,
) {
	// For the poller alone: what was lost on its way is proposed again.
	const acted = { receivedAtMs: Number.NEGATIVE_INFINITY };
	return {
		/** Notes that a word of it acts. @returns whether it changes anything */
		counts({ receivedAtMs, heard }: Pick<SignalCommand, 'receivedAtMs' | 'heard'>): boolean {
			acted.receivedAtMs = receivedAtMs;
			return heard !== 'failure';
		},
		async attend(): Promise<Attendant> {
			if (past !== undefined) return { end: async () => {} };
			const { attendFeed } = await import('../feeds/live/attend-feed.ts');
			return attendFeed(feed, {
				wanted: { quantity, place },
				say: (word) => propose?.({ type: 'signal', actor: name, ...word } satisfies SignalCommand),
				hasActed: (receivedAtMs) => acted.receivedAtMs >= receivedAtMs,
			});
		},
	};
}
