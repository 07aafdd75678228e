import { OPERATIONS } from '../../protocol/run-folder/batches.ts';
import type { ModelGeometry, Parallelism } from '../model.ts';
import {
	attentionTimes,
	type BatchSummary,
	launchTimeMs,
	type PredictorConstants,
	paddedTokens,
	sendingTimes,
} from './predictor.ts';
import type { LatencyTables } from './tables.ts';

/** Where `pipeline_send_recv` stands; it happens once a stage, all others once a layer. */
export const SEND_RECV = OPERATIONS.indexOf('pipeline_send_recv');
/** Where the output head is counted, once a step. */
const ADD = OPERATIONS.indexOf('add');

/** What the operations of a batch take. */
export interface OperationTimes {
	/** Layers of one pipeline stage. */
	readonly layers: number;
	/** Fills `ms`, in the order of `OPERATIONS`: ms a layer, and ms of sending on, which the last stage does not. */
	of(batch: BatchSummary, sends: boolean, ms: Float64Array): void;
}

/**
 * The operations that make up a batch's price: layers times their sum, and sending, is what `tablePredictor` with the
 * same arguments says, but for rounding and what is beside operators (`stepMs`, `samplingNs`).
 */
export function operationTimes(
	tables: LatencyTables,
	model: ModelGeometry,
	cut: Parallelism,
	constants: PredictorConstants,
): OperationTimes {
	const attention = attentionTimes(tables, model, constants);
	const launchMs = launchTimeMs(tables, cut, constants);
	const sending = sendingTimes(tables, cut);
	const { operatorMs } = tables;
	const padding = tables.paddedTokens ?? null;
	const headMs = tables.step?.headMs ?? null;
	const { kernelScale } = constants;
	const layers = model.layers / cut.pipelineStages;
	return {
		layers,
		of(batch, sends, ms) {
			const padded =
				padding === null ? paddedTokens(batch.tokens) : (padding[batch.tokens] as number);
			const comm = (tables.allReduce[padded] as number) + launchMs;
			ms[0] = operatorMs('mlp_up_proj', padded);
			ms[1] = operatorMs('mlp_act', padded);
			ms[2] = operatorMs('mlp_down_proj', padded);
			ms[3] = comm;
			ms[4] = operatorMs('attn_pre_proj', padded);
			ms[5] = operatorMs('attn_post_proj', padded);
			ms[6] = comm;
			ms[7] = attention.prefill(batch);
			ms[8] = tables.kvCacheSave[batch.tokens] as number;
			ms[9] = attention.decode(batch);
			ms[10] = operatorMs('attn_rope', padded);
			ms[11] = sends ? (sending[paddedTokens(batch.tokens)] as number) : 0;
			ms[12] = tables.add[padded] as number;
			ms[13] = tables.inputNorm[padded] as number;
			ms[14] = tables.postNorm[padded] as number;
			if (headMs !== null && !sends)
				ms[ADD] = (ms[ADD] as number) + (headMs[batch.decodes + batch.prefills] as number) / layers;
			if (kernelScale !== 1)
				for (let i = 0; i < OPERATIONS.length; i++) ms[i] = (ms[i] as number) * kernelScale;
		},
	};
}
