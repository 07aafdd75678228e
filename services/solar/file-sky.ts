import { type SourceSpan, sourceSpans } from '../../feeds/signal/source-spans.ts';
import { fixedClock, type WallClock, zoneClock } from '../../feeds/signal/wall-clock.ts';
import { cosDeg } from '../../feeds/sky/angles.ts';
import { DARK, type Irradiance } from '../../feeds/sky/irradiance.ts';
import { type ClearSky, clearSkyAt, type Site } from '../../feeds/sky/site-sky.ts';
import { completeLight, type Intervals } from '../../feeds/weather/components.ts';
import { loadWeather } from '../../feeds/weather/load.ts';
import type { WeatherSeries } from '../../feeds/weather/series.ts';
import { sunTime, sunTimeText } from '../../feeds/weather/sun-time.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { type Note, note, warning } from '../../protocol/remark.ts';
import type { FileSky, SolarConfig } from './config.ts';
import { givenPower } from './power-sky.ts';
import type { Air } from './pv-system.ts';
import type { SkySource } from './sky-source.ts';

const US_PER_MS = 1000;
const DAY_MS = 86_400_000;
/** At most this often the clear sky is asked within an interval. */
const SUN_EVERY_MS = 300_000;
/** A lower clear sky does not show how much of it clouds let through. */
const MIN_CLEAR_WM2 = 2;
/** Less than this by night is what instruments read in the dark. */
const DARK_WM2 = 10;
/** More than this times the clear sky is no light but the hour of a low sun. */
const RATIO_MAX = 1.6;
const TYPICAL_YEAR_DAYS = 365;
const KM_PER_DEGREE = 111.2;
/** A file may be of a station this far away. */
const KM_MAX = 300;

/** Where a run takes place, and when it starts. */
type Place = Pick<SolarConfig, 'latitude' | 'longitude' | 'startEpochMs'>;

/** Where in a series the data of an instant are. */
type Source = (epochMs: number) => number;

/**
 * The sky of a weather file. In each interval of the file global and direct irradiance keep their ratio to those of
 * the clear sky, so that within an hour the light follows the sun and the hour keeps its energy; diffuse is what
 * is left. Air and wind are linear between the middles of the intervals; what the file lacks, `airAt` says.
 *
 * @throws ConfigError for a file that is broken or does not cover the run
 */
export function fileSky(
	config: SolarConfig,
	sky: FileSky,
	airAt: (epochMs: number) => Air,
): SkySource {
	const { series, source } = sourceAt(config, sky);
	const { pv, windMs } = series.columns;
	const airC = airOfSeries(series, source);
	const air = (epochMs: number): Air => {
		const usual = airAt(epochMs);
		return {
			airC: airC === null ? usual.airC : airC(epochMs),
			windMs: windMs === undefined ? usual.windMs : between(series, windMs, source(epochMs)),
		};
	};
	const overlapping = averager(series, source, config.startEpochMs);
	const notes = () => notesOf(series, config);
	if (pv !== undefined)
		return {
			...{ givesPower: true, notes },
			read(_state, part) {
				const power = overlapping(part.fromUs, part.untilUs, pv) * config.peakPowerW;
				return givenPower(power, part, config, air(part.middleMs));
			},
		};
	const ratios = clearRatios(series, config);
	return {
		...{ givesPower: false, notes },
		read(_state, { fromUs, untilUs, middleMs, sky: clear }) {
			const clearSkyIndex = overlapping(fromUs, untilUs, ratios.global);
			const direct = overlapping(fromUs, untilUs, ratios.direct);
			return {
				light: lightOf(clear, clearSkyIndex, direct),
				air: air(middleMs),
				clearSkyIndex,
				powerW: null,
			};
		},
	};
}

/**
 * The air temperature of a weather file, degC, linear between the middles of its intervals; null where it has none.
 *
 * @throws ConfigError for a file that is broken or does not cover the run
 */
export function fileAirC(place: Place, file: FileSky): ((epochMs: number) => number) | null {
	const { series, source } = sourceAt(place, file);
	return airOfSeries(series, source);
}

/** What was done to a file, and how its light lies to the sun. */
function notesOf(series: WeatherSeries, config: SolarConfig): Note[] {
	const { latitude, longitude } = config;
	const done = [...series.notes, ...cutNotes(series, config)];
	const { place } = series;
	const time = sunTime(series, {
		latitude: place.latitude ?? latitude,
		longitude: place.longitude ?? longitude,
	});
	if (time === null) return done;
	return [...done, time.isOff ? warning(sunTimeText(time)) : note(sunTimeText(time))];
}

/** Light that no sky at that hour gives: cut, or left out. */
function cutNotes(series: WeatherSeries, site: Site): Note[] {
	const ghi = completeLight(series, site)?.ghi ?? new Float64Array();
	let [cut, dark] = [0, 0];
	ghi.forEach((value, i) => {
		if (!(value > DARK_WM2)) return;
		const clear = clearMean(series.firstMs + i * series.stepMs, series.stepMs, site).ghi;
		if (clear < MIN_CLEAR_WM2) dark++;
		else if (value > RATIO_MAX * clear) cut++;
	});
	return [
		...(dark === 0
			? []
			: [note('intervals with light while the sun is down left out', dark, ghi.length)]),
		...(cut === 0
			? []
			: [note(`intervals cut to ${RATIO_MAX} times the light of a clear sky`, cut, ghi.length)]),
	];
}

function sourceAt(place: Place, file: FileSky) {
	const series = loadWeather(file.path, file);
	checkNear(series, place);
	return { series, source: sourceOf(series, file, place) };
}

function airOfSeries(series: WeatherSeries, source: Source) {
	const { airC } = series.columns;
	return airC === undefined ? null : (epochMs: number) => between(series, airC, source(epochMs));
}

/** The sun of a place far from the file's would not fit its light. */
function checkNear({ place, name }: WeatherSeries, { latitude, longitude }: Place): void {
	if (place.latitude === null || place.longitude === null) return;
	const east = modulo(place.longitude - longitude + 180, 360) - 180;
	const km = KM_PER_DEGREE * Math.hypot(place.latitude - latitude, east * cosDeg(latitude));
	if (km > KM_MAX)
		throw new ConfigError(
			`Cannot use ${name} at ${latitude}, ${longitude}: it is of ${place.latitude}, ${place.longitude}, ${Math.round(km)} km away; ` +
				'run at its coordinates (location, or --latitude, --longitude and --timezone)',
		);
}

/** Light of which global and direct irradiance are these parts of the clear sky's. */
export function lightOf({ sun, clear }: ClearSky, index: number, direct: number): Irradiance {
	const ghi = clear.ghi * index;
	if (ghi <= 0) return DARK;
	const cosine = Math.max(0, cosDeg(sun.zenithDeg));
	const dni = Math.min(clear.dni * direct, cosine > 0 ? ghi / cosine : 0);
	return { ghi, dni, dhi: Math.max(0, ghi - dni * cosine) };
}

/** Global and direct irradiance of each interval as parts of the clear sky's; 0 where that is dark. */
export function clearRatios(
	series: Intervals & Pick<WeatherSeries, 'name'>,
	site: Site,
): { global: Float64Array; direct: Float64Array } {
	const light = completeLight(series, site);
	if (light === null)
		throw new ConfigError(
			`Cannot use ${series.name} as the sky: it has neither global irradiance nor direct and diffuse`,
		);
	const global = new Float64Array(series.count);
	const direct = new Float64Array(series.count);
	for (let i = 0; i < series.count; i++) {
		const value = light.ghi[i] as number;
		const fromMs = series.firstMs + i * series.stepMs;
		const clear = value === 0 ? DARK : clearMean(fromMs, series.stepMs, site);
		global[i] = ratio(value, clear.ghi);
		direct[i] = ratio(light.dni[i] as number, clear.dni);
	}
	return { global, direct };
}

function clearMean(fromMs: number, lengthMs: number, site: Site) {
	const suns = Math.max(1, Math.round(lengthMs / SUN_EVERY_MS));
	let [ghi, dni] = [0, 0];
	for (let k = 0; k < suns; k++) {
		const { clear } = clearSkyAt(fromMs + ((k + 0.5) / suns) * lengthMs, site);
		ghi += clear.ghi / suns;
		dni += clear.dni / suns;
	}
	return { ghi, dni };
}

/** Whether so little sun is up over an interval that its light says nothing of clouds. */
export function isDark(fromMs: number, lengthMs: number, site: Site): boolean {
	return clearMean(fromMs, lengthMs, site).ghi < MIN_CLEAR_WM2;
}

function ratio(value: number, clear: number): number {
	if (Number.isNaN(value)) return Number.NaN;
	return clear < MIN_CLEAR_WM2 ? 0 : Math.min(RATIO_MAX, value / clear);
}

/** The mean over a step of values that hold for intervals of the series. */
function averager(series: WeatherSeries, source: Source, startEpochMs: number) {
	const { firstMs, stepMs, count } = series;
	return (fromUs: number, untilUs: number, values: Float64Array): number => {
		const untilMs = startEpochMs + untilUs / US_PER_MS;
		let atMs = startEpochMs + fromUs / US_PER_MS;
		let sum = 0;
		const lengthMs = untilMs - atMs;
		while (atMs < untilMs) {
			const position = (source(atMs) - firstMs) / stepMs;
			const cell = Math.floor(position + 1e-9);
			const endMs = Math.min(untilMs, atMs + Math.max(1e-3, (cell + 1 - position) * stepMs));
			sum += (values[modulo(cell, count)] as number) * (endMs - atMs);
			atMs = endMs;
		}
		return sum / lengthMs;
	};
}

function between(
	{ firstMs, stepMs, count }: WeatherSeries,
	values: Float64Array,
	atMs: number,
): number {
	const position = (atMs - firstMs) / stepMs - 0.5;
	const below = Math.floor(position);
	const low = values[Math.min(count - 1, Math.max(0, below))] as number;
	const high = values[Math.min(count - 1, Math.max(0, below + 1))] as number;
	return low + (position - below) * (high - low);
}

/**
 * A typical year is used for every year: the same day and time by the file's clock, 29 February as the 28th.
 * Other files are used where they are, or extended as the scenario says.
 */
function sourceOf(series: WeatherSeries, sky: FileSky, { startEpochMs }: Place): Source {
	const { firstMs, stepMs, count, offsetMinutes, isTypical, name } = series;
	const clock: WallClock =
		offsetMinutes === null ? zoneClock(sky.timezone) : fixedClock(offsetMinutes);
	const run = { firstMs: startEpochMs, untilMs: startEpochMs + sky.untilUs / US_PER_MS };
	const coverage = { firstMs, untilMs: firstMs + count * stepMs };
	if (isTypical && count * stepMs === TYPICAL_YEAR_DAYS * DAY_MS) {
		checkWhole(series, () => [{ fromMs: firstMs, untilMs: coverage.untilMs, shiftMs: 0 }]);
		return (epochMs) => clock.instantMs(typicalWallMs(clock.wallMs(epochMs)));
	}
	const extend = isTypical ? 'repeat-year' : sky.extend;
	const spans = sourceSpans(name, coverage, run, { extend, clock });
	checkWhole(series, () => spans);
	let at = 0;
	return (epochMs) => {
		if (epochMs < (spans[at] as SourceSpan).fromMs) at = 0;
		while (at < spans.length - 1 && epochMs >= (spans[at] as SourceSpan).untilMs) at++;
		return epochMs + (spans[at] as SourceSpan).shiftMs;
	};
}

function typicalWallMs(wallMs: number): number {
	const date = new Date(wallMs);
	const month = date.getUTCMonth();
	const day = month === 1 ? Math.min(28, date.getUTCDate()) : date.getUTCDate();
	return Date.UTC(2001, month, day) + modulo(wallMs, DAY_MS);
}

/** Gaps that were too long to be filled must not lie in what the run uses. */
function checkWhole({ gaps, name }: WeatherSeries, spans: () => readonly SourceSpan[]): void {
	for (const { quantity, fromMs, untilMs, filled } of gaps) {
		if (filled) continue;
		const isUsed = spans().some(
			(span) => span.fromMs + span.shiftMs < untilMs && fromMs < span.untilMs + span.shiftMs,
		);
		if (isUsed)
			throw new ConfigError(
				`Cannot use ${name}: ${quantity} has no values from ${new Date(fromMs).toISOString()} to ${new Date(untilMs).toISOString()}, too long to be filled; run at another time or repair the file`,
			);
	}
}

function modulo(value: number, by: number): number {
	return value - by * Math.floor(value / by);
}
