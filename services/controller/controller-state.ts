import type { ShedState } from './shedding.ts';
import type { Steered } from './steered.ts';
import type { PolicyMemory } from './strategy.ts';

/** What a controller remembers from step to step. */
export interface ControllerState {
	/** The setpoints of the step before, W: what each battery has to have executed by now. */
	readonly setpointsW: number[];
	/** The same for generators; which of them run. */
	readonly generatorsW: number[];
	/** Which cap rules were active in the step before. */
	readonly capActive: boolean[];
	readonly shed: ShedState;
	readonly policy: PolicyMemory;
	/** What was said to it in the course of the run. */
	readonly steered: Steered;
	/** What flowed to the grid in the step before, W, where its ramps are limited; null: nobody knows. */
	gridW: number | null;
	/** What each battery holds when it is full, Wh, as far as its readings have shown. */
	readonly capacitiesWh: number[];
}
