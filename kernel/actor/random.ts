import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of uniform numbers in [0, 1). Each purpose of each actor has its own; none is ever shared. */
export interface Prng {
	/** The next uniform number in [0, 1), 53 bits. */
	uniform(): number;
	/** The next standard normal number (Box-Muller, both halves used). */
	normal(): number;
	/** The next exponential number of mean 1. */
	exponential(): number;
	/** The state as plain numbers, for snapshots. */
	state(): readonly number[];
}

/**
 * The stream named `path`, such as `1/router/arrivals`. Equal paths give equal streams on every machine.
 *
 * @param path seed, actor and purpose, joined by slashes
 * @param state a state taken with `state()`, to go on from there
 */
export function namedPrng(path: string, state?: readonly number[]): Prng {
	const generator = xoroshiro128plusFromState(
		state === undefined ? hash128(path) : state.slice(0, 4),
	);
	let spare = state?.[4] ?? Number.NaN;
	return {
		uniform: () => uniformFloat64(generator),
		normal() {
			if (!Number.isNaN(spare)) {
				const value = spare;
				spare = Number.NaN;
				return value;
			}
			const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
			const angle = 2 * Math.PI * uniformFloat64(generator);
			spare = radius * Math.sin(angle);
			return radius * Math.cos(angle);
		},
		exponential: () => -Math.log(1 - uniformFloat64(generator)),
		state: () =>
			Number.isNaN(spare) ? [...generator.getState()] : [...generator.getState(), spare],
	};
}

/** 128 bits of a text: four FNV-1a hashes of it with different offsets, each finished as in MurmurHash3. */
function hash128(text: string): number[] {
	const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
	for (let i = 0; i < text.length; i++) {
		const unit = text.charCodeAt(i);
		for (let w = 0; w < 4; w++)
			words[w] = Math.imul((words[w] as number) ^ (unit + w * 0x100), 0x01000193);
	}
	return words.map((word) => {
		let h = word;
		h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
		h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
		return (h ^ (h >>> 16)) | 0;
	});
}
