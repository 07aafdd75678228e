import type { Field } from '../readings.ts';
import { type ColumnSpec, mean, type Table, table, time } from './table.ts';

/** Tables with a row a step for the fields of one output of an actor. */

const TIME = time('time_s', 's', 'start of the step, from the start of the run', {
	isNeeded: true,
});

/**
 * Describes the table of an output: `wind.csv` of the port `wind`, with the time of the step and a column for each of its
 * fields. A kind of actor that this folder does not know describes its own so; metadata.yaml of a run then has the
 * description.
 */
export function stepTable<const Columns extends readonly ColumnSpec[]>(
	port: string,
	columns: Columns,
): Table<'time_s' | Columns[number]['name']> {
	return table({ file: `${port}.csv`, columns: [TIME, ...columns] });
}

/** The port whose table it is. */
export function portOf({ file }: Table): string {
	return file.replace(/\.csv$/, '');
}

/** The fields of the port whose table it is. */
export function fieldsOf(table: Table): Field[] {
	return table.columns
		.filter(({ name }) => name !== TIME.name)
		.map(({ name }) => table.field(name));
}

/** weather.csv, of the first plant. */
export const WEATHER_TABLE = stepTable('weather', [
	mean('ghi', 'W/m2', 'global horizontal irradiance'),
	mean('dni', 'W/m2', 'direct normal irradiance'),
	mean('dhi', 'W/m2', 'diffuse horizontal irradiance'),
	mean('poa', 'W/m2', 'irradiance on the modules'),
	mean('cell_temperature', 'degC', 'of the modules'),
	mean('clear_sky_index', '1', '1 without clouds'),
]);

/** wind.csv, of the first turbine. */
export const WIND_TABLE = stepTable('wind', [
	mean('wind_speed', 'm/s', 'at the height for which it is given'),
	mean('hub_wind_speed', 'm/s', 'at the hub'),
	mean('relative_air_density', '1', 'of the air at the hub, over that for which power curves hold'),
]);

/**
 * The table of an output by the name of its port.
 *
 * @throws TypeError for a port that has none
 */
export function stepTableOf(port: string): Table {
	const found = [WEATHER_TABLE, WIND_TABLE].find((one) => portOf(one) === port);
	if (found === undefined) throw new TypeError(`no table is described for the port "${port}"`);
	return found;
}
