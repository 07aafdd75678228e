import type { Request, RequestLimits } from './admission.ts';
import { submit } from './admission.ts';
import { advance, type Engine, setCap } from './engine.ts';
import { advancePipeline, type PipelineEngine } from './pipeline.ts';
import { setPipelineCap } from './pipeline-cap.ts';
import { closePipelineStep } from './pipeline-report.ts';
import { createPipelineState, type PipelineState } from './pipeline-state.ts';
import type { CompletionSink } from './request.ts';
import { createState, type EngineState } from './state.ts';
import { closeStep, type StepReport } from './step-report.ts';

/** An engine with its state kept outside: plain data, to be snapshotted as it is. */
export interface Machine<State = MachineState> {
	readonly limits: RequestLimits;
	/** An idle replica at time 0. */
	create(): State;
	/** Hands a request over, in order of arrival and before `advance` passes it. */
	submit(state: State, request: Request): void;
	/** Runs everything that happens before `untilS`. */
	advance(state: State, untilS: number, sink: CompletionSink): void;
	/** Lets another cap act, in W per GPU, after `advance` to it. */
	setCap(state: State, nowS: number, capW: number): void;
	/** Ends the report step, after `advance` to its end, and begins the next. */
	closeStep(state: State, endS: number, report: StepReport): void;
	/** Requests completed so far. */
	completed(state: State): number;
}

/** Which of the two it is depends on the configuration, see replica.ts. */
export type MachineState = EngineState | PipelineState;

/** The engine that fast-forwards: one batch in flight, all decoding requests in it. */
export function fastMachine(engine: Engine): Machine<EngineState> {
	const { limits } = engine;
	return {
		limits,
		create: () =>
			createState(engine.scheduler.mostRequests, limits.blockSize, engine.scheduler.reservedBlocks),
		submit: (state, request) => submit(limits, state, request),
		advance: (state, untilS, sink) => advance(engine, state, untilS, sink),
		setCap: (state, nowS, capW) => setCap(engine, state, nowS, capW),
		closeStep: (state, endS, report) => closeStep(engine.power, state, endS, report),
		completed: (state) => state.completed,
	};
}

/** The engine of any number of pipeline stages, and of any scheduler. */
export function pipelineMachine(engine: PipelineEngine, stages: number): Machine<PipelineState> {
	const { limits } = engine;
	return {
		limits,
		create: () => createPipelineState(stages),
		submit: (state, request) => submit(limits, state.pool, request),
		advance: (state, untilS, sink) => advancePipeline(engine, state, untilS, sink),
		setCap: (state, nowS, capW) => setPipelineCap(engine, state, nowS, capW),
		closeStep: (state, endS, report) => closePipelineStep(engine, state, endS, report),
		completed: (state) => state.pool.completed,
	};
}
