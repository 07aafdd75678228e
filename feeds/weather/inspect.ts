import { noteText } from '../../protocol/remark.ts';
import { clearDayKwhPerM2, solarOffsetMs } from '../sky/clear-days.ts';
import { completeLight, type Light } from './components.ts';
import type { Gap, Place, WeatherSeries } from './series.ts';
import { type SunTime, sunTime, sunTimeText } from './sun-time.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Where the clear sky is asked. */
export interface InspectSite {
	readonly latitude: number;
	readonly longitude: number;
	readonly altitudeM: number;
	readonly linkeTurbidity: number;
}

interface Range {
	readonly unit: string;
	readonly min: number;
	readonly mean: number;
	readonly max: number;
	/** Intervals without a value, after short gaps were filled. */
	readonly missing: number;
}

/** A day of mean solar time (of the file's clock where the longitude is unknown). */
export interface InspectedDay {
	/** Days since 1970. */
	readonly day: number;
	/** Share of the day that has values. */
	readonly part: number;
	readonly ghiKwhPerM2: number | null;
	/** Energy per kW of peak power, in files of PV power. */
	readonly pvKwhPerKw: number | null;
	readonly clearKwhPerM2: number | null;
}

interface InspectedMonth {
	/** 2024-06; only the month in a typical year. */
	readonly month: string;
	readonly days: number;
	readonly ghiKwhPerM2: number | null;
	readonly ghiKwhPerM2Day: number | null;
	readonly dniKwhPerM2Day: number | null;
	readonly dhiKwhPerM2Day: number | null;
	readonly pvKwhPerKwDay: number | null;
	/** Global irradiation over that of a cloudless sky, and how much whole days of it differ. */
	readonly clearSkyIndex: number | null;
	readonly dailyIndexStd: number | null;
	readonly airMeanC: number | null;
	/** Half of what lies between the mean day's coldest and warmest hour. */
	readonly airDailyAmplitudeC: number | null;
	readonly windMs: number | null;
}

/** What a weather file has in it. Plain data. */
export interface Inspection {
	readonly file: string;
	readonly format: string;
	readonly place: Place;
	readonly clock: string;
	readonly labelling: string;
	readonly stepMinutes: number;
	readonly intervals: number;
	/** Start of the first interval and end of the last, UTC. */
	readonly from: string;
	readonly until: string;
	readonly typicalYear: boolean;
	readonly quantities: Readonly<Record<string, Range>>;
	readonly derived: string | null;
	/** How its light lies to the sun; null where there is no light, no place or no cloudless day. */
	readonly sun: (SunTime & { readonly text: string }) | null;
	readonly gaps: readonly { quantity: string; from: string; until: string; filled: boolean }[];
	readonly notes: readonly string[];
	readonly months: readonly InspectedMonth[];
	readonly days: readonly InspectedDay[];
}

const UNITS: Readonly<Record<string, string>> = {
	ghi: 'W/m2',
	dni: 'W/m2',
	dhi: 'W/m2',
	airC: 'degC',
	windMs: 'm/s',
	pv: 'of peak',
};

/** Sums up a series. Without a site nothing is derived and no clear sky is compared. */
export function inspectWeather(
	series: WeatherSeries,
	file: string,
	site: InspectSite | null,
): Inspection {
	const light = site === null ? null : completeLight(series, site);
	const sun = site === null ? null : sunTime(series, site);
	const columns: Record<string, Float64Array> = { ...series.columns };
	if (light !== null) Object.assign(columns, { ghi: light.ghi, dni: light.dni, dhi: light.dhi });
	const solarMs =
		site === null ? (series.offsetMinutes ?? 0) * 60_000 : solarOffsetMs(site.longitude);
	const days = daysOf(series, columns, { solarMs, site });
	return {
		file,
		format: series.format,
		place: series.place,
		clock: series.clock,
		labelling: series.labelling,
		stepMinutes: series.stepMs / 60_000,
		intervals: series.count,
		from: iso(series.firstMs),
		until: iso(series.firstMs + series.count * series.stepMs),
		typicalYear: series.isTypical,
		quantities: Object.fromEntries(
			Object.entries(columns).map(([name, values]) => [name, rangeOf(name, values)]),
		),
		derived: derivedOf(light, series),
		sun: sun === null ? null : { ...sun, text: sunTimeText(sun) },
		gaps: series.gaps.map(gapText),
		notes: series.notes.map(noteText),
		months: monthsOf(series, columns, { solarMs, days }),
		days,
	};
}

function derivedOf(light: Light | null, { columns }: WeatherSeries): string | null {
	if (light !== null) return light.derived;
	return columns.ghi !== undefined && (columns.dni ?? columns.dhi) === undefined
		? 'nothing: the place is not known'
		: null;
}

function iso(epochMs: number): string {
	return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

function gapText({ quantity, fromMs, untilMs, filled }: Gap) {
	return { quantity, from: iso(fromMs), until: iso(untilMs), filled };
}

function rangeOf(name: string, values: Float64Array): Range {
	let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
	for (const value of values) {
		if (Number.isNaN(value)) continue;
		min = Math.min(min, value);
		max = Math.max(max, value);
		sum += value;
		count++;
	}
	return { unit: UNITS[name] ?? '', min, mean: sum / count, max, missing: values.length - count };
}

/** Cells of each day, in order. */
function cellsByDay({ firstMs, stepMs, count }: WeatherSeries, solarMs: number) {
	const days = new Map<number, { from: number; until: number }>();
	for (let i = 0; i < count; i++) {
		const day = Math.floor((firstMs + (i + 0.5) * stepMs + solarMs) / DAY_MS);
		const cells = days.get(day);
		if (cells === undefined) days.set(day, { from: i, until: i + 1 });
		else cells.until = i + 1;
	}
	return days;
}

function daysOf(
	series: WeatherSeries,
	columns: Readonly<Record<string, Float64Array>>,
	{ solarMs, site }: { solarMs: number; site: InspectSite | null },
): InspectedDay[] {
	const hours = series.stepMs / HOUR_MS;
	const main = columns['ghi'] ?? columns['pv'];
	return [...cellsByDay(series, solarMs)].map(([day, { from, until }]) => {
		const sum = (values: Float64Array | undefined, factor: number) => {
			if (values === undefined) return null;
			let total = 0;
			for (let i = from; i < until; i++) total += values[i] as number;
			return Number.isNaN(total) ? null : total * hours * factor;
		};
		let known = 0;
		for (let i = from; i < until; i++) if (!Number.isNaN(main?.[i] ?? 0)) known++;
		return {
			day,
			part: (known * series.stepMs) / DAY_MS,
			ghiKwhPerM2: sum(columns['ghi'], 0.001),
			pvKwhPerKw: sum(columns['pv'], 1),
			clearKwhPerM2: site === null ? null : clearDayKwhPerM2(day, site),
		};
	});
}

const WHOLE = 0.999;

function monthsOf(
	series: WeatherSeries,
	columns: Readonly<Record<string, Float64Array>>,
	{ solarMs, days }: { solarMs: number; days: readonly InspectedDay[] },
): InspectedMonth[] {
	const monthOf = (dayMs: number) => {
		const text = new Date(dayMs).toISOString().slice(0, 7);
		return series.isTypical ? text.slice(5) : text;
	};
	const cells = new Map<string, number[]>();
	for (let i = 0; i < series.count; i++) {
		const month = monthOf(series.firstMs + (i + 0.5) * series.stepMs + solarMs);
		const list = cells.get(month);
		if (list === undefined) cells.set(month, [i]);
		else list.push(i);
	}
	return [...cells].map(([month, list]) => {
		const whole = days.filter(({ day, part }) => part >= WHOLE && monthOf(day * DAY_MS) === month);
		const perDay = (name: string, factor: number) => {
			const value = meanOf(columns[name], list);
			return value === null ? null : (value * 24) / factor;
		};
		const ghi = perDay('ghi', 1000);
		return {
			month,
			days: (list.length * series.stepMs) / DAY_MS,
			ghiKwhPerM2: ghi === null ? null : (ghi * list.length * series.stepMs) / DAY_MS,
			ghiKwhPerM2Day: ghi,
			dniKwhPerM2Day: perDay('dni', 1000),
			dhiKwhPerM2Day: perDay('dhi', 1000),
			pvKwhPerKwDay: perDay('pv', 1),
			...indexOf(whole),
			airMeanC: meanOf(columns['airC'], list),
			airDailyAmplitudeC: amplitudeOf(columns['airC'], list, series),
			windMs: meanOf(columns['windMs'], list),
		};
	});
}

function indexOf(days: readonly InspectedDay[]) {
	const known = days.filter(
		({ ghiKwhPerM2, clearKwhPerM2 }) => ghiKwhPerM2 !== null && clearKwhPerM2,
	);
	if (known.length < 2) return { clearSkyIndex: null, dailyIndexStd: null };
	const total = (pick: (day: InspectedDay) => number) =>
		known.reduce((sum, day) => sum + pick(day), 0);
	const indexes = known.map((day) => (day.ghiKwhPerM2 ?? 0) / (day.clearKwhPerM2 ?? 1));
	const mean = indexes.reduce((sum, index) => sum + index, 0) / indexes.length;
	const squares = indexes.reduce((sum, index) => sum + (index - mean) ** 2, 0);
	return {
		clearSkyIndex: total((day) => day.ghiKwhPerM2 ?? 0) / total((day) => day.clearKwhPerM2 ?? 0),
		dailyIndexStd: Math.sqrt(squares / (indexes.length - 1)),
	};
}

function meanOf(values: Float64Array | undefined, cells: readonly number[]): number | null {
	if (values === undefined) return null;
	let [sum, count] = [0, 0];
	for (const cell of cells) {
		const value = values[cell] as number;
		if (Number.isNaN(value)) continue;
		sum += value;
		count++;
	}
	return count === 0 ? null : sum / count;
}

function amplitudeOf(
	values: Float64Array | undefined,
	cells: readonly number[],
	{ firstMs, stepMs }: WeatherSeries,
): number | null {
	if (values === undefined) return null;
	const sums = new Float64Array(24);
	const counts = new Float64Array(24);
	for (const cell of cells) {
		const value = values[cell] as number;
		if (Number.isNaN(value)) continue;
		const hour = Math.floor((firstMs + (cell + 0.5) * stepMs) / HOUR_MS) % 24;
		sums[hour] = (sums[hour] as number) + value;
		counts[hour] = (counts[hour] as number) + 1;
	}
	const means = [...sums]
		.map((sum, hour) => sum / (counts[hour] as number))
		.filter(Number.isFinite);
	return means.length < 2 ? null : (Math.max(...means) - Math.min(...means)) / 2;
}
