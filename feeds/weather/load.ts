import { inputReason, readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { WeatherOptions } from './dated-csv.ts';
import { readWeather } from './read-weather.ts';
import type { WeatherSeries } from './series.ts';

/** Reads a weather file. Throws a ConfigError for a missing, unknown or broken file. */
export function loadWeather(path: string, options: WeatherOptions): WeatherSeries {
	let text: string;
	try {
		text = readInputText(path);
	} catch (error) {
		throw new ConfigError(`Cannot read weather "${path}": ${inputReason(error)}`, {
			cause: error,
		});
	}
	return readWeather(text, path, options);
}
