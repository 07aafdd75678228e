import type { Progress } from '../protocol/messages.ts';

/** Figures of the moment of a site, such as `loadW` and `soc`; null where there is none. */
export type MomentFigures = Progress['values'];

/** How far a run is. */
export interface RunProgress {
	/** `begun` once, when the run is under way; `reporting` once, when it has ended and its report is written. */
	readonly phase: 'begun' | 'running' | 'reporting';
	/** Simulated time that is done, seconds from the start. */
	readonly simulatedS: number;
	/** Where the run ends. */
	readonly untilS: number;
	/** False within a window that takes long: then the time is about the mean of the actors'. */
	readonly isExact: boolean;
	/** How far it is behind its schedule, real milliseconds; null: it goes as fast as it can. */
	readonly lagMs: number | null;
	/** Figures of the moment by the recorder that reports them, one a site; it goes on changing after the call. */
	readonly figures: ReadonlyMap<string, MomentFigures>;
}
