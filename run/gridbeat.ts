/**
 * What `import … from 'gridbeat'` gives: running scenarios, checking them and reading run folders from a program of
 * one's own. docs/library.md shows it at work.
 */
export type {
	Actor,
	ActorEnv,
	ActorKind,
	EventActor,
	InputSpec,
	Inputs,
	OutputPort,
	Outputs,
	SpanActor,
	TimeActor,
	WireInput,
} from '../kernel/actor/contract.ts';
export type { Prng } from '../kernel/actor/random.ts';
export { ConfigError, SimulationError } from '../protocol/errors.ts';
export type { PortSpec } from '../protocol/readings.ts';
export type { RunEvent } from '../protocol/run-events.ts';
export type { RunMetadata } from '../protocol/run-folder/metadata.ts';
export type { Reported, Summary } from '../protocol/run-folder/summary.ts';
export type { Scenario } from '../protocol/scenario/scenario.ts';
export type { SimTime, Span } from '../protocol/time.ts';
export type {
	OwnEnv,
	OwnKind,
	RunFacts,
	StandardSchema,
	StoreStart,
} from '../services/own/contract.ts';
export type { RunHandle } from './launch/run-handle.ts';
export { type LoadedRun, type LoadedSite, loadRun, type RunTable } from './load-run.ts';
export { type ReplayOptions, type ReplayResult, replayRun } from './replay.ts';
export type { Plan } from './resolve/plan.ts';
export type { ScenarioInput } from './resolve/scenario.ts';
export type { ScenarioSource } from './resolve/scenario-source.ts';
export type { MomentFigures, RunProgress } from './run-progress.ts';
export { RunAborted, RunFailed, type RunResult } from './run-result.ts';
export { type ResumeOptions, resumeRun } from './run-scenario.ts';
export { type SimulateOptions, simulate } from './simulate.ts';
export { type Validation, validate } from './validate.ts';
