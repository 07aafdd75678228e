import { followSchedule, type ScheduleState } from '../../protocol/scaling.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';

type Scaling = NonNullable<RouterConfig['scaling']>;

/** Which replicas a router may send to. Plain data. */
export interface ScalingState extends ScheduleState {
	/** When each of those that are on is ready to serve, none before one in front of it. */
	readonly readyUs: number[];
}

/** At the start all that are on are ready. */
export function startScaling({ initial }: Scaling): ScalingState {
	return { next: 0, readyUs: Array.from({ length: initial }, () => 0) };
}

/** A number that acts from `atUs` on, after what the schedule says up to then. */
export function scaleTo(state: ScalingState, scaling: Scaling, atUs: SimTime, count: number): void {
	catchUp(state, scaling, atUs);
	setCount(state, scaling, atUs, count);
}

/** How many serve at a time, the first ones: at least one, for the first is always on. */
export function servingAt(state: ScalingState, scaling: Scaling, timeUs: SimTime): number {
	catchUp(state, scaling, timeUs);
	let count = state.readyUs.length;
	while ((state.readyUs[count - 1] as number) > timeUs) count--;
	return count;
}

function catchUp(state: ScalingState, scaling: Scaling, atUs: SimTime): void {
	followSchedule(state, scaling, atUs, (count, fromUs) => setCount(state, scaling, fromUs, count));
}

/** Whoever is added has to start, also one that was taken away a moment ago. */
function setCount(state: ScalingState, { startupUs }: Scaling, atUs: SimTime, count: number): void {
	for (let i = state.readyUs.length; i < count; i++) state.readyUs[i] = atUs + startupUs;
	state.readyUs.length = count;
}
