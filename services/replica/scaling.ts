import { followSchedule, type ScheduleState } from '../../protocol/scaling.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { ReplicaConfig } from './config.ts';
import type { StepReport } from './engine/step-report.ts';

type Scaling = NonNullable<ReplicaConfig['scaling']>;

/**
 * Whether a replica is on. One that is taken away gets no new requests, and is off as soon as those that it has are
 * served; one that is added idles until the router sends it some. Plain data.
 */
export interface ScalingState extends ScheduleState {
	isWanted: boolean;
	/** Since when that is so, s. */
	sinceS: number;
	/** When the last request left it, s. */
	lastLeftS: number;
	/** Time that it was off in the report step, as far as that is settled, s. */
	offS: number;
}

/** At the start the first so many are wanted, and the others off. */
export function startScaling({ initial, place }: Scaling): ScalingState {
	return { next: 0, isWanted: place < initial, sinceS: 0, lastLeftS: 0, offS: 0 };
}

/** Where it is when it is wanted or not wanted any more. */
export interface Standing {
	/** Start of the report step. */
	readonly stepFromUs: SimTime;
	/** Requests that have arrived and not left. */
	readonly outstanding: number;
}

/** Lets the schedule act up to a time to which the replica is simulated, then a command if there is one. */
export function scale(
	state: ScalingState,
	scaling: Scaling,
	atUs: SimTime,
	{ standing, command }: { readonly standing: Standing; readonly command?: number },
): void {
	const want = (count: number, fromUs: SimTime) => {
		const isWanted = scaling.place < count;
		if (isWanted === state.isWanted) return;
		const fromS = fromUs / SECOND_US;
		if (isWanted) settleOff(state, fromS, standing);
		state.isWanted = isWanted;
		state.sinceS = fromS;
	};
	followSchedule(state, scaling, atUs, want);
	if (command !== undefined) want(command, atUs);
}

/** Adds the time that it has been off up to now. */
function settleOff(state: ScalingState, nowS: number, { stepFromUs, outstanding }: Standing): void {
	if (state.isWanted || outstanding > 0) return;
	const fromS = Math.max(state.sinceS, state.lastLeftS, stepFromUs / SECOND_US);
	state.offS += Math.max(0, nowS - fromS);
}

/**
 * Takes out of the report of a step what the replica did not draw while it was off, when its engine counts it as idle.
 *
 * @param idleW of one GPU
 * @returns the part of the step that it was on, 0 to 1
 */
export function takeOff(
	state: ScalingState,
	report: StepReport,
	{ untilUs, standing, idleW, stages }: TakeOff,
): number {
	const fromS = standing.stepFromUs / SECOND_US;
	const untilS = untilUs / SECOND_US;
	settleOff(state, untilS, standing);
	const { offS } = state;
	state.offS = 0;
	if (offS === 0) return 1;
	const stepS = untilS - fromS;
	if (offS >= stepS) {
		report.gpuPowerW = 0;
		report.idleJ = 0;
		return 0;
	}
	report.gpuPowerW = Math.max(0, report.gpuPowerW - (idleW * offS) / stepS);
	report.idleJ = Math.max(0, report.idleJ - idleW * offS * stages);
	return 1 - offS / stepS;
}

interface TakeOff {
	/** End of the step. */
	readonly untilUs: SimTime;
	readonly standing: Standing;
	readonly idleW: number;
	readonly stages: number;
}
