import { ConfigError } from '../../protocol/errors.ts';
import type { MlaGeometry, ModelGeometry, WeightFormat } from '../model.ts';
import type { HeadGrid } from './heads.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import type { KernelName } from './layouts.ts';
import { around, mixedLogs } from './log-curve.ts';

/** DeepSeek-V3's, of which latent attention was measured. */
const MEASURED_WIDTH = 7168;
const MEASURED: MlaGeometry = {
	...{ queryRank: 1536, kvRank: 512, nopeWidth: 128, ropeWidth: 64, valueWidth: 128 },
};

/** Names of the formats in the measurements, and which stands for others. */
const FORMATS: Readonly<Record<WeightFormat, readonly string[]>> = {
	bf16: ['bfloat16'],
	fp8: ['fp8', 'fp8_block'],
	fp8_block: ['fp8_block'],
	fp4: ['nvfp4'],
	mxfp4: [],
	int4: [],
};

/**
 * Latent attention of a layer with its matrices, of prompts or of answers.
 *
 * @throws ConfigError for other widths than DeepSeek-V3's, and for a format that was not measured on the GPU
 */
export function latentGrid(
	kernels: KernelSet,
	name: Extract<KernelName, 'mla-prompt' | 'mla-decode'>,
	model: ModelGeometry,
	tensorParallel: number,
): HeadGrid {
	refuseOthers(model);
	const format = model.attentionWeights ?? model.weights ?? 'bf16';
	const cache = model.kvCache === 'fp8' ? 'fp8' : 'bfloat16';
	for (const table of kernels.tables(name))
		for (const stored of FORMATS[format])
			for (const computed of ['bfloat16', 'fp8']) {
				const grid = gridOf(table, [stored, computed, cache], model.queryHeads / tensorParallel);
				if (grid === null) continue;
				return stored === FORMATS[format][0] ? grid : { ...grid, evidence: 'modelled' };
			}
	throw new ConfigError(
		`Cannot price latent attention of "${model.name}" in ${format} with a KV cache in ${cache} on ` +
			`${kernels.gpu.name.toUpperCase()}: no such kernels were measured`,
	);
}

function refuseOthers({ name, width, mla }: ModelGeometry): void {
	const own = mla ?? {};
	const differs = Object.entries(MEASURED).find(
		([key, value]) => (own as Record<string, unknown>)[key] !== value,
	);
	if (width === MEASURED_WIDTH && differs === undefined) return;
	const what = width === MEASURED_WIDTH ? `mla.${differs?.[0]}` : `width ${width}`;
	throw new ConfigError(
		`Cannot price latent attention of "${name}": its ${what} is not that of DeepSeek-V3, of which kernels were measured`,
	);
}

function gridOf(
	table: IndexedTable,
	of: readonly [string, string, string],
	heads: number,
): HeadGrid | null {
	const counts = table.values('num_heads').filter((count) => table.group(...of, count) !== null);
	if (counts.length === 0) return null;
	const { low, high, share } = around(counts, heads);
	const logs = (count: number) => table.group(...of, count) as Float64Array;
	const [batches = [], lengths = []] = table.at;
	return {
		...{ batches, lengths, perSequence: 1, factor: 1, whole: true },
		logMs: mixedLogs([[logs(low), 1 - share] as const, [logs(high), share] as const]),
		window: Number.POSITIVE_INFINITY,
		evidence: share === 0 && low === heads ? 'measured' : 'interpolated',
		source: `${heads} heads in ${of[0]}, ${table.source}`,
	};
}
