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

/**
 * A monthly figure on a day: each month's value stands in its middle, linear between (as pvlib looks up
 * turbidity). Days are those of UTC.
 *
 * @param monthly twelve values, January first
 */
export function dailyFromMonthly(monthly: readonly number[], epochMs: number): number {
	const date = new Date(epochMs);
	const year = date.getUTCFullYear();
	const newYearMs = Date.UTC(year, 0);
	const isLeap = Date.UTC(year + 1, 0) - newYearMs > 365 * DAY_MS;
	const middles = isLeap ? LEAP_MIDDLES : MIDDLES;
	const day = Math.floor((epochMs - newYearMs) / DAY_MS) + 1;
	const month = date.getUTCMonth();
	// Middle number m + 1 is that of month m: the two around this day.
	const after = day > (middles[month + 1] as number) ? month + 2 : month + 1;
	const [from, to] = [middles[after - 1] as number, middles[after] as number];
	const [low, high] = [monthly[(after + 10) % 12] as number, monthly[(after + 11) % 12] as number];
	return low + ((day - from) / (to - from)) * (high - low);
}
