/**
 * MT19937 (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998) with the two ways of seeding that Python's
 * `random` and numpy's `RandomState` use, so that streams agree with theirs number for number. A stream
 * is plain data and moves on in place. Only for compatibility: models have streams of their own (Prng).
 */

/** A stream: 624 words, and the place of the next one to hand out. */
export interface MersenneState {
	readonly words: Int32Array;
	next: number;
}

const SIZE = 624;
const SHIFT = 397;
const TWIST = 0x9908b0df;

/** The stream that numpy's `RandomState(seed)` starts with; `seed` is an integer in [0, 2^32). */
export function numpyStream(seed: number): MersenneState {
	const words = new Int32Array(SIZE);
	words[0] = seed;
	for (let i = 1; i < SIZE; i++) {
		const before = words[i - 1] as number;
		words[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
	}
	return { words, next: SIZE };
}

/** The stream that Python's `random.seed(seed)` starts; `seed` is a safe integer, its sign is ignored. */
export function pythonStream(seed: number): MersenneState {
	const size = Math.abs(seed);
	const low = size % 2 ** 32;
	const high = Math.floor(size / 2 ** 32);
	const key = high === 0 ? [low] : [low, high];
	const stream = numpyStream(19650218);
	const { words } = stream;
	let i = 1;
	for (let k = 0; k < SIZE; k++) {
		const before = words[i - 1] as number;
		const mixed = Math.imul(before ^ (before >>> 30), 1664525);
		words[i] = ((words[i] as number) ^ mixed) + (key[k % key.length] as number) + (k % key.length);
		if (++i === SIZE) {
			words[0] = words[SIZE - 1] as number;
			i = 1;
		}
	}
	for (let k = 1; k < SIZE; k++) {
		const before = words[i - 1] as number;
		words[i] = ((words[i] as number) ^ Math.imul(before ^ (before >>> 30), 1566083941)) - i;
		if (++i === SIZE) {
			words[0] = words[SIZE - 1] as number;
			i = 1;
		}
	}
	words[0] = 0x80000000;
	return stream;
}

/** The next 32 bits, as an integer in [0, 2^32). */
export function nextUint32(stream: MersenneState): number {
	if (stream.next === SIZE) twist(stream);
	let bits = stream.words[stream.next++] as number;
	bits ^= bits >>> 11;
	bits ^= (bits << 7) & 0x9d2c5680;
	bits ^= (bits << 15) & 0xefc60000;
	bits ^= bits >>> 18;
	return bits >>> 0;
}

/** The next number in [0, 1) with 53 bits: `random.random()` and `RandomState.random_sample()`. */
export function nextDouble(stream: MersenneState): number {
	const high = nextUint32(stream) >>> 5;
	const low = nextUint32(stream) >>> 6;
	return (high * 67108864 + low) / 9007199254740992;
}

/** `random.randrange(count)` of Python: as many high bits as `count` has, drawn again while too large. */
export function pythonBelow(stream: MersenneState, count: number): number {
	const shift = Math.clz32(count);
	for (;;) {
		const value = nextUint32(stream) >>> shift;
		if (value < count) return value;
	}
}

/**
 * `RandomState.permutation(count)` of numpy, which `DataFrame.sample(frac=1)` of pandas uses: Fisher-Yates
 * from the end, each place from the low bits of a draw, drawn again while too large.
 */
export function numpyPermutation(stream: MersenneState, count: number): Int32Array {
	const order = Int32Array.from({ length: count }, (_, i) => i);
	for (let i = count - 1; i > 0; i--) {
		const mask = 0xffffffff >>> Math.clz32(i);
		let j: number;
		do j = (nextUint32(stream) & mask) >>> 0;
		while (j > i);
		const moved = order[i] as number;
		order[i] = order[j] as number;
		order[j] = moved;
	}
	return order;
}

/** A stream at the same place that goes its own way. */
export function copyStream(stream: MersenneState): MersenneState {
	return { words: stream.words.slice(), next: stream.next };
}

function twist(stream: MersenneState): void {
	const { words } = stream;
	for (let i = 0; i < SIZE; i++) {
		const bits =
			((words[i] as number) & 0x80000000) | ((words[(i + 1) % SIZE] as number) & 0x7fffffff);
		words[i] =
			(words[(i + SHIFT) % SIZE] as number) ^ (bits >>> 1) ^ ((bits & 1) === 0 ? 0 : TWIST);
	}
	stream.next = 0;
}
