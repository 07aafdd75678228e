import { ConfigError } from '../../protocol/errors.ts';
import type { ModelGeometry } from '../model.ts';
import type { HeldOut } from '../profile/held-out-error.ts';
import type { Profile } from '../profile/profile.ts';
import { round } from './decode-surface.ts';
import {
	type ForestOptions,
	type Point,
	type Regressor,
	searchForest,
	trainForest,
} from './forest.ts';
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
	/** Trees of a forest, where they are to be other than Vidur's: more leave less of its chance. */
	readonly trees?: number;
	/** Not to train each part twice, once without the rows that are held out. */
	readonly withoutErrors?: boolean;
	/** What to say of where it is from. */
	readonly source: string;
}

/** Every tenth row is held out to state an error. */
const HELD_OUT = 10;
const KV_STEP = 64;
const CHUNK_STEP = 16;
/** Tokens of a table: in steps of 8, what batches are padded to, and beyond the longest measured operators wider. */
const DENSE_TOKENS = 4096;
const SPARSE_STEP = 64;
const MOST_TOKENS = 16384;
/** Of the forest whose error is stated; searching for better ones again would take as long as the fit itself. */
const UNSEARCHED: ForestOptions = { trees: 60, maxDepth: 16, minSplit: 2, seed: 42 };

/** Makes a profile from measured points, with the errors at points that were held out. */
export function importedProfile(points: ImportedPoints, target: ImportTarget): Profile {
	const { predictor, model } = target;
	const errors: Record<string, HeldOut> = {};
	const learn = (name: string, all: readonly Point[]): Regressor => {
		const kept = all.filter((_, i) => i % HELD_OUT !== HELD_OUT / 2);
		const left = all.filter((_, i) => i % HELD_OUT === HELD_OUT / 2 && all[i]?.y !== 0);
		if (target.withoutErrors !== true && left.length > 0 && kept.length > 1) {
			const fit =
				predictor === 'random_forest' ? trainForest(kept, UNSEARCHED) : train(target, kept);
			errors[name] = summary(
				left.map(({ x, y }) => fit(x) / y - 1),
				'every tenth row, from the others',
			);
		}
		return train(target, all);
	};
	const ops = Object.entries(points.tokenOps).filter(([, op]) => op.length > 0);
	const most = Math.max(...ops.map(([, op]) => Math.max(...op.map(({ x }) => x[0] as number))));
	const end = Math.floor(Math.min(most, MOST_TOKENS) / 8) * 8;
	const tokens = [1, 2, 4, ...range(8, Math.min(end, DENSE_TOKENS), 8)];
	tokens.push(...range(DENSE_TOKENS + SPARSE_STEP, end, SPARSE_STEP));
	const table = (name: string, op: readonly Point[]) => {
		const at = learn(name, op);
		return tokens.map((n) => round(at([n])));
	};
	const ms = Object.fromEntries(ops.map(([name, op]) => [name, table(name, op)]));
	const { attn_kv_cache_save: save, ...rest } = ms;
	// Caches are measured up to just below the longest request: the last step is the regressor's word.
	const longest = Math.max(
		largest(points.decode, 1, 'decode'),
		largest(points.prefill, 1, 'prefill'),
	);
	return {
		model: model.name,
		device: target.device,
		tensorParallel: target.tensorParallel,
		source: target.source,
		label: predictor === 'interpolate' ? 'measured' : predictor,
		tokenOps: { tokens, ms: rest },
		kvCacheSave: save === undefined ? { tokens: [1], ms: [0] } : { tokens, ms: save },
		decode: decodeGrid(points.decode, longest, learn('decode', points.decode)),
		prefill: prefillGrid(points.prefill, longest, (all) => learn('prefill', all), predictor),
		...(points.perSequence === undefined ? {} : { perStep: perStep(points.perSequence) }),
		errors,
	};
}

function perStep(points: readonly Point[]): NonNullable<Profile['perStep']> {
	return { sequences: points.map(({ x }) => x[0] as number), ms: points.map(({ y }) => round(y)) };
}

function train({ predictor, trees }: ImportTarget, points: readonly Point[]): Regressor {
	if (predictor === 'random_forest') return searchForest(points, trees);
	if (predictor === 'linear_regression') return trainPolynomial(points);
	if (points[0]?.x.length !== 1) return trainGrid(points);
	// One row, so that what was measured goes on along its line beyond its end.
	const row = trainGrid(points.map(({ x, y }) => ({ x: [0, ...x], y })));
	return (x) => row([0, ...x]);
}

function decodeGrid(points: readonly Point[], longest: number, at: Regressor): Profile['decode'] {
	const batch = range(1, largest(points, 0, 'decode'), 1);
	const kv = range(0, Math.ceil(longest / KV_STEP) * KV_STEP, KV_STEP);
	return { batch, kv, ms: batch.map((b) => kv.map((k) => round(at([b, k])))) };
}

/** Vidur's regressors learn prompts by the square of the chunk; between measured points the chunk is as good. */
function prefillGrid(
	points: readonly Point[],
	longest: number,
	learn: (points: readonly Point[]) => Regressor,
	predictor: PredictorName,
): Profile['prefill'] {
	const squares = predictor !== 'interpolate';
	const at = learn(
		points.map(({ x: [kv = 0, c = 0], y }) => ({ x: [kv, squares ? c * c : c], y })),
	);
	const chunk = predictor === 'random_forest' ? stepsOf(points) : evenly(points);
	const kv = range(0, Math.ceil(longest / KV_STEP) * KV_STEP, KV_STEP);
	return {
		kv,
		chunk,
		ms: kv.map((k) => chunk.map((c) => round(at([k, squares ? c * c : c])))),
	};
}

function evenly(points: readonly Point[]): number[] {
	const most = Math.ceil(largest(points, 1, 'prefill') / CHUNK_STEP) * CHUNK_STEP;
	return [1, ...range(CHUNK_STEP, most, CHUNK_STEP)];
}

/** Chunks on both sides of where a forest steps: half-way between the squares of measured chunks. */
function stepsOf(points: readonly Point[]): number[] {
	const chunks = [...new Set(points.map(({ x }) => x[1] as number))].sort((a, b) => a - b);
	const steps = chunks.slice(1).flatMap((chunk, i) => {
		const before = Math.floor(Math.sqrt((chunk ** 2 + (chunks[i] as number) ** 2) / 2));
		return [before, before + 1];
	});
	return [...new Set([1, ...steps, chunks.at(-1) as number])].sort((a, b) => a - b);
}

function largest(points: readonly Point[], feature: number, what: string): number {
	if (points.length === 0)
		throw new ConfigError(`Cannot import a profile without rows of ${what} attention`);
	return points.reduce((most, { x }) => Math.max(most, x[feature] as number), 0);
}

function range(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
