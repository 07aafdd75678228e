import { followSchedule, type ScheduleState } from '../../protocol/scaling.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';

type Scaling = NonNullable<RouterConfig['scaling']>;

/** Which replicas a router may send to. Plain data. */
export interface ScalingState extends ScheduleState {
	/** The first so many are on. */
	count: number;
	/** When each of them is ready to serve. */
	readonly readyUs: number[];
}

/** At the start all that are on are ready. */
export function startScaling({ initial }: Scaling): ScalingState {
	return { next: 0, count: initial, readyUs: Array.from({ length: initial }, () => 0) };
}

/** A number that acts from `atUs` on, after what the schedule says up to then. */
export function scaleTo(state: ScalingState, scaling: Scaling, atUs: SimTime, count: number): void {
	catchUp(state, scaling, atUs);
	setCount(state, scaling, atUs, count);
}

/** The places of those that serve at a time, never none: the first one is always on. */
export function servingAt(state: ScalingState, scaling: Scaling, timeUs: SimTime): number[] {
	catchUp(state, scaling, timeUs);
	const places: number[] = [];
	for (let i = 0; i < state.count; i++) if ((state.readyUs[i] as number) <= timeUs) places.push(i);
	return places;
}

function catchUp(state: ScalingState, scaling: Scaling, atUs: SimTime): void {
	followSchedule(state, scaling, atUs, (count, fromUs) => setCount(state, scaling, fromUs, count));
}

/** Whoever is added has to start, also one that was taken away a moment ago. */
function setCount(state: ScalingState, { startupUs }: Scaling, atUs: SimTime, count: number): void {
	for (let i = state.count; i < count; i++) state.readyUs[i] = atUs + startupUs;
	state.readyUs.length = count;
	state.count = count;
}
