import { ConfigError } from '../../protocol/errors.ts';
import type { MoeGeometry, WeightFormat } from '../model.ts';
import type { PricedCurve } from './evidence.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import type { LayerCut } from './layer-cut.ts';
import { timeOver } from './log-curve.ts';
import type { KeyValue } from './packed.ts';

/** Names of the formats in the measurements. */
const FORMATS: Readonly<Record<WeightFormat, string>> = {
	bf16: 'bfloat16',
	fp8: 'fp8',
	fp8_block: 'fp8_block',
	fp4: 'nvfp4',
	mxfp4: 'w4a16_mxfp4',
	int4: 'int4_wo',
};

/** How tokens are spread over experts, as measured: real routers favour some. The first that was measured counts. */
const DISTRIBUTIONS = ['power_law_1.2', 'power_law_1.01', 'balanced'];

/** Experts of one layer as a table tells them apart. */
interface Shape {
	readonly width: number;
	readonly inner: number;
	readonly experts: number;
	readonly perToken: number;
	readonly cut: number;
	readonly spread: number;
}

/**
 * The time of all experts of a layer on one GPU over the tokens of a batch, routing included. Experts that were not measured take the
 * time of the nearest ones at as many tokens an expert, in proportion to their weights. One scale a matrix and scales in blocks run in
 * kernels of the same kind, and an engine takes the faster: where the one measured with one scale is slower throughout, the other's counts.
 *
 * @throws ConfigError for a format of which no experts were measured on the GPU
 */
export function expertTime(
	kernels: KernelSet,
	{ moe, width, format }: { moe: MoeGeometry; width: number; format: WeightFormat },
	{ tensorParallel, expertParallel }: LayerCut,
): PricedCurve {
	const wanted: Shape = {
		...{ width, inner: moe.expertWidth, experts: moe.experts, perToken: moe.perToken },
		cut: expertParallel ? 1 : tensorParallel,
		spread: expertParallel ? tensorParallel : 1,
	};
	const own = curveOf(kernels, wanted, format);
	const alike = format === 'fp8' ? curveOf(kernels, wanted, 'fp8_block') : null;
	if (own !== null && alike !== null && isFaster(alike, own))
		return {
			...alike,
			evidence: 'modelled',
			source: `${alike.source}, faster than the kernel measured in fp8, which vLLM would not choose`,
		};
	if (own !== null) return own;
	const known = new Set(
		[...kernels.tables('moe')].flatMap(({ groups }) => groups.map(([of]) => String(of))),
	);
	throw new ConfigError(
		`Cannot price experts in ${format} on ${kernels.gpu.name.toUpperCase()}: they were measured in ${[...known].join(', ')}`,
	);
}

/** The experts themselves in the first table that has them, or else the nearest of the first table with the format. */
function curveOf(kernels: KernelSet, wanted: Shape, format: WeightFormat): PricedCurve | null {
	const name = FORMATS[format];
	let nearest: PricedCurve | null = null;
	for (const table of kernels.tables('moe')) {
		for (const distribution of DISTRIBUTIONS) {
			const of = [wanted.width, wanted.inner, wanted.experts, wanted.perToken];
			const logs = table.group(name, distribution, ...of, wanted.cut, wanted.spread);
			if (logs !== null) return measured(table, logs, `${textOf(wanted)} in ${format}`);
		}
		nearest ??= nearestTime(table, [name, format], wanted);
	}
	return nearest;
}

/** Batches by which kernels are compared. */
const COMPARED = [1, 8, 64, 512, 4096];

/** Whether one kernel is faster than the other in all batches that are compared. */
function isFaster(one: PricedCurve, other: PricedCurve): boolean {
	return COMPARED.every((tokens) => one.ms(tokens) < other.ms(tokens));
}

function measured(table: IndexedTable, logMs: Float64Array, what: string): PricedCurve {
	return {
		ms: timeOver({ at: table.at[0] as number[], logMs }),
		evidence: 'measured',
		source: `${what}, ${table.source}`,
	};
}

function textOf({ experts, perToken, width, inner, cut, spread }: Shape): string {
	const over =
		cut * spread === 1 ? '' : `, ${cut > 1 ? 'cut' : 'spread'} over ${cut * spread} GPUs`;
	return `${perToken} of ${experts} experts of ${width} x ${inner}${over}`;
}

function nearestTime(
	table: IndexedTable,
	[name, format]: readonly [string, WeightFormat],
	wanted: Shape,
): PricedCurve | null {
	let best: { readonly group: readonly KeyValue[]; readonly shape: Shape } | null = null;
	let least = Number.POSITIVE_INFINITY;
	for (const group of table.groups) {
		if (group[0] !== name || DISTRIBUTIONS.indexOf(String(group[1])) < 0) continue;
		const shape = shapeOf(group);
		const order = DISTRIBUTIONS.indexOf(String(group[1])) / 100;
		const distance = distanceOf(shape, wanted) + order;
		if (distance >= least) continue;
		least = distance;
		best = { group, shape };
	}
	if (best === null) return null;
	const { group, shape } = best;
	const time = timeOver({
		at: table.at[0] as number[],
		logMs: table.group(...group) as Float64Array,
	});
	const weights = (one: Shape) => (one.width * one.inner * one.experts) / (one.cut * one.spread);
	const tokensAnExpert = (one: Shape) => one.perToken / one.experts;
	const factor = weights(wanted) / weights(shape);
	const tokensFactor = tokensAnExpert(wanted) / tokensAnExpert(shape);
	return {
		ms: (tokens) => factor * time(Math.max(1, tokens * tokensFactor)),
		evidence: 'modelled',
		source: `${textOf(wanted)} in ${format} as ${textOf(shape)} times ${factor.toPrecision(3)}, ${table.source}`,
	};
}

function shapeOf([, , width, inner, experts, perToken, cut, spread]: readonly KeyValue[]): Shape {
	return {
		...{ width: Number(width), inner: Number(inner), experts: Number(experts) },
		...{ perToken: Number(perToken), cut: Number(cut), spread: Number(spread) },
	};
}

/** How unlike two shapes are: how often they are cut counts most, then how many experts there are for a token. */
function distanceOf(a: Shape, b: Shape): number {
	const apart = (of: (one: Shape) => number) => Math.abs(Math.log(of(a) / of(b)));
	return (
		4 * apart(({ cut }) => cut) +
		4 * apart(({ spread }) => spread) +
		2 * apart(({ perToken, experts }) => perToken / experts) +
		apart(({ experts }) => experts) +
		apart(({ width }) => width) +
		apart(({ inner }) => inner)
	);
}
