import type { ClockAnchor } from '../../protocol/pace.ts';
import type { SimTime } from '../../protocol/time.ts';

/**
 * What simulated time it is outside: the run's windows begin by the same anchors, so that whoever waits for a window's end by
 * this clock waits as long as the run does. Not what has been simulated, which may lag behind.
 */
export class LiveClock {
	readonly #nowMs: () => number;
	#anchor: ClockAnchor | null = null;
	#isPaused = false;

	/** @param nowMs monotonic real time, of the anchors too */
	constructor(nowMs: () => number) {
		this.#nowMs = nowMs;
	}

	/** Monotonic real time, ms. */
	realMs(): number {
		return this.#nowMs();
	}

	/** Goes by another anchor from now on; null: the run stands before its next window. */
	set(anchor: ClockAnchor | null): void {
		this.#isPaused = anchor === null && this.#anchor !== null;
		if (anchor !== null) this.#anchor = anchor;
	}

	/** The run stands: somebody has paused it. */
	get isPaused(): boolean {
		return this.#isPaused;
	}

	/** Whether the run has begun. */
	get hasBegun(): boolean {
		return this.#anchor !== null;
	}

	/** The simulated time by now; 0 before the run begins, Infinity where it goes as fast as possible. */
	nowUs(): SimTime {
		const anchor = this.#anchor;
		if (anchor === null) return 0;
		if (anchor.speed === null) return Number.POSITIVE_INFINITY;
		const realMs = this.#nowMs() - anchor.realMs;
		return anchor.simUs + Math.max(0, Math.floor(realMs * 1000 * anchor.speed));
	}

	/** Real time until a simulated time, ms: 0 or less if it has come. */
	untilMs(simUs: SimTime): number {
		const anchor = this.#anchor;
		if (anchor === null || anchor.speed === null) return 0;
		return anchor.realMs + (simUs - anchor.simUs) / 1000 / anchor.speed - this.#nowMs();
	}
}
