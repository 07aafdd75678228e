const DIGIT_BITS = 16;
const BUCKETS = 1 << DIGIT_BITS;

/** What several lists of one length are put in order with, one after the other. */
export type RankSpace = readonly [Uint32Array, Uint32Array];

/** Space for lists of `length` values. */
export function rankSpace(length: number): RankSpace {
	return [new Uint32Array(length), new Uint32Array(length)];
}

/**
 * The places of the values in rising order, the first of equals first: a radix sort by 16 bits at a time of the
 * doubles' bits, of which those of negative numbers are turned round.
 *
 * @param space what is returned is part of it
 */
export function rankOrder(
	values: Float64Array,
	space: RankSpace = rankSpace(values.length),
): Uint32Array {
	const { length } = values;
	const words = new Uint32Array(values.buffer, values.byteOffset, 2 * length);
	let [order, next] = space;
	for (let i = 0; i < length; i++) order[i] = i;
	const starts = new Uint32Array(BUCKETS);
	for (let shift = 0; shift < 64; shift += DIGIT_BITS) {
		starts.fill(0);
		for (let i = 0; i < length; i++) {
			const digit = digitOf(words, i, shift);
			starts[digit] = (starts[digit] as number) + 1;
		}
		if (starts.includes(length)) continue;
		let sum = 0;
		for (let digit = 0; digit < BUCKETS; digit++) {
			const count = starts[digit] as number;
			starts[digit] = sum;
			sum += count;
		}
		for (let i = 0; i < length; i++) {
			const place = order[i] as number;
			const digit = digitOf(words, place, shift);
			next[starts[digit] as number] = place;
			starts[digit] = (starts[digit] as number) + 1;
		}
		[order, next] = [next, order];
	}
	return order;
}

function digitOf(words: Uint32Array, place: number, shift: number): number {
	const top = words[2 * place + 1] as number;
	const word = shift < 32 ? (words[2 * place] as number) : top;
	const turned = top >= 2 ** 31 ? ~word : shift < 32 ? word : word ^ (2 ** 31);
	return (turned >>> (shift & 31)) & (BUCKETS - 1);
}
