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
	{ feed, quantity, place, following }: Followed,
	{ name, propose }: Pick<ActorEnv, 'name' | 'propose'>,
	{ startEpochMs, keepUs = 0, convert = (points) => points }: Taking,
): Follower {
	const hearing = { times: following.times, startEpochMs, keepUs };
	// For the poller alone: what was lost on its way is proposed again.
	const acted = { receivedAtMs: Number.NEGATIVE_INFINITY };
	return {
		takes: { signals: [quantity] },
		init: nothingHeard,
		command(state, atUs, command) {
			if (command.type !== 'signal') return;
			acted.receivedAtMs = command.receivedAtMs;
			if (command.heard === 'failure') return;
			const points = convert(command.points);
			hear(state, atUs, { points, receivedAtMs: command.receivedAtMs }, hearing);
		},
		async attend(): Promise<Attendant> {
			const { attendFeed } = await import('../feeds/live/attend-feed.ts');
			return attendFeed(feed, {
				wanted: { quantity, place },
				say: (word) => propose?.({ type: 'signal', actor: name, ...word } satisfies SignalCommand),
				hasActed: (receivedAtMs) => acted.receivedAtMs >= receivedAtMs,
			});
		},
	};
}
