import { SECOND_US, type SimTime } from '../protocol/time.ts';

/** Less behind its schedule than this is none. */
const LAG_MIN_MS = 100;

/** How far a run is behind its schedule, such as `, 3.2 s behind`; empty where that is not worth a word, or it has none. */
export function lagText(lagMs: number | null): string {
	return lagMs !== null && lagMs >= LAG_MIN_MS ? `, ${(lagMs / 1000).toFixed(1)} s behind` : '';
}

/** Before this nobody can say how long it will take. */
const KNOWN_AFTER_MS = 2_000;

/** How fast a run goes, and how long it will still take, by how far it has come since it began here. */
export class Speed {
	private readonly untilUs: SimTime;
	private readonly startedMs: number;
	/** Where it began: a run that is resumed has a part behind it. */
	private fromUs: SimTime | null = null;

	/** @param untilUs its simulated end */
	constructor(untilUs: SimTime, startedMs: number) {
		this.untilUs = untilUs;
		this.startedMs = startedMs;
	}

	/** Such as `520 x real time, 0.2 s behind, 3 min left`. */
	text(simulatedUs: SimTime, nowMs: number, lagMs: number | null): string {
		this.fromUs ??= simulatedUs;
		const ms = nowMs - this.startedMs;
		const rate = ms > 0 ? (simulatedUs - this.fromUs) / SECOND_US / (ms / 1000) : 0;
		const times = rate >= 1000 ? `${Math.round(rate / 1000)}k` : rate.toFixed(0);
		const leftS = (this.untilUs - simulatedUs) / SECOND_US / rate;
		const isKnown = ms >= KNOWN_AFTER_MS && Number.isFinite(leftS) && leftS > 0;
		return `${times} x real time${lagText(lagMs)}${isKnown ? `, ${spanText(leftS)} left` : ''}`;
	}
}

/** A span as rough as it is known: 40 s, 12 min, 3 h 20 min, 2 d 4 h. */
export function spanText(seconds: number): string {
	if (seconds < 90) return `${Math.ceil(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	if (minutes < 90) return `${minutes} min`;
	const hours = Math.floor(minutes / 60);
	if (hours < 48) return `${hours} h ${minutes % 60} min`;
	return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
