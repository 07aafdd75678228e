import type { ClockAnchor } from '../../protocol/pace.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';

/** How a schedule stands; plain data. */
export interface ScheduleStanding {
	/** Simulated seconds per second; null: as fast as possible. */
	readonly pace: number | null;
	readonly anchor: ClockAnchor;
	/** Where it stands still; null: it does not. */
	readonly pausedUs: SimTime | null;
}

/**
 * When simulated times are due in real time. It is absolute: how late one window is does not add to the next, and a run that
 * stood still, or was set back, goes as fast as it can until it is where it should be.
 */
export class Schedule {
	private factor: number | null;
	private anchor: ClockAnchor;
	/** Where it stands still; it does until it begins. */
	private pausedUs: SimTime | null = 0;
	private readonly anchored: (anchor: ClockAnchor | null) => void;

	/**
	 * @param factor simulated seconds per second; null: as fast as possible
	 * @param anchored hears by what simulated time follows real time from now on; null: it stands still
	 */
	constructor(factor: number | null, anchored: (anchor: ClockAnchor | null) => void = () => {}) {
		this.factor = factor;
		this.anchor = { realMs: 0, simUs: 0, speed: factor };
		this.anchored = anchored;
	}

	get pace(): number | null {
		return this.factor;
	}

	/** One that goes on as another one did, by the same clock. */
	static from(
		{ pace, anchor, pausedUs }: ScheduleStanding,
		anchored: (anchor: ClockAnchor | null) => void,
	): Schedule {
		const schedule = new Schedule(pace, anchored);
		schedule.anchor = anchor;
		schedule.pausedUs = pausedUs;
		anchored(pausedUs === null ? anchor : null);
		return schedule;
	}

	get standing(): ScheduleStanding {
		return { pace: this.factor, anchor: this.anchor, pausedUs: this.pausedUs };
	}

	/** From here on: simulated time `atUs` is now. */
	begin(nowMs: number, atUs: SimTime): void {
		this.pausedUs = null;
		this.anchorAt(nowMs, atUs);
	}

	/** Another pace from now on. Whoever was behind the old one owes nothing. @param limitUs no later than this is now */
	change(factor: number | null, nowMs: number, limitUs: SimTime): void {
		const atUs = this.atMost(nowMs, limitUs);
		this.factor = factor;
		if (this.pausedUs === null) this.begin(nowMs, atUs);
	}

	/** Simulated time stands still from now on, at `limitUs` at the latest. */
	pause(nowMs: number, limitUs: SimTime): void {
		this.pausedUs ??= this.atMost(nowMs, limitUs);
		this.anchored(null);
	}

	/** A step begins while it stands still. */
	stepFrom(nowMs: number, atUs: SimTime): void {
		this.anchorAt(nowMs, atUs);
	}

	/** The step is done: now it stands still there. */
	stepTo(atUs: SimTime): void {
		if (this.pausedUs !== null) this.pausedUs = atUs;
	}

	/** Goes on from where it stood still. */
	resume(nowMs: number): void {
		if (this.pausedUs !== null) this.begin(nowMs, this.pausedUs);
	}

	/** When a simulated time is due; at once where it goes as fast as possible. */
	dueMs(atUs: SimTime): number {
		if (this.factor === null) return Number.NEGATIVE_INFINITY;
		const { realMs, simUs } = this.anchor;
		return realMs + ((atUs - simUs) / SECOND_US / this.factor) * 1000;
	}

	/** The simulated time that is due at a real time; null where it goes as fast as possible. */
	atUs(nowMs: number): SimTime | null {
		if (this.factor === null) return null;
		if (this.pausedUs !== null) return this.pausedUs;
		const { realMs, simUs } = this.anchor;
		return Math.floor(simUs + ((nowMs - realMs) / 1000) * this.factor * SECOND_US);
	}

	/** How late a simulated time is, real milliseconds. */
	latenessMs(nowMs: number, atUs: SimTime): number {
		if (this.factor === null || this.pausedUs !== null) return 0;
		return Math.max(0, nowMs - this.dueMs(atUs));
	}

	private anchorAt(realMs: number, simUs: SimTime): void {
		this.anchor = { realMs, simUs, speed: this.factor };
		this.anchored(this.anchor);
	}

	private atMost(nowMs: number, limitUs: SimTime): SimTime {
		return Math.min(this.atUs(nowMs) ?? limitUs, limitUs);
	}
}
