import { findDevice } from '../../../silicon/device.ts';
import type { ModelGeometry } from '../../../silicon/model.ts';
import { type PowerCurve, powerCurve } from '../../../silicon/power.ts';
import type { BatchSummary, Predictor } from '../../../silicon/predictor/predictor.ts';
import { findModel } from '../../../silicon/profile/load-cards.ts';
import { type VllmLimits, vllmScheduler } from '../scheduler/vllm.ts';
import { type Request, submit } from './admission.ts';
import { advance, createEngine, type Engine, setCap } from './engine.ts';
import { requestMetricNames } from './request.ts';
import type { CapChange, Completion } from './simple-engine.test-support.ts';
import { createState, type EngineState } from './state.ts';
import { closeStep, createReport, type StepReport } from './step-report.ts';

/** A made-up machine: prices depend on all that prices may depend on, and change at multiples of 64. */
export const inventedPredictor: Predictor = {
	kvGranularity: 64,
	batchTimeS: (batch: BatchSummary) =>
		0.004 +
		0.00011 * batch.tokens +
		0.0000013 * batch.decodes * Math.ceil(batch.decodeKv / 64) * 64 +
		0.00000007 * batch.prefillSquares +
		0.000001 * batch.prefillKv,
	sendingTimeS: (batch: BatchSummary) => 0.0003 + inventedPredictor.batchTimeS(batch),
};

/** Curves of an A100: by arithmetic alone, and by memory as well, with a limit that is never, now and then, or mostly met. */
export const inventedCurves = ['arithmetic', 'roofline', 'limited', 'tight', 'experts'] as const;
export type InventedCurve = (typeof inventedCurves)[number];

export function inventedPower(curve: InventedCurve, pipelineStages = 1): PowerCurve {
	const model: ModelGeometry = { ...findModel('meta-llama/Meta-Llama-3-8B'), vocabulary: 128256 };
	const cut = { tensorParallel: 1, pipelineStages };
	const device = findDevice('a100');
	if (curve === 'arithmetic') return powerCurve(model, device, cut);
	const roofline = {
		baseW: device.idleW,
		memoryW: 100,
		computeW: 900,
		tensorParallelLoss: 0,
		bandwidthGBps: 2039,
	};
	const maxW = { roofline: 2000, limited: 260, tight: 190, experts: 420 }[curve];
	const shape = { saturationMfu: 1, powerExponent: 0.85, maxW };
	const moe = { experts: 16, perToken: 2, expertWidth: 1024, sharedWidth: 0 };
	const attention = ['full', 'window'] as const;
	const layerGroups = attention.map((form) => ({
		count: 16,
		attention: form,
		mlp: 'moe' as const,
	}));
	const sparse = { ...model, moe, window: 24, layerGroups };
	return powerCurve(curve === 'experts' ? sparse : model, { ...device, ...shape, roofline }, cut);
}

export function inventedEngine(limits: VllmLimits, curve: InventedCurve = 'arithmetic'): Engine {
	return createEngine({
		predictor: inventedPredictor,
		scheduler: vllmScheduler(limits),
		power: inventedPower(curve),
		observer: null,
		limits: {
			numBlocks: limits.numBlocks,
			blockSize: limits.blockSize,
			maxTokensPerRequest: 100_000,
		},
	});
}

/** What a run of the fast engine gave. */
export interface FastResult {
	readonly completions: Completion[];
	readonly reports: StepReport[];
	readonly state: EngineState;
}

export interface FastOptions {
	readonly limits: VllmLimits;
	readonly stepS: number;
	readonly steps: number;
	readonly caps: readonly CapChange[];
	/** Times at which `advance` is called beside the ends of steps and changes of the cap. */
	readonly cuts: readonly number[];
	/** Called after each cut. */
	readonly look?: (state: EngineState) => void;
}

const columnOf = (name: (typeof requestMetricNames)[number]) => requestMetricNames.indexOf(name);

/** Runs the fast engine over whole steps, handing requests over only when time passes their arrival. */
export function runFast(
	engine: Engine,
	requests: readonly Request[],
	options: FastOptions,
): FastResult {
	const { limits, stepS, steps, caps, cuts } = options;
	const state = createState(limits.batchSizeCap, limits.blockSize);
	const completions: Completion[] = [];
	const reports: StepReport[] = [];
	const sink = {
		completed(atS: number, row: Float64Array) {
			const at = (name: (typeof requestMetricNames)[number]) => row[columnOf(name)] as number;
			const arrivedAtS = at('arrived_at');
			completions.push({
				id: at('request_id'),
				atS,
				executedS: at('request_execution_time'),
				preemptedS: at('request_preemption_time'),
				scheduledAtS: arrivedAtS + at('request_scheduling_delay'),
				prefilledAtS: arrivedAtS + at('prefill_e2e_time'),
				restarts: at('request_num_restarts'),
			});
		},
	};
	const ends = Array.from({ length: steps }, (_, i) => (i + 1) * stepS);
	const endSet = new Set(ends);
	const capAt = new Map(caps.map(({ atS, capW }) => [atS, capW]));
	const stops = [...new Set([...ends, ...capAt.keys(), ...cuts])].sort((a, b) => a - b);
	let next = 0;
	for (const stopS of stops) {
		if (stopS > (ends.at(-1) ?? 0)) break;
		for (; (requests[next]?.arrivedAtS ?? stopS) < stopS; next++)
			submit(engine.limits, state, requests[next] as Request);
		advance(engine, state, stopS, sink);
		if (endSet.has(stopS)) {
			const report = createReport();
			closeStep(engine.power, state, stopS, report);
			reports.push(report);
		}
		const capW = capAt.get(stopS);
		if (capW !== undefined) setCap(engine, state, stopS, capW);
		options.look?.(state);
	}
	return { completions, reports, state };
}
