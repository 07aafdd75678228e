import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { noteText } from '../../protocol/remark.ts';
import { readWeather } from './read-weather.ts';
import type { Quantity, WeatherSeries } from './series.ts';

/** Test support: reads a text as a weather file. */
export function readText(text: string, column: string | null = null): WeatherSeries {
	return readWeather(text, 'x', { column, timezone: 'UTC' });
}

/** Test support: the text is refused with a message that fits. */
export function refusesText(text: string, expected: RegExp, column: string | null = null): void {
	try {
		readText(text, column);
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, expected);
		return;
	}
	throw new Error(`nothing was thrown: ${expected}`);
}

/** Test support: what there is to say of a file, as people read it. */
export function notesOf({ notes }: Pick<WeatherSeries, 'notes'>): string[] {
	return notes.map(noteText);
}

/** Test support: columns rounded to 0.01, by name. */
export function columnsOf({ columns }: WeatherSeries): Partial<Record<Quantity, number[]>> {
	return Object.fromEntries(
		Object.entries(columns).map(([name, values]) => [
			name,
			[...values].map((value) => Math.round(value * 100) / 100),
		]),
	);
}

/** Test support: what most files of these tests have in them. */
export const COLUMNS = {
	ghi: [500, 600],
	dni: [700, 710],
	dhi: [100, 110],
	airC: [20, 21],
	windMs: [3, 4],
};
