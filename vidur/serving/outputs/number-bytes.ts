import { putText, type Space } from './space.ts';

/** Most bytes that `putNumber` writes. */
export const NUMBER_BYTES = 32;

const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const E = 101;
/** Digits of the decimal that a double is looked for in: nine and eight of them. */
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
const POWERS_LOW = POWERS.map((power, i) => power - (POWERS_HIGH[i] as number));
const EXPONENTS = 2047;
const BIAS = 1023;
/** Half the distance to the next double, by the biased exponent. */
const HALF_ULP = Float64Array.from({ length: EXPONENTS }, (_, i) => 2 ** (i - BIAS - 53));
/** By the biased exponent: which power of ten gives the least number with it 17 digits. */
const SCALES = Int8Array.from({ length: EXPONENTS }, (_, i) =>
	Math.min(22, Math.max(1, DIGITS - 1 - Math.floor(Math.log10(2 ** (i - BIAS))))),
);

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/**
 * Writes a number at `at` as `String(value)` has it, in ASCII, and returns where it ends. Of doubles between
 * 1e-5 and 1e15 the digits are found without a string: the value times 10^k, a number of 17 digits, is held
 * exactly as a sum of two doubles (Dekker 1971), half the distance to the next double times 10^k is a double, so
 * the multiple of 100, of 10 or of 1 nearest to the one within less than the other is the shortest decimal that
 * reads back. What is too near to call, and all else, String() writes.
 */
export function putNumber(space: Space, at: number, value: number): number {
	if (value === (value | 0)) return putInteger(space, at, value | 0);
	let to = at;
	let size = value;
	if (value < 0) {
		space.bytes[to++] = MINUS;
		size = -value;
	}
	if (!(size > 1e-5 && size < 1e15)) return putText(space, at, String(value));
	double[0] = size;
	const topWord = words[1] as number;
	if ((topWord & 0xfffff) === 0 && words[0] === 0) return putText(space, at, String(value));
	const exponent = topWord >>> 20;
	let k = SCALES[exponent] as number;
	let product = size * (POWERS[k] as number);
	if (product >= 1e17) product = size * (POWERS[--k] as number);
	const powerHigh = POWERS_HIGH[k] as number;
	const powerLow = POWERS_LOW[k] as number;
	const c = SPLITTER * size;
	const high = c - (c - size);
	const low = size - high;
	// product + rest is size * power.
	const rest = high * powerHigh - product + high * powerLow + low * powerHigh + low * powerLow;
	const reach = (HALF_ULP[exponent] as number) * (POWERS[k] as number);
	// One off at most, which the halves below put right.
	let upper = Math.floor(product * (1 / HALF));
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
	if (step === UNSURE) return putText(space, at, String(value));
	lower += step;
	if (lower >= HALF) {
		lower -= HALF;
		upper++;
	}
	if (upper >= 1e9 || upper < 1e8) return putText(space, at, String(value));
	return putDecimal(space, to, { upper: upper | 0, lower, before: DIGITS - k });
}

/** What to add to `lower`, which `part` is beyond, to get the shortest decimal within reach; UNSURE: in doubt. */
function nearest(lower: number, part: number, reach: number): number {
	const overHundred = lower % 100;
	const fromHundred = overHundred < 50 ? overHundred + part : 100 - overHundred - part;
	if (Math.abs(fromHundred - reach) < DOUBT) return UNSURE;
	if (fromHundred < reach) return overHundred < 50 ? -overHundred : 100 - overHundred;
	const overTen = overHundred % 10;
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

interface Decimal {
	/** The first nine digits, and the other eight. */
	readonly upper: number;
	readonly lower: number;
	/** How many of them are before the point; may be negative. */
	readonly before: number;
}

/** Writes a number of 17 digits without the zeros at its end. */
function putDecimal(space: Space, at: number, { upper, lower, before }: Decimal): number {
	const { bytes } = space;
	// One place to the right where the point comes between them.
	let from = at + 1;
	if (before <= 0) {
		bytes[at] = ZERO;
		bytes[at + 1] = POINT;
		from = at + 2;
		for (let i = before; i < 0; i++) bytes[from++] = ZERO;
	}
	let end = from + putDigits(space, from, upper, lower);
	while (bytes[end - 1] === ZERO) end--;
	if (before <= 0) return end;
	const point = at + before;
	for (let i = at; i < point; i++) bytes[i] = bytes[i + 1] as number;
	if (end <= point + 1) {
		for (let i = end - 1; i < point; i++) bytes[i] = ZERO;
		return point;
	}
	bytes[point] = POINT;
	return end;
}

/** Writes nine digits and, unless they are 0, eight more; returns how many. */
function putDigits(
	{ bytes, view }: Space,
	at: number,
	...[upper, lower]: [number, number]
): number {
	const first = (upper / 1e8) | 0;
	const eight = upper - first * 1e8;
	const high = (eight / 1e4) | 0;
	bytes[at] = ZERO + first;
	view.setInt32(at + 1, fourDigits(high), true);
	view.setInt32(at + 5, fourDigits(eight - high * 1e4), true);
	if (lower === 0) return 9;
	const low = (lower / 1e4) | 0;
	view.setInt32(at + 9, fourDigits(low), true);
	view.setInt32(at + 13, fourDigits(lower - low * 1e4), true);
	return DIGITS;
}

/**
 * The digits of a number below 10,000 in ASCII, the first in the lowest byte: two pairs of them, and then the tens and
 * ones of each, are divided side by side in one word (by 100 as * 5243 / 2^19, by 10 as * 103 / 2^10).
 */
function fourDigits(value: number): number {
	const hundreds = (value * 5243) >>> 19;
	const pairs = hundreds | ((value - hundreds * 100) << 16);
	const tens = ((pairs * 103) >>> 10) & 0x000f000f;
	return (tens | ((pairs - tens * 10) << 8)) + 0x30303030;
}

/** Writes a 32-bit integer. */
function putInteger(space: Space, at: number, value: number): number {
	const { bytes } = space;
	let to = at;
	let left = value;
	if (left < 0) {
		if (left === -(2 ** 31)) return putText(space, at, String(value));
		bytes[to++] = MINUS;
		left = -left;
	}
	const end = to + lengthOf(left);
	let i = end;
	while (left >= 10) {
		const next = (left / 10) | 0;
		bytes[--i] = ZERO + (left - next * 10);
		left = next;
	}
	bytes[to] = ZERO + left;
	return end;
}

/** Digits of an integer that is 0 or more. */
function lengthOf(value: number): number {
	if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
	let length = 5;
	for (let limit = 100_000; limit <= value; limit *= 10) length++;
	return length;
}

/** Whether the number in these bytes has neither a point nor an exponent. */
export function looksWhole({ bytes }: Space, from: number, to: number): boolean {
	for (let i = from; i < to; i++) if (bytes[i] === POINT || bytes[i] === E) return false;
	return true;
}
