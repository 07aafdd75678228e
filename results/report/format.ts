/** What stands where there is no figure. */
const NONE = '–';

/** A number with about four significant digits and no exponent; a dash for NaN. */
export function formatNumber(value: number): string {
	if (!Number.isFinite(value)) return NONE;
	const size = Math.abs(value);
	if (size === 0) return '0';
	if (size >= 1000) return groupThousands(Math.round(value));
	const digits = Math.min(12, 3 - Math.floor(Math.log10(size)));
	const text = value.toFixed(Math.max(0, digits));
	return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** 1234567 as 1,234,567; the same in every locale. */
function groupThousands(value: number): string {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number with its unit, or a dash. */
export function withUnit(value: number, unit: string): string {
	return Number.isFinite(value) ? `${formatNumber(value)} ${unit}` : NONE;
}

/** Seconds below 1 as ms. */
export function formatDuration(seconds: number): string {
	if (Number.isFinite(seconds) && Math.abs(seconds) < 1) return withUnit(seconds * 1000, 'ms');
	return withUnit(seconds, 's');
}

/** Grams; from 1000 on as kg, below 1 as mg. */
export function formatGrams(grams: number): string {
	if (grams !== 0 && Math.abs(grams) < 1) return withUnit(grams * 1000, 'mg');
	return Math.abs(grams) >= 1000 ? withUnit(grams / 1000, 'kg') : withUnit(grams, 'g');
}

/** A span of simulated time in its largest fitting unit: 90 s, 45 min, 24 h, 7 d. */
export function formatSpan(seconds: number): string {
	if (seconds >= 2 * 86_400) return withUnit(seconds / 86_400, 'd');
	if (seconds >= 2 * 3600) return withUnit(seconds / 3600, 'h');
	if (seconds >= 120) return withUnit(seconds / 60, 'min');
	return withUnit(seconds, 's');
}
