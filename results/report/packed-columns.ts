/**
 * Columns of numbers as few bytes, for pages that carry a year of them: five significant digits (seven of running sums), which
 * is more than a screen shows, as whole numbers in the order of the values; of these the differences; of these the lowest bytes of all columns
 * first, since noise is in them, and then the higher ones. Whoever carries the bytes deflates them.
 */

const DIGITS = 5;
/** Of a column that only rises or only falls, such as a running sum, of which a reader may look at a small part. */
const SUM_DIGITS = 7;
/** Exponents are counted from here, so that codes grow with the size of their value. */
const LEAST_EXPONENT = -330;

/** Powers of ten that are doubles without error. */
const EXACT_POWERS = 22;

/** The code of a number with so many significant digits: 0 for 0, greater for greater numbers. */
export function codeOf(value: number, digits: number = DIGITS): number {
	if (value === 0) return 0;
	const size = Math.abs(value);
	const least = 10 ** (digits - 1);
	let exponent = Math.floor(Math.log10(size));
	let mantissa = Math.round(scaled(size, digits - 1 - exponent));
	// A logarithm beside a power of ten may be off by one, and what is rounded up may gain a digit.
	if (mantissa < least) {
		exponent -= 1;
		mantissa = Math.round(scaled(size, digits - 1 - exponent));
	}
	if (mantissa >= 10 * least) {
		exponent += 1;
		mantissa = Math.round(scaled(size, digits - 1 - exponent));
	}
	const code = 1 + (exponent - LEAST_EXPONENT) * 9 * least + mantissa - least;
	return value < 0 ? -code : code;
}

/** The number that a code stands for: the same double as its decimal text. */
export function numberOf(code: number, digits: number = DIGITS): number {
	if (code === 0) return 0;
	const least = 10 ** (digits - 1);
	const place = Math.abs(code) - 1;
	const exponent = Math.floor(place / (9 * least)) + LEAST_EXPONENT;
	const size = scaled(least + (place % (9 * least)), exponent - digits + 1);
	return code < 0 ? -size : size;
}

/** The digits that a column needs. */
function digitsOf(values: Float64Array): number {
	let [ups, downs] = [0, 0];
	let last = Number.NaN;
	for (const value of values) {
		if (!Number.isFinite(value)) continue;
		if (value > last) ups += 1;
		if (value < last) downs += 1;
		last = value;
	}
	return ups + downs > 0 && (ups === 0 || downs === 0) ? SUM_DIGITS : DIGITS;
}

/** A number times a power of ten, rounded once. */
function scaled(number: number, power: number): number {
	if (power >= 0 && power <= EXACT_POWERS) return number * 10 ** power;
	if (power < 0 && power >= -EXACT_POWERS) return number / 10 ** -power;
	return Number(
		`${number.toExponential()}`.replace(/e([+-]\d+)$/, (_, e) => `e${Number(e) + power}`),
	);
}

/** Milliseconds since 1970, by which times are kept. */
const MS = 1000;

/** Bytes of numbers that follow each other, from the lowest on. */
const PLANES = 6;
const BYTE = 256;

/**
 * @param x seconds since 1970, kept to the millisecond
 * @param columns as long as `x`; NaN and infinity: no value
 */
export function packColumns(x: Float64Array, columns: readonly Float64Array[]): Uint8Array {
	const count = x.length;
	const digits = columns.map(digitsOf);
	const codes = columns.map((values, i) => codesOf(values, digits[i] as number));
	const all = [x.map((seconds) => Math.round(seconds * MS)), ...codes];
	const steps = all.map(differences);
	const planes = steps.map(({ zigzag }) => planesOf(zigzag));
	const head = new Float64Array(1 + all.length);
	head[0] = count;
	const orders = steps.map(
		({ order }, i) => ((digits[i - 1] ?? 0) * BYTE + order) * BYTE + (planes[i] as number),
	);
	head.set(orders, 1);
	const masks = columns.map(maskOf);
	const bytes = new Uint8Array(count * planes.reduce((sum, one) => sum + one, 0));
	let end = 0;
	for (let plane = 0; plane < PLANES; plane++)
		for (const [i, { zigzag }] of steps.entries()) {
			if (plane >= (planes[i] as number)) continue;
			const unit = BYTE ** plane;
			// An array of bytes keeps the lowest of a whole number.
			for (let k = 0; k < count; k++) bytes[end++] = Math.floor((zigzag[k] as number) / unit);
		}
	const parts = [new Uint8Array(head.buffer), ...masks, bytes];
	const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** The codes of a column; a value that is not there has that of the one before, which costs nothing. */
function codesOf(values: Float64Array, digits: number): Float64Array {
	let last = 0;
	return values.map((value) => {
		if (Number.isFinite(value)) last = codeOf(value, digits);
		return last;
	});
}

/** A bit for each value: whether it is not there. */
function maskOf(values: Float64Array): Uint8Array {
	const mask = new Uint8Array(Math.ceil(values.length / 8));
	for (const [i, value] of values.entries())
		if (!Number.isFinite(value)) mask[i >> 3] = (mask[i >> 3] as number) | (1 << (i & 7));
	return mask;
}

/** Differences of the order that leaves the least, with small numbers for small ones of either sign. */
function differences(codes: Float64Array): { order: number; zigzag: Float64Array } {
	let best = { order: 0, zigzag: codes.map(zigzagOf), size: sizeOf(codes) };
	let left = codes;
	for (const order of [1, 2]) {
		left = left.map((code, i) => code - (i === 0 ? 0 : (left[i - 1] as number)));
		const size = sizeOf(left);
		if (size < best.size) best = { order, zigzag: left.map(zigzagOf), size };
	}
	return best;
}

/** What they are by size together; the first ones, which differences leave whole, do not count. */
function sizeOf(codes: Float64Array): number {
	let sum = 0;
	for (let k = 2; k < codes.length; k++) sum += Math.abs(codes[k] as number);
	return sum;
}

const zigzagOf = (code: number): number => (code < 0 ? -2 * code - 1 : 2 * code);
const unzigzag = (one: number): number => (one % 2 === 0 ? one / 2 : -(one + 1) / 2);

function planesOf(zigzag: Float64Array): number {
	const most = zigzag.reduce((greatest, one) => Math.max(greatest, one), 0);
	let planes = 0;
	while (BYTE ** planes <= most) planes += 1;
	return planes;
}

/** What `packColumns` was given, but for values of more digits than it keeps: times, then columns with null for no value. */
export function unpackColumns(
	bytes: Uint8Array,
	columns: number,
): [x: number[], ...values: (number | null)[][]] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const count = view.getFloat64(0, true);
	const heads = Array.from({ length: columns + 1 }, (_, i) => view.getFloat64(8 * (i + 1), true));
	const masksAt = 8 * (columns + 2);
	const maskBytes = Math.ceil(count / 8);
	let at = masksAt + columns * maskBytes;
	const all = heads.map(() => new Float64Array(count));
	for (let plane = 0; plane < PLANES; plane++)
		for (const [i, head] of heads.entries()) {
			if (plane >= head % BYTE) continue;
			const unit = BYTE ** plane;
			const column = all[i] as Float64Array;
			for (let k = 0; k < count; k++)
				column[k] = (column[k] as number) + unit * (bytes[at++] as number);
		}
	const [x = new Float64Array(0), ...codes] = all.map((zigzag, i) =>
		summed(zigzag.map(unzigzag), Math.floor((heads[i] as number) / BYTE) % BYTE),
	);
	const digits = heads.slice(1).map((head) => Math.floor(head / BYTE ** 2));
	const isThere = (column: number, k: number) =>
		((bytes[masksAt + column * maskBytes + (k >> 3)] as number) & (1 << (k & 7))) === 0;
	return [
		Array.from(x, (ms) => ms / MS),
		...codes.map((column, c) =>
			Array.from(column, (code, k) => (isThere(c, k) ? numberOf(code, digits[c]) : null)),
		),
	];
}

/** Undoes differences of an order. */
function summed(values: Float64Array, order: number): Float64Array {
	for (let turn = 0; turn < order; turn++)
		for (let k = 1; k < values.length; k++)
			values[k] = (values[k] as number) + (values[k - 1] as number);
	return values;
}
