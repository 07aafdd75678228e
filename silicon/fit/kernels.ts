import type { AttentionKernel } from '../profile/attention.ts';
import { REFERENCE_HARDWARE } from '../profile/hardware.ts';
import { factorAt, type PrefillKernel } from '../profile/prefill-law.ts';
import { fitPairs, gridded, joined, stepped, tabulated } from './decode-surface.ts';
import { headFactors } from './head-factors.ts';
import type { KernelSample } from './kernel-samples.ts';
import { fitFactors, median, product, unitsOf } from './prefill-factors.ts';

/** The samples that the kernels are fitted to, by model and tensor parallelism. */
export type SampleSets = Readonly<Record<string, readonly KernelSample[]>>;

/** FlashAttention-2 with a paged cache: tiles of 64 queries of one head. */
const FLASH_ATTENTION: PrefillKernel = {
	tileRows: 64,
	packsGroups: false,
	tileTokens: 64,
	splits: 'waves',
	launch: 4,
	blockLaunch: 2,
};

/** FlashInfer: tiles of 128 rows, which the heads of a group share. */
const FLASH_INFER: PrefillKernel = {
	tileRows: 128,
	packsGroups: true,
	tileTokens: 64,
	splits: 'evenly',
	launch: 8,
	blockLaunch: 2,
};

const SOURCE =
	'fitted by silicon/fit to attention samples of microsoft/vidur (MIT) on A100; method and error in profiling-data/README.md';

/** From so many pairs on FlashAttention cuts no cache, and groups make no difference: 0.8 of 108. */
const UNCUT = 88;
/** The grid of Llama-2-70B at TP 2 ends here. */
const GRID_PAIRS = 512;

/** The kernel of all models but Llama-3. */
export function fitFlashAttention(sets: SampleSets): AttentionKernel {
	const llama2 = ['llama-2-7b-tp1', 'llama-2-7b-tp2', 'llama-2-7b-tp4'].map((s) => sets[s] ?? []);
	const one = llama2[0] as readonly KernelSample[];
	const grid = sets['llama-2-70b-tp2'] as readonly KernelSample[];
	const kv = [32, ...range(64, 1024, 64), ...range(1088, 4032, 64)];
	const measured = gridded(grid, kv);
	const wide = [...llama2.flat(), ...grid.filter((s) => s.batch * s.heads.keyValue > UNCUT)];
	const beyond = tabulated(fitPairs(thinned(wide)), PAIRS_BEYOND, kv);
	const grouped = joined(measured, beyond, GRID_PAIRS);
	const narrow = tabulated(fitPairs(llama2.flat()), range(8, UNCUT - 8, 8), kv);
	const law = { prefill: FLASH_ATTENTION, ...unit(FLASH_ATTENTION, grid) };
	const units = unitsFor(law);
	const factors = fitFactors(
		grid.filter((s) => s.kv % 64 === 0),
		units,
	);
	const single = fitFactors(one, (s) => units(s) * factorAt(factors, s.chunk, s.kv));
	const both = product(factors, single);
	return {
		kernel: 'flash-attention',
		source: SOURCE,
		kvCacheSaveUs: 0,
		decodeLaunchUs: 6,
		headWidth: 128,
		grouped: { decode: stepped(grouped, REFERENCE_HARDWARE.multiprocessors), prefill: factors },
		single: {
			decode: stepped(joined(narrow, grouped, UNCUT - 8), REFERENCE_HARDWARE.multiprocessors),
			prefill: both,
		},
		...law,
		heads: headFactors(llama2.slice(1), (s) => units(s) * factorAt(both, s.chunk, s.kv)),
	};
}

/** The kernel that Llama-3 was profiled with. */
export function fitFlashInfer(sets: SampleSets): AttentionKernel {
	const one = sets['llama-3-8b-tp1'] as readonly KernelSample[];
	const four = sets['llama-3-8b-tp4'] as readonly KernelSample[];
	const kv = [
		...range(32, 64, 32),
		...range(128, 512, 64),
		...range(640, 1024, 128),
		...range(1280, 4096, 256),
		...range(5120, 16384, 1024),
	];
	const pairs = [...range(2, 128, 2), ...range(136, 1024, 8), ...range(1040, 4096, 16)];
	const surface = tabulated(fitPairs([...one, ...four]), pairs, kv);
	const law = { prefill: FLASH_INFER, ...unit(FLASH_INFER, one) };
	const units = unitsFor(law);
	const factors = fitFactors(one, units);
	return {
		kernel: 'flashinfer',
		source: SOURCE,
		kvCacheSaveUs: 3,
		decodeLaunchUs: 6,
		headWidth: 128,
		grouped: { decode: stepped(surface, REFERENCE_HARDWARE.multiprocessors), prefill: factors },
		single: null,
		...law,
		heads: headFactors([four], (s) => units(s) * factorAt(factors, s.chunk, s.kv)),
	};
}

const PAIRS_BEYOND = [...range(520, 1024, 8), ...range(1040, 2048, 16), ...range(2080, 4096, 32)];

/** Of a full grid as many KV lengths as are sampled elsewhere, so that it does not outweigh the samples. */
function thinned(samples: readonly KernelSample[]): KernelSample[] {
	const kept = [32, 64, 128, 256, 512, 1024, 1728, 2048, 3136, 4032];
	return samples.filter((s) => !s.prefill && (s.set !== 'llama-2-70b-tp2' || kept.includes(s.kv)));
}

type Law = { readonly prefill: PrefillKernel; readonly prefillUnitUs: number };

function unit(prefill: PrefillKernel, samples: readonly KernelSample[]) {
	const prompts = samples.filter((s) => s.prefill);
	const us = median(prompts.map((s) => s.us / unitsOf(prefill, s.heads, s)));
	return { prefillUnitUs: Number(us.toPrecision(4)) };
}

/** What the law alone expects of a sample, in microseconds. */
export function unitsFor(law: Law): (sample: KernelSample) => number {
	return (s) => law.prefillUnitUs * unitsOf(law.prefill, s.heads, s);
}

function range(from: number, to: number, step: number): number[] {
	return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}
