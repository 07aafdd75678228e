import { silentFromUs } from '../../feeds/signal/live.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Follower } from '../resolve/first-answers.ts';

/** How a feed is, as far as the run has heard of it. */
interface Standing {
	heardUs: SimTime | null;
	isFailing: boolean;
	isSilent: boolean;
	values: number;
	unchanged: number;
	failures: number;
}

const HELD = {
	hold: 'its last value holds',
	profile: 'the profile holds',
	fail: 'the run fails',
} as const;

/**
 * Says how the feeds of a run do while it goes on: that one fails, that it has been silent for too long, that it is back, and in the
 * end how often each was heard. Single answers come too often to be said; feeds.csv has them.
 */
export class FeedNews {
	readonly #feeds: readonly { readonly follower: Follower; readonly is: Standing }[];
	readonly #notice: (text: string) => void;

	/** @param before what acted before, of which nothing is said */
	constructor(
		followers: readonly Follower[],
		notice: (text: string) => void,
		before: readonly LoggedCommand[],
	) {
		this.#feeds = followers.map((follower) => ({
			follower,
			is: {
				heardUs: null,
				isFailing: false,
				isSilent: false,
				values: 0,
				unchanged: 0,
				failures: 0,
			},
		}));
		this.#notice = () => {};
		for (const command of before) this.heard(command);
		this.#notice = notice;
	}

	/** A command acts from now on. */
	heard({ fromUs, command }: Pick<LoggedCommand, 'fromUs' | 'command'>): void {
		if (command.type !== 'signal') return;
		const { actor, quantity, heard, notes } = command;
		const found = this.#feeds.find(
			({ follower }) => follower.actor === actor && follower.followed.quantity === quantity,
		);
		if (found === undefined) return;
		const { follower, is } = found;
		if (heard === 'failure') {
			is.failures++;
			if (!is.isFailing)
				this.#say(follower, `fails: ${notes?.[0] ?? 'no reason is known'}`, fromUs);
			is.isFailing = true;
			return;
		}
		if (is.isFailing || is.isSilent) this.#say(follower, 'is back', fromUs);
		if (heard === 'unchanged') is.unchanged++;
		else is.values++;
		Object.assign(is, { heardUs: fromUs, isFailing: false, isSilent: false });
	}

	/** All up to here is simulated. */
	windowDone(untilUs: SimTime): void {
		for (const { follower, is } of this.#feeds) {
			const { following } = follower.followed;
			const silentUs = silentFromUs(is, following);
			if (is.isSilent || silentUs > untilUs) continue;
			is.isSilent = true;
			this.#say(follower, `is silent: ${HELD[following.whenStale]}`, Math.max(0, silentUs));
		}
	}

	/** The run is over. */
	ended(): void {
		for (const { follower, is } of this.#feeds) {
			const { values, unchanged, failures } = is;
			const times = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
			this.#notice(
				`${nameOf(follower)}: ${times(values, 'answer')}, ${unchanged} unchanged, ${times(failures, 'failure')}`,
			);
		}
	}

	#say(follower: Follower, what: string, atUs: SimTime): void {
		this.#notice(`From ${formatSimTime(atUs)} on: ${nameOf(follower)} ${what}`);
	}
}

function nameOf({ actor, followed }: Follower): string {
	return `${actor}: ${followed.following.name}`;
}
