const DAY_MS = 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days from a year's start to the middles of: the December before, its months, the January after. */
function monthMiddles(february: number): readonly number[] {
	const days = [31, ...MONTH_DAYS, 31];
	days[2] = february;
	let start = -31;
	return days.map((length) => {
		start += length;
		return start - length / 2;
	});
}

const MIDDLES = monthMiddles(28);
const LEAP_MIDDLES = monthMiddles(29);

/** A day of a year, and the middles of that year's months. */
interface DayOfYear {
	readonly day: number;
	readonly middles: readonly number[];
}

/** Each month's value stands in its middle, linear between; December is next to January. */
function betweenMonths(monthly: readonly number[], { day, middles }: DayOfYear): number {
	// Middle number m is that of month m - 1.
	let after = 1;
	while (after < 13 && (middles[after] as number) <= day) after++;
	const [from, until] = [middles[after - 1] as number, middles[after] as number];
	const part = (day - from) / (until - from);
	const [low, high] = [monthly[(after + 10) % 12] as number, monthly[(after + 11) % 12] as number];
	return low * (1 - part) + high * part;
}

function daysSinceNewYear(epochMs: number): number {
	return (epochMs - Date.UTC(new Date(epochMs).getUTCFullYear(), 0)) / DAY_MS;
}

/**
 * A monthly figure at an instant, which changes through the day. A leap year's last day is a day later than the
 * months of this calendar, which has 365.
 *
 * @param monthly twelve values, January first
 */
export function atSeason(monthly: readonly number[], epochMs: number): number {
	return betweenMonths(monthly, { day: daysSinceNewYear(epochMs), middles: MIDDLES });
}

/**
 * A monthly figure of a whole day of UTC, counted from 1, in a calendar with leap years: as pvlib looks up
 * turbidity.
 *
 * @param monthly twelve values, January first
 */
export function dailyFromMonthly(monthly: readonly number[], epochMs: number): number {
	const year = new Date(epochMs).getUTCFullYear();
	const isLeap = Date.UTC(year + 1, 0) - Date.UTC(year, 0) > 365 * DAY_MS;
	const day = Math.floor(daysSinceNewYear(epochMs)) + 1;
	return betweenMonths(monthly, { day, middles: isLeap ? LEAP_MIDDLES : MIDDLES });
}
