import { ConfigError } from '../../protocol/errors.ts';
import type { LinearGeometry, ModelGeometry } from '../model.ts';
import type { HeadGrid } from './heads.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import type { KeyValue } from './packed.ts';

type Phase = 'context' | 'generation';

/**
 * Convolution and recurrence of a gated delta net, of prompts or of answers: their times do not depend on what was before. Heads that
 * were not measured take the time of the nearest ones in proportion to their values.
 *
 * @throws ConfigError where no delta net was measured on the GPU, or only others
 */
export function deltaNetGrid(
	kernels: KernelSet,
	phase: Phase,
	model: ModelGeometry,
	tensorParallel: number,
): HeadGrid {
	const { linear } = model;
	if (linear === undefined)
		throw new ConfigError(`Cannot price delta nets of "${model.name}": its card has no linear`);
	for (const table of kernels.tables('delta-net')) {
		const grid = gridOf(table, phase, linear, tensorParallel);
		if (grid !== null) return grid;
	}
	throw new ConfigError(
		`Cannot price delta nets of "${model.name}" on ${kernels.gpu.name.toUpperCase()}: none of such heads were measured`,
	);
}

function gridOf(
	table: IndexedTable,
	phase: Phase,
	linear: LinearGeometry,
	tensorParallel: number,
): HeadGrid | null {
	const { keyWidth, valueWidth, convWidth } = linear;
	const alike = table.groups.filter(
		(group) =>
			group[0] === phase &&
			group[4] === keyWidth &&
			group[5] === valueWidth &&
			group[6] === convWidth,
	);
	const sources = [...new Set(alike.map(([, source]) => String(source)))];
	// Older measurements have the convolution alone.
	if (sources.length < 2) return null;
	const values = linear.valueHeads / tensorParallel;
	const keys = linear.keyHeads / tensorParallel;
	const near = alike.reduce((best, one) =>
		distance(one, keys, values) < distance(best, keys, values) ? one : best,
	);
	const isExact = distance(near, keys, values) === 0;
	const logs = sources.map((source) => table.group(phase, source, ...near.slice(2)));
	const [batches = [], lengths = []] = table.at;
	const logMs = Float64Array.from({ length: batches.length * lengths.length }, (_, i) =>
		Math.log(logs.reduce((sum, row) => sum + Math.exp(row?.[i] ?? Number.NaN), 0)),
	);
	return {
		...{ batches, lengths, logMs, perSequence: 1, whole: true },
		factor: Math.max(1, values / Number(near[3])),
		window: Number.POSITIVE_INFINITY,
		evidence: isExact ? 'measured' : 'modelled',
		source:
			`${values} value heads, ${sources.join(' and ')}, ${table.source}` +
			(isExact ? '' : `; as of ${near[3]} value heads`),
	};
}

function distance([, , keys, values]: readonly KeyValue[], k: number, v: number): number {
	return 2 * Math.abs(Math.log(Number(values) / v)) + Math.abs(Math.log(Number(keys) / k));
}
