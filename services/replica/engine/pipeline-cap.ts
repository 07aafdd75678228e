import type { PipelineEngine } from './pipeline-engine.ts';
import type { PipelineState } from './pipeline-state.ts';
import { capStage } from './stage.ts';

/** Lets another cap act from `nowS` on, on the GPUs of every stage, after `advancePipeline` to it. */
export function setPipelineCap(
	engine: PipelineEngine,
	state: PipelineState,
	nowS: number,
	capW: number,
): void {
	if (capW === state.capW) return;
	state.capW = capW;
	for (const stage of state.stages) capStage(engine.power, stage, nowS, capW);
}
