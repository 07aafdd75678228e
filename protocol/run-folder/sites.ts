import { mean, start, table, text, time } from './table.ts';

/** sites.csv, what all sites of a run have in common: a row a step and site, one site after the other. */
export const SITES = table({
	file: 'sites.csv',
	columns: [
		time('time_utc', 'UTC', 'start of the step'),
		time('time', null, 'start of the step in local time of the site'),
		text('site', 'name of the site'),
		mean('load_power', 'W', 'all loads'),
		mean('production_power', 'W', 'sun and wind'),
		mean('generator_power', 'W', 'generators that burn fuel'),
		mean('battery_power', 'W', 'all batteries: charging +, discharging -'),
		mean('grid_power', 'W', 'exchange with the grid: export +, import -'),
		mean('curtailed_power', 'W', 'surplus that went nowhere'),
		mean('unserved_power', 'W', 'load that was not served'),
		start('stored_energy', 'Wh', 'in all batteries'),
		mean('carbon_intensity', 'g/kWh', 'of the grid; empty without a signal'),
		mean('price', 'USD/kWh', 'of imports; empty without one'),
	],
});
