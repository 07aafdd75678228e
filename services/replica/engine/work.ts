import type { PowerCurve } from '../../../silicon/power.ts';
import { fillTraffic } from '../../../silicon/traffic.ts';
import { type EngineState, MIXED } from './state.ts';

/** Operations and bytes of the batch with prompts that `state.batch` describes: the sums of t (t + n) and of t + n over its prompts. */
export function workOfPrompts(
	power: PowerCurve,
	{ batch, runningCount, runningTokens }: EngineState,
	attention: number,
	read: number,
): void {
	const { tokens } = batch.summary;
	const decodes = batch.kind === MIXED ? runningCount : 0;
	const attended = decodes > 0 ? decodes + runningTokens : 0;
	batch.flops = power.flopsPerToken * tokens + power.flopsPerAttention * (attention + attended);
	batch.flopsRise = 0;
	batch.baseJ = 0;
	batch.memoryJ = 0;
	batch.computeJ = 0;
	if (power.traffic === null) return;
	const sequences = batch.count + decodes;
	fillTraffic(power.traffic, batch, { tokens, sequences }, read + attended);
	batch.bytesRise = 0;
}

/** The same of the running requests' next iteration. */
export function workOfDecoding(
	power: PowerCurve,
	{ batch, runningCount, runningTokens }: EngineState,
): void {
	const attended = runningCount + runningTokens;
	batch.flops = power.flopsPerToken * runningCount + power.flopsPerAttention * attended;
	batch.flopsRise = power.flopsPerAttention * runningCount;
	if (power.traffic === null) return;
	const { traffic } = power;
	fillTraffic(traffic, batch, { tokens: runningCount, sequences: runningCount }, attended);
	// Where their mean outgrows the window, bytes rise otherwise.
	const inWindow = traffic.windowBytes > 0 ? traffic.window * runningCount - attended : 0;
	if (inWindow > 0)
		batch.leftSamePrice = Math.min(batch.leftSamePrice, Math.ceil(inWindow / runningCount));
}
