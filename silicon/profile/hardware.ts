import { ConfigError } from '../../protocol/errors.ts';

/**
 * What the times of a kernel depend on beside its work. Rates are what kernels reach, not what the data
 * sheet says: bandwidth and matrix rate are those of the large projections in the profiling data of
 * microsoft/vidur 7d47513 (Llama-2-70B's at 1 and at 4,096 tokens), so that ratios between devices are measured.
 */
export interface Hardware {
	/** Streaming multiprocessors; blocks of a kernel run in waves of this many (NVIDIA's data sheets). */
	readonly multiprocessors: number;
	/** Reading weights, 10^9 bytes a second. */
	readonly bandwidthGbps: number;
	/**
	 * FlashAttention-2 on long prompts relative to an A100. H100: 335 over 225 TFLOPS, as its authors state,
	 * for it does not use that device's newest instructions. A40: the ratio of the matrix rates, 110 over 235.
	 */
	readonly attentionRate: number;
}

const known: Readonly<Record<string, Hardware>> = {
	a100: { multiprocessors: 108, bandwidthGbps: 1620, attentionRate: 1 },
	h100: { multiprocessors: 132, bandwidthGbps: 2880, attentionRate: 1.49 },
	a40: { multiprocessors: 84, bandwidthGbps: 560, attentionRate: 0.47 },
};

/** The device that attention was sampled on. */
export const REFERENCE_HARDWARE: Hardware = known['a100'] as Hardware;

/** @throws ConfigError for a device without figures, listing those there are */
export function hardwareOf(device: string): Hardware {
	const found = known[device.toLowerCase()];
	if (found === undefined)
		throw new ConfigError(
			`Cannot scale attention to "${device}": figures are known of ${Object.keys(known).join(', ')}; ` +
				'import a profile of it (gridbeat profiles import)',
		);
	return found;
}
