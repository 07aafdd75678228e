import { cosDeg } from '../sky/angles.ts';
import { solarOffsetMs } from '../sky/clear-days.ts';
import { sunPosition } from '../sky/sun-position.ts';
import type { Intervals, Site } from './components.ts';
import type { Label, WeatherSeries } from './series.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The clearest day of each of this many parts of a file is looked at. */
const DAYS_MAX = 36;
/** A file of fewer days is cut by its own first row, so that none is lost at its edges. */
const DAYS_FEW = 3;
/** A day that has less of its light says nothing of its middle. */
const KNOWN_PART = 0.9;
/** The sun is asked this often; between, its height is linear. */
const SUN_EVERY_MS = 10 * MINUTE_MS;
/** Steps in which the shift is sought, first and last; between the last a parabola has its top. */
const [COARSE_MS, FINE_MS] = [30 * MINUTE_MS, 5 * MINUTE_MS];
/** How well (R2) a cloudless day follows the sun's height; of few days each must do so better. */
const [CLEAR, CLEAREST, FEW] = [0.97, 0.99, 5];
/** Direct light rises faster than the sun. */
const DIRECT_POWER = 0.4;
/** A shift of more than this is no matter of clouds. */
const MINUTES_MAX = 10;
/** A cause explains a shift up to so many minutes. */
const NEAR_MINUTES = 8;

/** How the light of a file lies to the sun of its place. */
export interface SunTime {
	/** Minutes that the light is before the sun; below 0 it is after it. */
	readonly minutes: number;
	/** Cloudless days that it was found from. */
	readonly days: number;
	/** Whether it is more than clouds explain. */
	readonly isOff: boolean;
	/** What explains it, in words; null where nothing does, or nothing has to. */
	readonly cause: string | null;
}

/** What of a series is looked at. */
export type Timed = Intervals & Pick<WeatherSeries, 'label'>;

/**
 * By how many minutes the light of a file is before the sun of a place: the shift at which it follows the height of the sun best (least
 * squares), in the median of its cloudless days. Null where there is no light, or no such day.
 */
export function sunTime(series: Timed, site: Site): SunTime | null {
	const light = lightOf(series);
	if (light === null) return null;
	const fits = clearestDays(series, light.values, site).map((day) =>
		bestShift(day, light.power, { series, site }),
	);
	const least = fits.length < FEW ? CLEAREST : CLEAR;
	const good = fits.filter(({ r2 }) => r2 >= least);
	if (good.length === 0) return null;
	const summer = median(good.filter(({ month }) => month >= 3 && month <= 8));
	const winter = median(good.filter(({ month }) => month <= 1 || month >= 10));
	const apart = summer === null || winter === null ? 0 : Math.abs(wrapped(summer - winter));
	const isOfSummer = Math.abs(apart - 60) <= NEAR_MINUTES * 2;
	const all = median(good) as number;
	const worst = Math.abs(summer ?? 0) > Math.abs(winter ?? 0) ? summer : winter;
	const minutes = Math.round(isOfSummer ? (worst ?? all) : all);
	const isOff = Math.abs(minutes) > MINUTES_MAX;
	return {
		minutes,
		days: good.length,
		isOff,
		cause: isOff ? causeOf(minutes, isOfSummer, { series, site }) : null,
	};
}

/** `the light is 30 min before the sun, perhaps because …`. */
export function sunTimeText({ minutes, days, cause }: SunTime): string {
	const on = `on ${days === 1 ? 'a cloudless day' : `${days} cloudless days`}`;
	if (minutes === 0) return `the light is in time with the sun ${on}`;
	const where = minutes > 0 ? 'before' : 'after';
	const because = cause === null ? '' : `; perhaps ${cause}`;
	return `the light is ${Math.abs(minutes)} min ${where} the sun ${on}${because}`;
}

/** Global light, else direct and diffuse together, which need no sun to be added up. */
function lightOf({ columns }: Timed): { values: Float64Array; power: number } | null {
	const { ghi, dni, dhi } = columns;
	if (ghi !== undefined) return { values: ghi, power: 1 };
	if (dni === undefined) return null;
	return {
		values: dni.map((value, i) => value + (dhi?.[i] ?? 0)),
		power: DIRECT_POWER,
	};
}

/** Light of a day, from its first interval on. */
interface Day {
	readonly fromMs: number;
	readonly values: Float64Array;
}

function clearestDays({ firstMs, stepMs, count }: Timed, values: Float64Array, site: Site): Day[] {
	const cells = Math.round(DAY_MS / stepMs);
	const solarMs = solarOffsetMs(site.longitude);
	const few = count * stepMs < DAYS_FEW * DAY_MS;
	const beforeMs = few ? 0 : (((firstMs + solarMs) % DAY_MS) + DAY_MS) % DAY_MS;
	const first = few ? 0 : Math.round((DAY_MS - beforeMs) / stepMs) % cells;
	const days: { day: Day; sum: number }[] = [];
	for (let from = first; from < count; from += cells) {
		const part = values.subarray(from, Math.min(count, from + cells));
		const known = part.filter((value) => !Number.isNaN(value));
		if (known.length < KNOWN_PART * cells) continue;
		const sum = known.reduce((total, value) => total + Math.max(0, value), 0);
		if (sum > 0) days.push({ day: { fromMs: firstMs + from * stepMs, values: part }, sum });
	}
	const parts = Math.min(DAYS_MAX, days.length);
	return Array.from({ length: parts }, (_, i) => {
		const of = days.slice(
			Math.floor((i * days.length) / parts),
			Math.floor(((i + 1) * days.length) / parts),
		);
		return of.reduce((best, one) => (one.sum > best.sum ? one : best)).day;
	});
}

interface Fit {
	readonly minutes: number;
	readonly r2: number;
	/** January is 0. */
	readonly month: number;
}

/** The shift at which a day's light follows the sun best. */
function bestShift(day: Day, power: number, { series, site }: { series: Timed; site: Site }): Fit {
	const { stepMs } = series;
	const sunBetween = sunOver(day.fromMs - DAY_MS / 2, 2 * DAY_MS + stepMs, { site, power });
	const r2 = (shiftMs: number): number => {
		let [vc, vv, cc] = [0, 0, 0];
		day.values.forEach((raw, i) => {
			if (Number.isNaN(raw)) return;
			const value = Math.max(0, raw);
			const sun = sunBetween(DAY_MS / 2 + i * stepMs + shiftMs, stepMs);
			vc += value * sun;
			vv += value * value;
			cc += sun * sun;
		});
		return cc === 0 ? 0 : (vc * vc) / (vv * cc);
	};
	const best = (shifts: readonly number[]) =>
		shifts.reduce((top, shift) => (r2(shift) > r2(top) ? shift : top));
	const around = (middle: number, each: number, most: number) =>
		Array.from({ length: 2 * Math.round(most / each) + 1 }, (_, i) => middle - most + i * each);
	const coarse = best(around(0, COARSE_MS, DAY_MS / 2 - COARSE_MS));
	const fine = best(around(coarse, FINE_MS, COARSE_MS - FINE_MS));
	const [before, at, after] = [r2(fine - FINE_MS), r2(fine), r2(fine + FINE_MS)];
	const bend = before - 2 * at + after;
	const top = bend < 0 ? (0.5 * (before - after)) / bend : 0;
	return {
		minutes: (fine + Math.max(-1, Math.min(1, top)) * FINE_MS) / MINUTE_MS,
		r2: at,
		month: new Date(day.fromMs).getUTCMonth(),
	};
}

/** The mean height of the sun (cosine of the true zenith, to a power) over intervals within a span. */
function sunOver(
	fromMs: number,
	lengthMs: number,
	{ site, power }: { site: Site; power: number },
): (afterMs: number, stepMs: number) => number {
	const heights = Array.from({ length: Math.ceil(lengthMs / SUN_EVERY_MS) + 1 }, (_, i) => {
		const { trueZenithDeg } = sunPosition(fromMs + i * SUN_EVERY_MS, site.latitude, site.longitude);
		return Math.max(0, cosDeg(trueZenithDeg)) ** power;
	});
	const sums = new Float64Array(heights.length);
	for (let i = 1; i < heights.length; i++)
		sums[i] = (sums[i - 1] as number) + ((heights[i - 1] as number) + (heights[i] as number)) / 2;
	const sumTo = (ms: number): number => {
		const position = Math.min(heights.length - 1, Math.max(0, ms / SUN_EVERY_MS));
		const below = Math.min(heights.length - 2, Math.floor(position));
		const part = position - below;
		const [low, high] = [heights[below] as number, heights[below + 1] as number];
		return (sums[below] as number) + part * (low + (part * (high - low)) / 2);
	};
	return (afterMs, stepMs) => ((sumTo(afterMs + stepMs) - sumTo(afterMs)) * SUN_EVERY_MS) / stepMs;
}

function median(fits: readonly Fit[]): number | null {
	const sorted = fits.map(({ minutes }) => minutes).sort((a, b) => a - b);
	const middle = sorted.length / 2;
	if (sorted.length === 0) return null;
	return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

/** Minutes between -12 h and 12 h. */
function wrapped(minutes: number): number {
	return ((((minutes + 720) % 1440) + 1440) % 1440) - 720;
}

const MIDDLES: Readonly<Record<Label, number>> = { left: 0.5, centre: 0, right: -0.5 };
const LABELS: Readonly<Record<Label, string>> = {
	left: 'the starts',
	centre: 'the middles',
	right: 'the ends',
};

/** What explains a shift: the clock in summer, the label of intervals, the zone, the longitude. */
function causeOf(
	minutes: number,
	isOfSummer: boolean,
	{ series, site }: { series: Timed; site: Site },
): string | null {
	const isNear = (other: number) => Math.abs(wrapped(minutes - other)) <= NEAR_MINUTES;
	if (isOfSummer) return 'its clock is put forward in summer, or the zone’s is and its own is not';
	const stepMinutes = series.stepMs / MINUTE_MS;
	const labels = (Object.keys(LABELS) as Label[]).filter(
		(label) =>
			label !== series.label &&
			stepMinutes > 2 * NEAR_MINUTES &&
			isNear((MIDDLES[label] - MIDDLES[series.label]) * stepMinutes),
	);
	const hours = Math.round(minutes / 30) / 2;
	const isZone = Math.abs(hours) >= 1 && isNear(hours * 60);
	const causes = [
		...labels.map(
			(label) => `its stamps are ${LABELS[label]} of intervals, not ${LABELS[series.label]}`,
		),
		...(isZone
			? [`its time zone is ${Math.abs(hours)} h too far ${hours > 0 ? 'east' : 'west'}`]
			: []),
		...(Math.abs(minutes) > 60 && isNear(-8 * site.longitude)
			? ['the sign of its longitude is wrong']
			: []),
	];
	return causes.length === 0 ? null : causes.join(', or ');
}
