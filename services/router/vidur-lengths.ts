import {
	type MersenneState,
	nextDouble,
	numpyPermutation,
	numpyStream,
} from './mersenne-twister.ts';
import { type LengthRows, readLengths } from './read-lengths.ts';
import type { VidurLengths } from './vidur-config.ts';

/** Lengths as Vidur hands them on. Reused from request to request. */
export interface VidurRequestLengths {
	prefillTokens: number;
	decodeTokens: number;
	/** As the file has them, before they are cut. */
	askedPrefill: number;
	askedDecode: number;
}

/** Where a length generator has got to, besides the stream it shares with the intervals. Plain data. */
export interface VidurLengthState {
	/** The generator's own stream; null: it has none. */
	readonly own: MersenneState | null;
	row: number;
}

/** Draws lengths as one of Vidur's length generators does. */
export interface VidurLengthDraw {
	init(): VidurLengthState;
	/** False if there are none left. `python` is the stream of Python's `random`. */
	draw(state: VidurLengthState, python: MersenneState, lengths: VidurRequestLengths): boolean;
}

/**
 * Request lengths as Vidur draws them, to the bit.
 *
 * @throws ConfigError for a trace that cannot be read
 */
export function vidurLengths(config: VidurLengths): VidurLengthDraw {
	if (config.type === 'uniform') return uniform(config);
	if (config.type === 'zipf') return zipf(config);
	if (config.type === 'trace') return trace(config);
	return {
		init: () => ({ own: null, row: 0 }),
		draw(_state, _python, lengths) {
			lengths.prefillTokens = config.prefillTokens;
			lengths.decodeTokens = config.decodeTokens;
			return asked(lengths);
		},
	};
}

/** Nothing of it is cut. */
function asked(lengths: VidurRequestLengths): true {
	lengths.askedPrefill = lengths.prefillTokens;
	lengths.askedDecode = lengths.decodeTokens;
	return true;
}

/** A real total between the bounds; the decode part is rounded up, the prefill part truncated. */
function uniform(config: Extract<VidurLengths, { type: 'uniform' }>): VidurLengthDraw {
	const { minTokens, maxTokens, prefillToDecodeRatio } = config;
	return {
		init: () => ({ own: null, row: 0 }),
		draw(_state, python, lengths) {
			const total = minTokens + (maxTokens - minTokens) * nextDouble(python);
			lengths.decodeTokens = Math.ceil(total / (1 + prefillToDecodeRatio));
			lengths.prefillTokens = Math.trunc(total - lengths.decodeTokens);
			return asked(lengths);
		},
	};
}

/**
 * Gray et al., "Quickly generating billion-record synthetic databases", SIGMOD 1994, with Vidur's sums:
 * its zeta(n) has n - 1 terms.
 */
function zipf(config: Extract<VidurLengths, { type: 'zipf' }>): VidurLengthDraw {
	const { minTokens, maxTokens, theta, prefillToDecodeRatio, seed } = config;
	const items = maxTokens - minTokens + 1;
	const zetaOfItems = zeta(items, theta);
	const alpha = 1 / (1 - theta);
	const eta = (1 - (2 / items) ** (1 - theta)) / (1 - zeta(2, theta) / (zetaOfItems + 1e-8));
	const totalAt = (level: number): number => {
		const share = level * zetaOfItems;
		if (share < 1) return minTokens;
		if (share < 1 + 0.5 ** theta) return minTokens + 1;
		return minTokens + Math.trunc(items * (eta * level - eta + 1) ** alpha);
	};
	return {
		init: () => ({ own: numpyStream(seed), row: 0 }),
		draw(state, _python, lengths) {
			const total = totalAt(nextDouble(state.own as MersenneState));
			const decode = total / (1 + prefillToDecodeRatio);
			lengths.decodeTokens = Math.trunc(decode);
			lengths.prefillTokens = Math.trunc(total - decode);
			return asked(lengths);
		},
	};
}

function zeta(count: number, theta: number): number {
	let sum = 0;
	for (let i = 1; i < count; i++) sum += 1 / i ** theta;
	return sum;
}

/** The rows of a file, cut to `maxTokens`, in the order in which pandas shuffles them, each once. */
function trace(config: Extract<VidurLengths, { type: 'trace' }>): VidurLengthDraw {
	const { path, prefillScale, decodeScale, maxTokens, seed } = config;
	const scale = { prefillScale, decodeScale };
	const rows = readLengths(path, {
		...scale,
		zeroTokens: 'one',
		maxTokens: Number.POSITIVE_INFINITY,
	});
	const order = numpyPermutation(numpyStream(seed), rows.prefillTokens.length);
	return {
		init: () => ({ own: null, row: 0 }),
		draw(state, _python, lengths) {
			const row = order[state.row];
			if (row === undefined) return false;
			state.row += 1;
			cutInProportion(rows, row, maxTokens, lengths);
			return true;
		},
	};
}

/** Takes what exceeds `maxTokens` from both parts in their proportion, rounded up: one may lose more than needed. */
function cutInProportion(
	rows: LengthRows,
	row: number,
	maxTokens: number,
	lengths: VidurRequestLengths,
): void {
	const prefill = rows.prefillTokens[row] as number;
	const decode = rows.decodeTokens[row] as number;
	const total = prefill + decode;
	const excess = Math.max(0, total - maxTokens);
	lengths.askedPrefill = rows.askedPrefill[row] as number;
	lengths.askedDecode = rows.askedDecode[row] as number;
	lengths.prefillTokens = Math.max(1, prefill - Math.ceil(excess * (prefill / total)));
	lengths.decodeTokens = Math.max(1, decode - Math.ceil(excess * (decode / total)));
}
