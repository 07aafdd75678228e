import { SimulationError } from '../../../protocol/errors.ts';
import {
	createPrefix,
	type PrefixCacheConfig,
	type PrefixState,
} from '../scheduler/prefix-cache.ts';
import type { Request, RequestLimits } from './admission.ts';
import { rejection, submit } from './admission.ts';
import { advance, type Engine, setCap } from './engine.ts';
import { type Handoff, land } from './handoff.ts';
import { createLanding, createOutbox } from './outbox.ts';
import { advancePipeline } from './pipeline.ts';
import { setPipelineCap } from './pipeline-cap.ts';
import type { PipelineEngine } from './pipeline-engine.ts';
import { closePipelineStep } from './pipeline-report.ts';
import { createPipelineState, type PipelineState } from './pipeline-state.ts';
import type { CompletionSink } from './request.ts';
import { createRest, type Sleep } from './rest.ts';
import { createState, type EngineState } from './state.ts';
import { closeStep, type StepReport } from './step-report.ts';

/** An engine with its state kept outside: plain data, to be snapshotted as it is. */
export interface Machine<State = MachineState> {
	readonly limits: RequestLimits;
	/** An idle replica at time 0. */
	create(): State;
	/** Why a request can never be served here; null if it can be. */
	rejection(request: Request): string | null;
	/** Hands a request over that can be served, in order of arrival and before `advance` passes it. */
	submit(state: State, request: Request): void;
	/** Takes a request whose prompt was computed elsewhere, in the order in which their KV caches land. */
	land(state: State, handoff: Handoff, landedAtS: number): void;
	/** Runs everything that happens before `untilS`. */
	advance(state: State, untilS: number, sink: CompletionSink): void;
	/** Lets another cap act, in W per GPU, after `advance` to it. */
	setCap(state: State, nowS: number, capW: number): void;
	/** Ends the report step, after `advance` to its end, and begins the next. */
	closeStep(state: State, endS: number, report: StepReport): void;
	/** Requests completed so far. */
	completed(state: State): number;
	/** What is known of prefixes; null without a prefix cache. */
	prefix(state: State): PrefixState | null;
}

/** A prefix cache and what seeds its draws. */
export interface PrefixSetup {
	readonly config: PrefixCacheConfig;
	readonly seed: readonly number[];
}

const emptyCache = (setup: PrefixSetup | null, limits: RequestLimits): PrefixState | null =>
	setup === null ? null : createPrefix(setup.config, limits, setup.seed);

/** Which of the two it is depends on the configuration, see replica.ts. */
export type MachineState = EngineState | PipelineState;

/** The engine that fast-forwards: one batch in flight, all decoding requests in it. */
export function fastMachine(
	engine: Engine,
	cache: PrefixSetup | null = null,
	takesHandoffs = false,
	sleep?: Sleep,
): Machine<EngineState> {
	const { limits, scheduler } = engine;
	return {
		limits,
		create() {
			const prefix = emptyCache(cache, limits);
			const { mostRequests, reservedBlocks } = scheduler;
			const state = createState(mostRequests, limits.blockSize, reservedBlocks, prefix);
			if (engine.link !== undefined) state.outbox = createOutbox();
			if (takesHandoffs) state.landing = createLanding();
			if (scheduler.isAsync === true) state.leaving = { slots: [], tokens: [] };
			state.rest = createRest(sleep);
			return state;
		},
		land(state, handoff, landedAtS) {
			if (state.landing === null) throw new SimulationError('Cannot take a request up half-way');
			land(state, state.landing, handoff, landedAtS);
		},
		rejection: (request) => rejection(limits, request),
		submit: (state, request) => submit(limits, state, request),
		advance: (state, untilS, sink) => advance(engine, state, untilS, sink),
		setCap: (state, nowS, capW) => setCap(engine, state, nowS, capW),
		closeStep: (state, endS, report) => closeStep(engine.power, state, endS, report),
		completed: (state) => state.completed,
		prefix: (state) => state.prefix,
	};
}

/** The engine of any number of pipeline stages, and of any scheduler. */
export function pipelineMachine(
	engine: PipelineEngine,
	stages: number,
	cache: PrefixSetup | null = null,
	sleep?: Sleep,
): Machine<PipelineState> {
	const { limits } = engine;
	return {
		limits,
		create() {
			const state = createPipelineState(stages, emptyCache(cache, limits));
			if (engine.scheduler.isAsync === true) state.leaving = [];
			state.rest = createRest(sleep);
			return state;
		},
		rejection: (request) => rejection(limits, request),
		submit: (state, request) => submit(limits, state.pool, request),
		land() {
			throw new SimulationError('Cannot take a request up half-way');
		},
		advance: (state, untilS, sink) => advancePipeline(engine, state, untilS, sink),
		setCap: (state, nowS, capW) => setPipelineCap(engine, state, nowS, capW),
		closeStep: (state, endS, report) => closePipelineStep(engine, state, endS, report),
		completed: (state) => state.pool.completed,
		prefix: (state) => state.pool.prefix,
	};
}
