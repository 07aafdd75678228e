import { gpuPowerW, type PowerCurve, sumOfPowerW } from '../../../silicon/power.ts';
import { shareRun, shareSpan } from './energy-shares.ts';
import type { EngineState } from './state.ts';

/** Meters the first `count` iterations begun, of one price and at full clock. */
export function meterRun(power: PowerCurve, state: EngineState, count: number): void {
	const { batch, meter } = state;
	const { durationS, flops, flopsRise } = batch;
	const runJ = sumOfPowerW(power, batch, count) * durationS;
	meter.energyJ += runJ;
	shareRun(power, state, count, runJ);
	meter.flops += count * flops + (flopsRise * count * (count - 1)) / 2;
}

/** Meters the iteration in flight from where it was last metered until `untilS`. */
export function meterSpan(power: PowerCurve, state: EngineState, untilS: number): void {
	const { batch, meter } = state;
	const spanS = untilS - batch.meteredS;
	const { durationS } = batch;
	const powerW = batch.capped
		? batch.powerW
		: gpuPowerW(power, (batch.flops + batch.paddedFlops) / durationS, batch.bytes / durationS);
	meter.energyJ += powerW * spanS;
	shareSpan(power, state, spanS, powerW);
	meter.flops += (batch.flops / (batch.durationS * batch.stretch)) * spanS;
	meter.slowedS += (1 - batch.ratio) * spanS;
	batch.meteredS = untilS;
}

/** The replica has nothing to do from `nowS` on. */
export function meterIdle(state: EngineState, nowS: number): void {
	const { meter, rest } = state;
	meter.busyS += nowS - meter.busyFromS;
	meter.busyFromS = Number.NaN;
	if (rest !== null) rest.idleFromS = nowS;
}

/** The replica has had nothing to do, and works from `nowS` on. */
export function meterBusy({ meter, rest }: EngineState, nowS: number): void {
	meter.busyFromS = nowS;
	if (rest !== null) rest.idleFromS = Number.POSITIVE_INFINITY;
}
