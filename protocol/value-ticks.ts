/** Where the ticks of an axis of values stand and how they are written: the same in pages, drawings and the dashboard. */

/** Ticks of a logarithmic axis, at most about so many. */
const LOG_TICKS_MAX = 9;
/** Fewer of them would leave an axis without a scale. */
const LOG_TICKS_LEAST = 3;
/** More digits than these tell no values apart that a double can. */
const DIGITS_MAX = 12;
/** Smaller figures and larger ones are written with an exponent. */
const [SMALLEST, LARGEST] = [1e-6, 1e12];

/** Multiples of 1, 2 or 5 times a power of ten in [low, high], about `wanted` of them. */
export function roundTicks(low: number, high: number, wanted: number): number[] {
	const rough = (high - low) / wanted;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
	const ticks: number[] = [];
	for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
		ticks.push(Number((k * step).toPrecision(DIGITS_MAX)));
	return ticks;
}

/**
 * Ticks of a logarithmic axis over [low, high], both above 0: powers of ten, with 2 and 5 times them where there is room;
 * round values between where the range has too few of these.
 *
 * @param most ticks that there is room for
 */
export function logTicks(low: number, high: number, most = LOG_TICKS_MAX): number[] {
	const decades = multiplesOf([1], low, high);
	const fine = multiplesOf([1, 2, 5], low, high);
	if (fine.length < LOG_TICKS_LEAST) return roundTicks(low, high, 4).filter((tick) => tick > 0);
	if (fine.length <= most) return fine;
	const every = Math.ceil(decades.length / Math.max(1, most));
	return decades.filter((_tick, i) => i % every === 0);
}

/** Such multiples of powers of ten in [low, high]. */
function multiplesOf(factors: readonly number[], low: number, high: number): number[] {
	const ticks: number[] = [];
	const first = Math.floor(Math.log10(low) + 1e-9);
	for (let power = first; Number(`1e${power}`) <= high; power++)
		for (const factor of factors) {
			const tick = Number(`${factor}e${power}`);
			if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
		}
	return ticks;
}

/** Labels of ticks, in rising order: as many decimals for all as it takes to tell them apart. */
export function tickLabels(ticks: readonly number[]): string[] {
	const largest = Math.max(0, ...ticks.map(Math.abs));
	const steps = ticks.slice(1).map((tick, i) => Math.abs(tick - (ticks[i] as number)));
	const step = Math.min(largest, ...steps.filter((size) => size > 0));
	if (ticks.length < 2 || step <= 0 || largest >= LARGEST || step < SMALLEST)
		return ticks.map((tick) => tickLabel(tick));
	const decimals = [...Array(DIGITS_MAX).keys()].find((digits) =>
		ticks.every((tick) => Math.abs(Number(tick.toFixed(digits)) - tick) <= step / 100),
	);
	return ticks.map((tick) => withThousands(tick.toFixed(decimals ?? DIGITS_MAX)));
}

/** One value by itself, with the digits that it has. */
export function tickLabel(tick: number): string {
	const value = Number(tick.toPrecision(DIGITS_MAX));
	const size = Math.abs(value);
	if (size !== 0 && (size < SMALLEST || size >= LARGEST)) return String(value.toExponential());
	const decimals = size === 0 ? 0 : Math.max(0, DIGITS_MAX - 1 - Math.floor(Math.log10(size)));
	const text = value.toFixed(Math.min(DIGITS_MAX, decimals));
	return withThousands(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

/** −1234567.5 as −1,234,567.5; the same in every locale. */
function withThousands(text: string): string {
	const [whole = '', ...fraction] = text.replace(/^-(?=0(\.0*)?$)/, '').split('.');
	return [whole.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−'), ...fraction].join('.');
}
