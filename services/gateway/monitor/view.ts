import type { MonitorConfig } from './config.ts';
import { type MonitorSnapshot, snapshotOf } from './snapshot.ts';
import type { MonitorState } from './state.ts';

/** A monitor as others in its process see it: what is monitored, and how it is. */
export interface Monitored {
	readonly config: MonitorConfig;
	/** To be read, at once: the next step changes it in place. */
	readonly state: MonitorState;
}

/**
 * Through this whoever serves a run in its process sees what its monitor remembers. It is made before the run and put into
 * what is outside of the host (`HostOptions.outside`), where the actor finds it.
 */
export class MonitorView {
	#latest: Monitored | null = null;
	#furthest: Monitored | null = null;
	readonly #listeners = new Set<() => void>();

	/** For the actor: it is made, or has gone on. */
	show(monitored: Monitored): void {
		this.#latest = monitored;
		// A run that goes back says the same again: until it has, what has added up does not go down.
		if (monitored.state.untilUs >= (this.#furthest?.state.untilUs ?? 0)) this.#furthest = monitored;
		for (const listener of this.#listeners) listener();
	}

	/** The values of the last step; null: no run has begun. */
	snapshot(): MonitorSnapshot | null {
		return this.#latest === null ? null : snapshotOf(this.#latest);
	}

	/** As far as the run has ever been: sums only grow, also when it goes back to a checkpoint; null: no run has begun. */
	furthest(): Monitored | null {
		return this.#furthest;
	}

	/** Calls back whenever the run has gone on, until the returned function is called. */
	onStep(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => void this.#listeners.delete(listener);
	}
}
