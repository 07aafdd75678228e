import { readOwn, readSolcast, readVessim, type WeatherOptions } from './dated-csv.ts';
import { readEpw } from './epw.ts';
import { normalise } from './normalise.ts';
import { readOpenMeteo } from './open-meteo.ts';
import { checkPlausible } from './plausible.ts';
import { readPsm3 } from './psm3.ts';
import { readPvgis } from './pvgis.ts';
import type { RawWeather, WeatherSeries } from './series.ts';
import { unreadable } from './table.ts';
import { readTmy3 } from './tmy3.ts';

type Reader = (text: string, path: string, options: WeatherOptions) => RawWeather;

/** Formats by what their first lines look like. The first that fits is taken. */
const FORMATS: readonly (readonly [RegExp, Reader])[] = [
	[/^\s*\{/, readOpenMeteo],
	[/^LOCATION,/, readEpw],
	[/^Source,Location ID,/i, readPsm3],
	[/^[^\n]*\n\s*Date \(MM\/DD\/YYYY\),\s*Time \(HH:MM\)/, readTmy3],
	[/^Latitude \(decimal degrees\)/, readPvgis],
	[/^([^\n]*,)?\s*"?period_?(end|start)"?\s*(,|\r?\n)/i, readSolcast],
	[/^#[\s\S]*?\n\s*time\s*,|^time,(ghi|dni|dhi|air_temperature|temp_air)\b/i, readOwn],
	[/^(datetime|time|date|timestamp)?\s*,[^\n]+\n\s*\d{4}-\d{2}-\d{2}/i, readVessim],
];

/**
 * Reads a weather file of any format that is known, which its content shows.
 *
 * @throws ConfigError naming the file and what is wrong with it
 */
export function readWeather(text: string, path: string, options: WeatherOptions): WeatherSeries {
	const plain = text.replace(/^\uFEFF/, '');
	const start = plain.slice(0, 4000);
	const reader = FORMATS.find(([pattern]) => pattern.test(start))?.[1];
	if (reader === undefined)
		throw unreadable(
			path,
			'its content is none of Solcast CSV, NREL TMY3 or PSM3 CSV, EPW, PVGIS CSV, Open-Meteo JSON, Vessim CSV, Gridbeat CSV',
		);
	const raw = reader(plain, path, options);
	if (Object.keys(raw.columns).length === 0)
		throw unreadable(
			path,
			`it is ${raw.format} without any column of irradiance, temperature or wind`,
		);
	checkPlausible(raw, path);
	return normalise(raw, path);
}
