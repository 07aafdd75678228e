/** Most bytes that `putNumber` writes. */
export const NUMBER_BYTES = 32;

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const E = 101;
/** Digits of the decimal that a double is looked for in. */
const DIGITS = 17;
const HALF = 1e8;
/** No step is that long. */
const UNSURE = -1000;
/** Nearer than this to a limit of what reads back, String() decides. */
const DOUBT = 1e-6;
/** 10^22 is the last power of ten that is a double. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const SPLITTER = 2 ** 27 + 1;
const POWERS_HIGH = POWERS.map((power) => {
	const c = SPLITTER * power;
	return c - (c - power);
});
/** Half the distance to the next double, by the biased exponent. */
const HALF_ULP = Float64Array.from({ length: 2047 }, (_, exponent) => 2 ** (exponent - 1076));

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const digits = new Uint8Array(DIGITS);
/** 00, 01, .. 99 in ASCII. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) =>
	i % 2 === 0 ? ZERO + Math.floor(i / 20) : ZERO + (((i - 1) / 2) % 10),
);

/**
 * Writes a number at `at` as `String(value)` has it, in ASCII, and returns where it ends. Of doubles between
 * 1e-5 and 1e15 the digits are found without a string: the value times 10^k, a number of 17 digits, is held
 * exactly as a sum of two doubles (Dekker 1971), half the distance to the next double times 10^k is a double, so
 * the multiple of 100, of 10 or of 1 nearest to the one within less than the other is the shortest decimal that
 * reads back. What is too near to call, and all else, String() writes.
 */
export function putNumber(bytes: Uint8Array, at: number, value: number): number {
	if (value === (value | 0)) return putInteger(bytes, at, value | 0);
	let to = at;
	let size = value;
	if (value < 0) {
		bytes[to++] = MINUS;
		size = -value;
	}
	if (!(size > 1e-5 && size < 1e15)) return putText(bytes, at, String(value));
	let k = 16 - exponentOf(size);
	let product = size * (POWERS[k] as number);
	if (product >= 1e17) product = size * (POWERS[--k] as number);
	const power = POWERS[k] as number;
	const powerHigh = POWERS_HIGH[k] as number;
	const powerLow = power - powerHigh;
	const c = SPLITTER * size;
	const high = c - (c - size);
	const low = size - high;
	// product + rest is size * power.
	const rest = high * powerHigh - product + high * powerLow + low * powerHigh + low * powerLow;
	double[0] = size;
	const topWord = words[1] as number;
	if ((topWord & 0xfffff) === 0 && words[0] === 0) return putText(bytes, at, String(value));
	const reach = (HALF_ULP[topWord >>> 20] as number) * power;
	let upper = Math.floor(product / HALF);
	const whole = Math.floor(rest);
	const part = rest - whole;
	let lower = (product - upper * HALF + whole) | 0;
	if (lower < 0) {
		lower += HALF;
		upper--;
	} else if (lower >= HALF) {
		lower -= HALF;
		upper++;
	}
	const step = nearest(lower, part, reach);
	if (step === UNSURE) return putText(bytes, at, String(value));
	lower += step;
	if (lower >= HALF) {
		lower -= HALF;
		upper++;
	}
	if (upper >= 1e9 || upper < 1e8) return putText(bytes, at, String(value));
	return putDecimal(bytes, to, split(upper | 0, lower), DIGITS - k);
}

/** What to add to `lower`, which `part` is beyond, to get the shortest decimal within reach; UNSURE: in doubt. */
function nearest(lower: number, part: number, reach: number): number {
	const overHundred = lower % 100;
	const fromHundred = overHundred < 50 ? overHundred + part : 100 - overHundred - part;
	if (Math.abs(fromHundred - reach) < DOUBT) return UNSURE;
	if (fromHundred < reach) return overHundred < 50 ? -overHundred : 100 - overHundred;
	const overTen = lower % 10;
	const down = overTen + part;
	const fromTen = down < 5 ? down : 10 - down;
	if (Math.abs(fromTen - reach) < DOUBT) return UNSURE;
	if (fromTen < reach) {
		if (Math.abs(down - 5) < DOUBT) return UNSURE;
		return down < 5 ? -overTen : 10 - overTen;
	}
	if (Math.abs(part - 0.5) < DOUBT) return UNSURE;
	return part < 0.5 ? 0 : 1;
}

/** floor(log10(size)), or one less just below a power of ten. */
function exponentOf(size: number): number {
	if (size >= 1) {
		let exponent = 0;
		while (size >= (POWERS[exponent + 1] as number)) exponent++;
		return exponent;
	}
	let exponent = -1;
	while (size * (POWERS[-exponent] as number) < 1) exponent--;
	return exponent;
}

/** Fills `digits` with ASCII and returns how many of them are left without the zeros at the end. */
function split(upper: number, lower: number): number {
	let left = upper;
	for (let i = 7; i > 0; i -= 2) left = putPair(i, left);
	digits[0] = ZERO + left;
	let count = 9;
	if (lower !== 0) {
		left = lower;
		for (let i = DIGITS - 2; i >= 9; i -= 2) left = putPair(i, left);
		count = DIGITS;
	}
	while (count > 1 && digits[count - 1] === ZERO) count--;
	return count;
}

/** Puts the last two digits of a number at `i` and returns those before them. */
function putPair(i: number, left: number): number {
	const next = (left / 100) | 0;
	const pair = 2 * (left - 100 * next);
	digits[i] = PAIRS[pair] as number;
	digits[i + 1] = PAIRS[pair + 1] as number;
	return next;
}

/** Writes `digits` with the point after `before` of them, which may be negative. */
function putDecimal(bytes: Uint8Array, at: number, count: number, before: number): number {
	let to = at;
	if (before <= 0) {
		bytes[to++] = ZERO;
		bytes[to++] = POINT;
		for (let i = before; i < 0; i++) bytes[to++] = ZERO;
		for (let i = 0; i < count; i++) bytes[to++] = digits[i] as number;
		return to;
	}
	const whole = Math.min(before, count);
	for (let i = 0; i < whole; i++) bytes[to++] = digits[i] as number;
	for (let i = whole; i < before; i++) bytes[to++] = ZERO;
	if (count <= before) return to;
	bytes[to++] = POINT;
	for (let i = before; i < count; i++) bytes[to++] = digits[i] as number;
	return to;
}

/** Writes a 32-bit integer. */
function putInteger(bytes: Uint8Array, at: number, value: number): number {
	let to = at;
	let left = value;
	if (left < 0) {
		if (left === -(2 ** 31)) return putText(bytes, at, String(value));
		bytes[to++] = MINUS;
		left = -left;
	}
	let length = 1;
	for (let limit = 10; limit <= left; limit *= 10) length++;
	for (let i = to + length - 1; i >= to; i--) {
		const next = (left / 10) | 0;
		bytes[i] = ZERO + (left - next * 10);
		left = next;
	}
	return to + length;
}

/** Writes ASCII text. */
export function putText(bytes: Uint8Array, at: number, text: string): number {
	for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
	return at + text.length;
}

/** Whether the number in these bytes has neither a point nor an exponent. */
export function looksWhole(bytes: Uint8Array, from: number, to: number): boolean {
	for (let i = from; i < to; i++) if (bytes[i] === POINT || bytes[i] === E) return false;
	return true;
}
