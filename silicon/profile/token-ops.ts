import * as z from 'zod';
import { headWidth, type ModelGeometry } from '../model.ts';
import { Curve, curveAt } from './curve.ts';

/** Measured operators of one model on one device, by tensor parallelism: curves over the tokens of a batch. */
export const MeasuredOps = z.strictObject({
	model: z.string(),
	device: z.string(),
	source: z.string(),
	byTensorParallel: z.record(z.string(), z.record(z.string(), Curve)),
});
export type MeasuredOps = z.infer<typeof MeasuredOps>;

/** A matrix that a projection multiplies by, on one GPU: rows, columns. */
type Matrix = readonly [number, number];

/** The matrices of the projections of a decoder layer, cut over GPUs. */
function projections(model: ModelGeometry, tensorParallel: number): Record<string, Matrix> {
	const queries = model.queryHeads / tensorParallel;
	const keyValues = Math.ceil(model.keyValueHeads / tensorParallel);
	const head = headWidth(model);
	const mlp = model.mlpWidth / tensorParallel;
	return {
		attn_pre_proj: [model.width, (queries + 2 * keyValues) * head],
		attn_post_proj: [queries * head, model.width],
		mlp_up_proj: [model.width, (model.gatedMlp ? 2 : 1) * mlp],
		mlp_down_proj: [mlp, model.width],
	};
}

/** Values per token that the other operators of a layer touch. */
function elementwise(model: ModelGeometry, tensorParallel: number): Record<string, number> {
	const heads = (model.queryHeads + model.keyValueHeads) / tensorParallel;
	return {
		attn_rope: heads * headWidth(model),
		mlp_act: ((model.gatedMlp ? 3 : 2) * model.mlpWidth) / tensorParallel,
		input_layernorm: model.width,
		post_attention_layernorm: model.width,
		add: model.width,
	};
}

/** A measured model together with its geometry. */
export interface Measured {
	readonly geometry: ModelGeometry;
	readonly ops: MeasuredOps;
}

/** An operator's time in microseconds by the number of tokens. */
export type TimeOf = (tokens: number) => number;

/** The measured curves of a model at a tensor parallelism, or null. */
export function measuredOps(
	ops: MeasuredOps,
	tensorParallel: number,
): Record<string, TimeOf> | null {
	const curves = ops.byTensorParallel[String(tensorParallel)];
	if (curves === undefined) return null;
	return Object.fromEntries(
		Object.entries(curves).map(([op, curve]) => [op, (tokens: number) => curveAt(curve, tokens)]),
	);
}

/**
 * Operators of a model that was not measured on a device, from models that were. A projection takes as long as
 * the measured one whose matrix is nearest (in the logarithms of rows and columns), times the ratio of the
 * sizes: the time goes into reading the matrix or multiplying by it, both of which grow with its size. Other
 * operators are launched, and then take time by the values they touch.
 */
export function scaledOps(
	model: ModelGeometry,
	tensorParallel: number,
	measured: readonly Measured[],
): Record<string, TimeOf> {
	const result: Record<string, TimeOf> = {};
	const all = measured.flatMap(({ geometry, ops }) =>
		Object.entries(ops.byTensorParallel).map(([tp, curves]) => ({
			curves,
			matrices: projections(geometry, Number(tp)),
			values: elementwise(geometry, Number(tp)),
		})),
	);
	for (const [op, matrix] of Object.entries(projections(model, tensorParallel))) {
		const candidates = all.flatMap(({ curves, matrices }) =>
			Object.entries(matrices).flatMap(([name, size]) => {
				const curve = curves[name];
				return curve === undefined ? [] : [{ curve, size, far: distance(size, matrix) }];
			}),
		);
		const { curve, size } = nearest(candidates);
		const ratio = (matrix[0] * matrix[1]) / (size[0] * size[1]);
		result[op] = (tokens) => curveAt(curve, tokens) * ratio;
	}
	for (const [op, values] of Object.entries(elementwise(model, tensorParallel))) {
		if (op === 'post_attention_layernorm' && !model.postAttentionNorm) continue;
		const candidates = all.flatMap(({ curves, values: sizes }) => {
			const curve = curves[op];
			const size = sizes[op] as number;
			return curve === undefined ? [] : [{ curve, size, far: Math.abs(Math.log(size / values)) }];
		});
		const { curve, size } = nearest(candidates);
		const launch = Math.min(...curve.us);
		result[op] = (tokens) => launch + (curveAt(curve, tokens) - launch) * (values / size);
	}
	return result;
}

function distance(a: Matrix, b: Matrix): number {
	return Math.abs(Math.log(a[0] / b[0])) + Math.abs(Math.log(a[1] / b[1]));
}

function nearest<T extends { readonly far: number }>(candidates: readonly T[]): T {
	return candidates.reduce((best, one) => (one.far < best.far ? one : best));
}
