import { QUANTITIES, type Quantity, type RawWeather } from './series.ts';
import { unreadable } from './table.ts';

interface Limits {
	readonly least: number;
	readonly most: number;
	readonly unit: string;
	/** What else the values may be. */
	readonly maybe: string;
}

/**
 * What no weather has. Irradiance: the sun is 1,410 W/m2 at most, and the edges of clouds add less than half on the ground;
 * pyranometers read a few W/m2 below 0 at night. Air: the records are -89 and 57 degC. Wind: the record is 113 m/s, a gust.
 */
const LIMITS: Readonly<Partial<Record<Quantity, Limits>>> = {
	ghi: { least: -50, most: 2000, unit: 'W/m2', maybe: 'kJ/m2 or Wh/m2 of longer intervals' },
	dni: { least: -50, most: 1600, unit: 'W/m2', maybe: 'kJ/m2 or Wh/m2 of longer intervals' },
	dhi: { least: -50, most: 1500, unit: 'W/m2', maybe: 'kJ/m2 or Wh/m2 of longer intervals' },
	airC: { least: -90, most: 60, unit: 'degC', maybe: 'Kelvin or Fahrenheit' },
	windMs: { least: 0, most: 115, unit: 'm/s', maybe: 'km/h' },
};

/** @throws ConfigError naming line, value and what it may be instead, for what cannot be weather */
export function checkPlausible({ columns, lines }: RawWeather, path: string): void {
	for (const quantity of QUANTITIES) {
		const [values, limits] = [columns[quantity], LIMITS[quantity]];
		if (values === undefined || limits === undefined) continue;
		const { least, most, unit, maybe } = limits;
		const at = values.findIndex((value) => value < least || value > most);
		if (at < 0) continue;
		throw unreadable(
			path,
			`line ${lines[at]} has ${values[at]} as ${quantity}, outside of ${least} to ${most} ${unit}; convert the column if it is in ${maybe}, or repair the row`,
		);
	}
}
