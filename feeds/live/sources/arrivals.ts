import type { FeedEnv } from '../feed.ts';

/** How many are kept for whoever does not come for them: of what is older, nobody needs to know. */
const KEPT_MAX = 10_000;

/** What comes by itself, kept until somebody asks. */
export class Arrivals<Item> {
	private items: Item[] = [];
	private dropped = 0;
	private wake: () => void = () => {};

	put(item: Item): void {
		this.items.push(item);
		if (this.items.length > KEPT_MAX) {
			this.items.shift();
			this.dropped += 1;
		}
		this.wake();
	}

	/** Ends the wait of whoever takes, though nothing has come. */
	disturb(): void {
		this.wake();
	}

	/**
	 * What has come since the last time, once anything has; nothing when that takes longer than `limitMs`.
	 *
	 * @throws the reason of the signal once it aborts
	 */
	async take(
		env: Pick<FeedEnv, 'sleep'>,
		limitMs: number,
		signal: AbortSignal,
	): Promise<{ items: readonly Item[]; dropped: number }> {
		signal.throwIfAborted();
		if (this.items.length === 0) {
			const waiting = new AbortController();
			const stop = AbortSignal.any([signal, waiting.signal]);
			this.wake = () => waiting.abort();
			await env.sleep(limitMs, stop).catch(() => {});
			this.wake = () => {};
			signal.throwIfAborted();
		}
		const taken = { items: this.items, dropped: this.dropped };
		this.items = [];
		this.dropped = 0;
		return taken;
	}
}
