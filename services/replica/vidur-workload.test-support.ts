import type { Request } from './engine/admission.ts';

/** Vidur's synthetic workload: truncated Poisson arrivals and Zipf lengths, with Vidur's own random numbers. */
export interface VidurWorkload {
	readonly requests: number;
	readonly qps: number;
	readonly minTokens: number;
	readonly maxTokens: number;
	readonly theta: number;
	readonly prefillToDecode: number;
}

const SEED = 42;

/** The requests that Vidur generates for a workload (SPEC section 10). */
export function vidurRequests(workload: VidurWorkload): Request[] {
	const arrivals = mersenneTwister(seedByArray(SEED));
	const lengths = mersenneTwister(seedByNumber(SEED));
	const zipf = zipfSampler(workload);
	const result: Request[] = [];
	let arrivedAtS = 0;
	for (let id = 0; id < workload.requests; id++) {
		const interArrivalS = Math.min(-Math.log(1 - arrivals()) / workload.qps, 3 / workload.qps);
		arrivedAtS += interArrivalS;
		const total = zipf(lengths());
		const decode = total / (1 + workload.prefillToDecode);
		result.push({
			id,
			arrivedAtS,
			interArrivalS: id === 0 ? Number.NaN : interArrivalS,
			prefillTokens: Math.trunc(total - decode),
			decodeTokens: Math.trunc(decode),
		});
	}
	return result;
}

function zipfSampler({ minTokens, maxTokens, theta }: VidurWorkload): (u: number) => number {
	const items = maxTokens - minTokens + 1;
	const zeta = (m: number) => {
		let sum = 0;
		for (let i = 1; i < m; i++) sum += i ** -theta;
		return sum;
	};
	const zetaN = zeta(items);
	const alpha = 1 / (1 - theta);
	const eta = (1 - (2 / items) ** (1 - theta)) / (1 - zeta(2) / (zetaN + 1e-8));
	return (u) => {
		if (u * zetaN < 1) return minTokens;
		if (u * zetaN < 1 + 0.5 ** theta) return minTokens + 1;
		return minTokens + Math.trunc(items * (eta * u - eta + 1) ** alpha);
	};
}

const SIZE = 624;
const SHIFT = 397;

/** numpy's RandomState(seed): MT19937 seeded by one number (Matsumoto and Nishimura, 2002). */
function seedByNumber(seed: number): Uint32Array {
	const state = new Uint32Array(SIZE);
	state[0] = seed;
	for (let i = 1; i < SIZE; i++) {
		const before = state[i - 1] as number;
		state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
	}
	return state;
}

/** Python's random.seed(int): MT19937 seeded by an array, here of one word. */
function seedByArray(seed: number): Uint32Array {
	const state = seedByNumber(19650218);
	const mixed = (i: number) => {
		const before = state[i - 1] as number;
		return before ^ (before >>> 30);
	};
	let i = 1;
	const next = () => {
		i++;
		if (i < SIZE) return;
		state[0] = state[SIZE - 1] as number;
		i = 1;
	};
	for (let k = SIZE; k > 0; k--) {
		state[i] = ((state[i] as number) ^ Math.imul(mixed(i), 1664525)) + seed;
		next();
	}
	for (let k = SIZE - 1; k > 0; k--) {
		state[i] = ((state[i] as number) ^ Math.imul(mixed(i), 1566083941)) - i;
		next();
	}
	state[0] = 0x80000000;
	return state;
}

/** Uniform numbers in [0, 1) with 53 bits, as both Python and numpy draw them. */
function mersenneTwister(state: Uint32Array): () => number {
	let index = SIZE;
	const twist = () => {
		for (let i = 0; i < SIZE; i++) {
			const upper = (state[i] as number) & 0x80000000;
			const lower = (state[(i + 1) % SIZE] as number) & 0x7fffffff;
			const y = upper | lower;
			const flip = (y & 1) === 0 ? 0 : 0x9908b0df;
			state[i] = (state[(i + SHIFT) % SIZE] as number) ^ (y >>> 1) ^ flip;
		}
		index = 0;
	};
	const word = () => {
		if (index === SIZE) twist();
		let y = state[index++] as number;
		y ^= y >>> 11;
		y ^= (y << 7) & 0x9d2c5680;
		y ^= (y << 15) & 0xefc60000;
		return (y ^ (y >>> 18)) >>> 0;
	};
	return () => {
		const high = word() >>> 5;
		const low = word() >>> 6;
		return (high * 67108864 + low) / 9007199254740992;
	};
}
