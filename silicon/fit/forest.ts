import { foldsOf, percentageError } from './folds.ts';

/** A point that a regressor learns from: one or two features, and the value there. */
export interface Point {
	readonly x: readonly number[];
	readonly y: number;
}

/** What a regressor has learnt. */
export type Regressor = (x: readonly number[]) => number;

/** Settings of a forest; Vidur searches 250 to 750 trees, 8 to 32 levels and 2 to 10 points to split. */
export interface ForestOptions {
	readonly trees: number;
	readonly maxDepth: number;
	/** Fewer different points than this are a leaf. */
	readonly minSplit: number;
	readonly seed: number;
}

/** The least of Vidur's numbers of trees: more change its tables by less than its own scatter. */
const TREES = 250;
/** So many are enough to distinguish settings. */
const TREES_IN_SEARCH = 10;
const DEPTHS = [8, 16, 32];
const MIN_SPLITS = [2, 5, 10];
const SEED = 42;

/**
 * A forest with the settings of Vidur's grid that do best in ten folds of neighbouring rows by their mean
 * absolute percentage error, refitted to all points.
 */
export function searchForest(points: readonly Point[], trees = TREES): Regressor {
	let best: ForestOptions | null = null;
	let least = Number.POSITIVE_INFINITY;
	for (const maxDepth of DEPTHS)
		for (const minSplit of MIN_SPLITS) {
			const options = { trees: Math.min(trees, TREES_IN_SEARCH), maxDepth, minSplit, seed: SEED };
			let error = 0;
			for (const { kept, left } of foldsOf(points)) {
				const fit = trainForest(kept, options);
				for (const { x, y } of left) error += percentageError(fit(x), y);
			}
			if (error < least) {
				least = error;
				best = { ...options, trees };
			}
		}
	return trainForest(points, best as ForestOptions);
}

/** A random forest as scikit-learn's regressor by default: bootstrapped, all features, least squared error. */
export function trainForest(points: readonly Point[], options: ForestOptions): Regressor {
	const next = uniform(options.seed);
	const columns = columnsOf(points);
	const trees = Array.from({ length: options.trees }, () => grow(columns, options, next));
	return (x) => {
		let sum = 0;
		for (const tree of trees) sum += descend(tree, x);
		return sum / trees.length;
	};
}

/** Points by column, and their order along each feature. */
interface Columns {
	readonly x: readonly Float64Array[];
	readonly y: Float64Array;
	readonly order: readonly Int32Array[];
}

function columnsOf(points: readonly Point[]): Columns {
	const features = points[0]?.x.length ?? 0;
	const x = Array.from({ length: features }, (_, f) =>
		Float64Array.from(points, (point) => point.x[f] as number),
	);
	return {
		x,
		y: Float64Array.from(points, ({ y }) => y),
		order: x.map((column) =>
			Int32Array.from(points.keys()).sort((a, b) => (column[a] as number) - (column[b] as number)),
		),
	};
}

/** A tree as columns by node; a leaf has feature -1. The child above is the one after the child below. */
interface Tree {
	readonly feature: number[];
	readonly at: number[];
	readonly below: number[];
	readonly value: number[];
}

/** Points of a tree that is being grown: how often each was drawn, and those drawn in the order of each feature. */
interface Drawn {
	readonly columns: Columns;
	readonly weight: Float64Array;
	readonly order: readonly Int32Array[];
	readonly isBelow: Uint8Array;
	readonly spare: Int32Array;
}

function grow(columns: Columns, options: ForestOptions, next: () => number): Tree {
	const count = columns.y.length;
	const weight = new Float64Array(count);
	for (let i = 0; i < count; i++) {
		const drawn = Math.floor(next() * count);
		weight[drawn] = (weight[drawn] as number) + 1;
	}
	const order = columns.order.map((all) => all.filter((i) => (weight[i] as number) > 0));
	const size = order[0]?.length ?? 0;
	const isBelow = new Uint8Array(count);
	const drawn = { columns, weight, order, isBelow, spare: new Int32Array(size) };
	const tree: Tree = { feature: [], at: [], below: [], value: [] };
	const waiting = [{ node: addNode(tree), from: 0, to: size, depth: 0 }];
	for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
		const { node, from, to, depth } = part;
		const { sum, total, same } = statistics(drawn, from, to);
		tree.value[node] = sum / total;
		if (same || depth >= options.maxDepth || to - from < options.minSplit) continue;
		const split = bestSplit(drawn, { from, to, sum, total });
		if (split === null) continue;
		partition(drawn, { from, to, feature: split.feature, middle: split.middle });
		tree.feature[node] = split.feature;
		tree.at[node] = split.at;
		const below = addNode(tree);
		const above = addNode(tree);
		tree.below[node] = below;
		waiting.push({ node: above, from: split.middle, to, depth: depth + 1 });
		waiting.push({ node: below, from, to: split.middle, depth: depth + 1 });
	}
	return tree;
}

function addNode(tree: Tree): number {
	tree.feature.push(-1);
	tree.at.push(0);
	tree.below.push(0);
	return tree.value.push(0) - 1;
}

function statistics({ columns, weight, order }: Drawn, from: number, to: number) {
	const points = order[0] as Int32Array;
	const first = columns.y[points[from] as number] as number;
	let sum = 0;
	let total = 0;
	let same = true;
	for (let k = from; k < to; k++) {
		const i = points[k] as number;
		const y = columns.y[i] as number;
		same &&= y === first;
		sum += (weight[i] as number) * y;
		total += weight[i] as number;
	}
	return { sum, total, same };
}

interface Node {
	readonly from: number;
	readonly to: number;
	/** Of values and of weights. */
	readonly sum: number;
	readonly total: number;
}

/** The split that leaves the least squared error, half-way between two values of a feature. */
function bestSplit({ columns, weight, order }: Drawn, { from, to, sum, total }: Node) {
	let best: { feature: number; at: number; middle: number } | null = null;
	let most = Number.NEGATIVE_INFINITY;
	columns.x.forEach((column, feature) => {
		const points = order[feature] as Int32Array;
		let left = 0;
		let count = 0;
		for (let k = from; k < to - 1; k++) {
			const i = points[k] as number;
			left += (weight[i] as number) * (columns.y[i] as number);
			count += weight[i] as number;
			const x0 = column[i] as number;
			const x1 = column[points[k + 1] as number] as number;
			if (x0 === x1) continue;
			const right = sum - left;
			const gain = (left * left) / count + (right * right) / (total - count);
			if (gain <= most) continue;
			most = gain;
			best = { feature, at: (x0 + x1) / 2, middle: k + 1 };
		}
	});
	return best as { feature: number; at: number; middle: number } | null;
}

/** Puts the points below a split before those above it, along every feature in the order they had. */
function partition(
	{ order, isBelow, spare }: Drawn,
	split: {
		readonly from: number;
		readonly to: number;
		readonly feature: number;
		readonly middle: number;
	},
): void {
	const { from, to, feature, middle } = split;
	const along = order[feature] as Int32Array;
	for (let k = from; k < to; k++) isBelow[along[k] as number] = k < middle ? 1 : 0;
	for (const points of order) {
		if (points === along) continue;
		let below = from;
		let above = 0;
		for (let k = from; k < to; k++) {
			const i = points[k] as number;
			if (isBelow[i] === 1) points[below++] = i;
			else spare[above++] = i;
		}
		points.set(spare.subarray(0, above), below);
	}
}

function descend({ feature, at, below, value }: Tree, x: readonly number[]): number {
	let node = 0;
	for (let f = feature[0] as number; f >= 0; f = feature[node] as number)
		node = (below[node] as number) + ((x[f] as number) <= (at[node] as number) ? 0 : 1);
	return value[node] as number;
}

/** Uniform numbers in [0, 1): Marsaglia's 32-bit xorshift (2003). */
function uniform(seed: number): () => number {
	let state = seed | 0 || 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) / 4294967296;
	};
}
