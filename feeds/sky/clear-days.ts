import { clearSkyAt, type Site } from './site-sky.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOURS_PER_DAY = 24;
/** Mean solar time is kept to whole steps of this, so that it shares the steps of clocks. */
const SOLAR_STEP_MINUTES = 5;
/** The sun is asked every 20 minutes; between, irradiance is linear (0.1 % of a day's sum). */
const SUNS_PER_DAY = 72;

/** How far mean solar time is ahead of UTC at a longitude, ms: 4 minutes a degree, to 5 minutes. */
export function solarOffsetMs(longitude: number): number {
	return Math.round((longitude * 4) / SOLAR_STEP_MINUTES) * SOLAR_STEP_MINUTES * MINUTE_MS;
}

/** The cloudless sky's global irradiance in the middle of each of `cells` parts of a solar day, W/m2. */
export function clearDayWm2(day: number, cells: number, site: Site): Float64Array {
	const suns = clearSunsWm2(day, site);
	return Float64Array.from({ length: cells }, (_, cell) => {
		const position = ((cell + 0.5) * SUNS_PER_DAY) / cells - 0.5;
		const below = Math.floor(position);
		const low = suns[Math.max(0, below)] as number;
		const high = suns[Math.min(SUNS_PER_DAY - 1, below + 1)] as number;
		return low + (position - below) * (high - low);
	});
}

/** Sums of days by site: each run under stochastic clouds asks for those of a month, whatever its seed. */
const known = new Map<string, number>();
const KNOWN_MAX = 10_000;

/** What a cloudless sky gives on a solar day, kWh/m2. */
export function clearDayKwhPerM2(day: number, site: Site): number {
	const { latitude, longitude, altitudeM, clearSky, linkeTurbidity } = site;
	const key = [day, latitude, longitude, altitudeM, clearSky, linkeTurbidity].join(' ');
	const found = known.get(key) ?? newDayKwhPerM2(day, site);
	if (known.size >= KNOWN_MAX) known.clear();
	known.set(key, found);
	return found;
}

function newDayKwhPerM2(day: number, site: Site): number {
	const sum = clearSunsWm2(day, site).reduce((total, wm2) => total + wm2, 0);
	return (sum * HOURS_PER_DAY) / SUNS_PER_DAY / 1000;
}

function clearSunsWm2(day: number, site: Site): Float64Array {
	const startMs = day * DAY_MS - solarOffsetMs(site.longitude);
	return Float64Array.from({ length: SUNS_PER_DAY }, (_, sun) => {
		return clearSkyAt(startMs + ((sun + 0.5) * DAY_MS) / SUNS_PER_DAY, site).clear.ghi;
	});
}

/** What a cloudless sky gives on a mean day of each month of 2001, kWh/m2: the 5th, 15th and 25th day. */
export function clearMonthsKwhPerM2Day(site: Site): number[] {
	return Array.from({ length: 12 }, (_, month) => {
		const days = [5, 15, 25].map((date) => Date.UTC(2001, month, date) / DAY_MS);
		return days.reduce((sum, day) => sum + clearDayKwhPerM2(day, site), 0) / days.length;
	});
}
