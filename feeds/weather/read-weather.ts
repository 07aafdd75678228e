import { noteText } from '../../protocol/remark.ts';
import { readCams } from './cams.ts';
import { namesLight, namesWeather } from './columns.ts';
import { readOwn, readSolcast, readVessim, type WeatherOptions } from './dated-csv.ts';
import { readEpw } from './epw.ts';
import { readJsonWeather } from './json-weather.ts';
import { readPowerCsv } from './nasa-power.ts';
import { normalise } from './normalise.ts';
import { readTm2, readWea } from './old-years.ts';
import { readOpenMeteoCsv } from './open-meteo.ts';
import { checkPlausible } from './plausible.ts';
import { readPvgis } from './pvgis.ts';
import { readPvwatts } from './pvwatts-csv.ts';
import { readSam } from './sam.ts';
import type { RawWeather, WeatherSeries } from './series.ts';
import { readCrn, readMidc, readSurfrad } from './stations.ts';
import { unreadable } from './table.ts';
import { beginsWithTime } from './table-times.ts';
import { readTmy3 } from './tmy3.ts';

type Reader = (text: string, path: string, options: WeatherOptions) => RawWeather;

/** Formats by what their first lines look like. The first that fits is taken. */
const FORMATS: readonly (readonly [RegExp | ((start: string) => boolean), Reader])[] = [
	[/^\s*[{[]/, readJsonWeather],
	[/^LOCATION,/i, readEpw],
	[/^-BEGIN HEADER-|^YEAR,MO,DY,HR,/, readPowerCsv],
	[/^#[\s\S]*?\n#\s*Observation period;/, readCams],
	[/^(location_id,)?latitude,longitude,elevation,utc_offset_seconds/, readOpenMeteoCsv],
	[/^"?(PVWatts|Requested Location)/i, readPvwatts],
	[isSam, readSam],
	[/^[^\n]*\n\s*"?Date \(MM\/DD\/YYYY\)"?,\s*"?Time \(HH:MM\)/, readTmy3],
	[/^ ?\d{5} .{22} [A-Z]{2} +-?\d+ [NS] /, readTm2],
	[/^place [^\n]*\n\s*latitude /i, readWea],
	[/^[^\n,]*\n\s*-?\d+\.\d+\s+-?\d+\.\d+\s+-?\d+ m\b/, readSurfrad],
	[/^\s*\d{4,5}\s+\d{8}\s+\d{4}\s+\d{8}\s+\d{4}\s/, readCrn],
	[/^Latitude \(decimal degrees\)/, readPvgis],
	[/^"?DATE \(MM\/DD\/YYYY\)"?,"?[A-Z]{3,4}"?,/, readMidc],
	[/^([^\n]*,)?\s*"?period_?(end|start)"?\s*(,|\r?\n)/i, readSolcast],
	[isTable, readOwn],
	[/^(datetime|time|date|timestamp)?\s*,[^\n]+\n\s*\d{4}-\d{2}-\d{2}/i, readVessim],
];

/** SAM: names of a site, its values, names of columns. */
function isSam(start: string): boolean {
	const [site = '', values = '', header = ''] = start.split(/\r?\n/, 3).map(cellsOf);
	const has = (cells: string | readonly string[], name: RegExp) =>
		(cells as readonly string[]).some((cell) => name.test(cell));
	if (!has(site, /^(site )?lat(itude)?\b/i) || !has(site, /^(site )?(lon|lng|long|longitude)\b/i))
		return false;
	return has(values, /^-?\d/) && namesWeather(header as readonly string[]);
}

/** A table of date-times with columns of light, air or wind, perhaps below comments. */
function isTable(start: string): boolean {
	const lines = start.split(/\r?\n/).filter((line) => !line.startsWith('#'));
	const [names, first] = [cellsOf(lines[0] ?? ''), cellsOf(lines[1] ?? '')];
	if (!beginsWithTime(names)) return false;
	if (names[0]?.toLowerCase() === 'time' && namesWeather(names.slice(1))) return true;
	return /\d[-/.]\d|^\d{4}$/.test(first[0] ?? '') && namesLight(names.slice(1));
}

function cellsOf(line: string): string[] {
	return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** With how many columns at least they are believed: PVGIS has a tab behind some names. */
const SEPARATORS = [
	[';', 1],
	['\t', 2],
] as const;

/** A text whose columns are separated by semicolons or tabs, with commas instead; decimal commas become points. */
function withCommas(text: string): string {
	const lines = text.split('\n', 30).filter((line) => !line.startsWith('#'));
	const [first = '', second = ''] = lines;
	for (const [separator, least] of SEPARATORS) {
		const isSeparated = (line: string) =>
			line.split(separator).length > Math.max(least, line.split(',').length);
		if (isSeparated(first) || (isSeparated(second) && !first.includes(',')))
			return text
				.split('\n')
				.map((line) =>
					line.startsWith('#') ? line : line.replaceAll(',', '.').replaceAll(separator, ','),
				)
				.join('\n');
	}
	return text;
}

/**
 * Reads a weather file of any format that is known, which its content shows.
 *
 * @throws ConfigError naming the file and what is wrong with it
 */
export function readWeather(text: string, path: string, options: WeatherOptions): WeatherSeries {
	const bare = text.replace(/^\uFEFF/, '');
	const plain = /^\s*[{[]|^#[\s\S]*?\n#\s*Observation period;/.test(bare.slice(0, 8000))
		? bare
		: withCommas(bare);
	const start = plain.slice(0, 8000);
	const reader = FORMATS.find(([form]) =>
		typeof form === 'function' ? form(start) : form.test(start),
	)?.[1];
	if (reader === undefined) throw unreadable(path, unknown(start));
	const raw = reader(plain, path, options);
	if (Object.keys(raw.columns).length === 0)
		throw unreadable(
			path,
			[
				`it is ${raw.format} without any column of irradiance, temperature or wind`,
				...raw.notes.map(noteText),
			].join('; '),
		);
	checkPlausible(raw, path);
	return normalise(raw, path);
}

function unknown(start: string): string {
	if (/^\d{4,6}\t\d{4}\t\d{4}\t/.test(start) || /^\d{4,6},\d{4},\d{4},/.test(start))
		return 'it looks like a file of the SRML (University of Oregon), which is not read; write its columns as a table of time, ghi, dni, dhi';
	return 'its content is none of Solcast CSV, SAM CSV (NSRDB PSM3), NREL TMY3 or TMY2, EPW, WEA, PVGIS CSV or JSON, PVWatts CSV, NASA POWER CSV or JSON, CAMS CSV, Open-Meteo JSON or CSV, SURFRAD, CRN, MIDC CSV, Vessim CSV, Gridbeat CSV';
}
