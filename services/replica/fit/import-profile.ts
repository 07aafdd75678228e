import { ConfigError } from '../../../protocol/errors.ts';
import type { ModelGeometry } from '../model.ts';
import type { HeldOut } from '../profile/held-out-error.ts';
import type { Profile } from '../profile/profile.ts';
import { round } from './decode-surface.ts';
import { type Point, type Regressor, trainForest } from './forest.ts';
import { trainGrid } from './grid-fill.ts';
import { summary } from './held-out.ts';
import type { ImportedPoints } from './import-points.ts';
import { trainPolynomial } from './polynomial.ts';

/** How a profile is made from measured points. */
export const predictors = ['interpolate', 'random_forest', 'linear_regression'] as const;
export type PredictorName = (typeof predictors)[number];

/** What an imported profile is of. */
export interface ImportTarget {
	readonly model: ModelGeometry;
	readonly device: string;
	readonly tensorParallel: number;
	readonly predictor: PredictorName;
	/** The folder that it was made from. */
	readonly from: string;
}

/** Every tenth row is held out to state an error. */
const HELD_OUT = 10;
const KV_STEP = 64;
const CHUNK_STEP = 16;

/** Makes a profile from measured points, with the errors at points that were held out. */
export function importedProfile(points: ImportedPoints, target: ImportTarget): Profile {
	const { predictor, model } = target;
	const errors: Record<string, HeldOut> = {};
	const learn = (name: string, all: readonly Point[]): Regressor => {
		const kept = all.filter((_, i) => i % HELD_OUT !== HELD_OUT / 2);
		const left = all.filter((_, i) => i % HELD_OUT === HELD_OUT / 2 && all[i]?.y !== 0);
		if (left.length > 0 && kept.length > 1) {
			const fit = train(predictor, kept);
			errors[name] = summary(
				left.map(({ x, y }) => fit(x) / y - 1),
				'every tenth row, from the others',
			);
		}
		return train(predictor, all);
	};
	const ops = Object.entries(points.tokenOps).filter(([, op]) => op.length > 0);
	const most = Math.max(...ops.map(([, op]) => Math.max(...op.map(({ x }) => x[0] as number))));
	const tokens = [1, 2, 4, ...range(8, Math.floor(Math.min(most, 16384) / 8) * 8, 8)];
	const table = (name: string, op: readonly Point[]) => {
		const at = learn(name, op);
		return tokens.map((n) => round(at([n])));
	};
	const ms = Object.fromEntries(ops.map(([name, op]) => [name, table(name, op)]));
	const { attn_kv_cache_save: save, ...rest } = ms;
	return {
		model: model.name,
		device: target.device,
		tensorParallel: target.tensorParallel,
		source: `imported from ${target.from} by gridbeat profiles import --predictor ${predictor}`,
		label: predictor === 'interpolate' ? 'measured' : predictor,
		tokenOps: { tokens, ms: rest },
		kvCacheSave: save === undefined ? { tokens: [1], ms: [0] } : { tokens, ms: save },
		decode: decodeGrid(points.decode, learn('decode', points.decode)),
		prefill: prefillGrid(points.prefill, (all) => learn('prefill', all), predictor),
		errors,
	};
}

function train(predictor: PredictorName, points: readonly Point[]): Regressor {
	if (predictor === 'random_forest') return trainForest(points);
	if (predictor === 'linear_regression') return trainPolynomial(points);
	return trainGrid(points);
}

function decodeGrid(points: readonly Point[], at: Regressor): Profile['decode'] {
	const batch = range(1, largest(points, 0, 'decode'), 1);
	const kv = range(0, Math.ceil(largest(points, 1, 'decode') / KV_STEP) * KV_STEP, KV_STEP);
	return { batch, kv, ms: batch.map((b) => kv.map((k) => round(at([b, k])))) };
}

/** Vidur's regressors learn prompts by the square of the chunk; between measured points the chunk is as good. */
function prefillGrid(
	points: readonly Point[],
	learn: (points: readonly Point[]) => Regressor,
	predictor: PredictorName,
): Profile['prefill'] {
	const squares = predictor !== 'interpolate';
	const at = learn(
		points.map(({ x: [kv = 0, c = 0], y }) => ({ x: [kv, squares ? c * c : c], y })),
	);
	const most = largest(points, 1, 'prefill');
	const chunk = [1, ...range(CHUNK_STEP, Math.ceil(most / CHUNK_STEP) * CHUNK_STEP, CHUNK_STEP)];
	const kv = range(0, Math.ceil(largest(points, 0, 'prefill') / KV_STEP) * KV_STEP, KV_STEP);
	return {
		kv,
		chunk,
		ms: kv.map((k) => chunk.map((c) => round(at([k, squares ? c * c : c])))),
	};
}

function largest(points: readonly Point[], feature: number, what: string): number {
	if (points.length === 0)
		throw new ConfigError(`Cannot import a profile without rows of ${what} attention`);
	return points.reduce((most, { x }) => Math.max(most, x[feature] as number), 0);
}

function range(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
