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
	readonly minSplit: number;
	readonly seed: number;
}

/** In the middle of Vidur's grid, with fewer trees: more change its tables by less than its own scatter. */
const FOREST_DEFAULTS: ForestOptions = { trees: 60, maxDepth: 16, minSplit: 2, seed: 42 };

type Tree = { readonly value: number } | Split;
interface Split {
	readonly feature: number;
	readonly at: number;
	readonly below: Tree;
	readonly above: Tree;
}

/** A random forest as scikit-learn's regressor by default: bootstrapped, all features, least squared error. */
export function trainForest(points: readonly Point[], options = FOREST_DEFAULTS): Regressor {
	const next = uniform(options.seed);
	const trees = Array.from({ length: options.trees }, () => {
		const drawn = points.map(() => points[Math.floor(next() * points.length)] as Point);
		return grow(drawn, options, 0);
	});
	return (x) => trees.reduce((sum, tree) => sum + descend(tree, x), 0) / trees.length;
}

function grow(points: readonly Point[], options: ForestOptions, depth: number): Tree {
	const mean = points.reduce((sum, { y }) => sum + y, 0) / points.length;
	if (depth >= options.maxDepth || points.length < options.minSplit) return { value: mean };
	const split = bestSplit(points);
	if (split === null) return { value: mean };
	const below = points.filter(({ x }) => (x[split.feature] as number) <= split.at);
	const above = points.filter(({ x }) => (x[split.feature] as number) > split.at);
	return {
		...split,
		below: grow(below, options, depth + 1),
		above: grow(above, options, depth + 1),
	};
}

/** The split that leaves the least squared error, half-way between two values of a feature. */
function bestSplit(points: readonly Point[]): { feature: number; at: number } | null {
	let best: { feature: number; at: number } | null = null;
	const total = points.reduce((sum, { y }) => sum + y, 0);
	let most = (total * total) / points.length + 1e-15;
	const features = points[0]?.x.length ?? 0;
	for (let feature = 0; feature < features; feature++) {
		const sorted = [...points].sort((a, b) => (a.x[feature] as number) - (b.x[feature] as number));
		let left = 0;
		for (let i = 0; i < sorted.length - 1; i++) {
			const here = sorted[i] as Point;
			left += here.y;
			const x0 = here.x[feature] as number;
			const x1 = (sorted[i + 1] as Point).x[feature] as number;
			if (x0 === x1) continue;
			const count = i + 1;
			const right = total - left;
			const gain = (left * left) / count + (right * right) / (sorted.length - count);
			if (gain > most) {
				most = gain;
				best = { feature, at: (x0 + x1) / 2 };
			}
		}
	}
	return best;
}

function descend(tree: Tree, x: readonly number[]): number {
	let node = tree;
	while ('feature' in node) node = (x[node.feature] as number) <= node.at ? node.below : node.above;
	return node.value;
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
