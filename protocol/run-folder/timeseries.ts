import { held, mean, start, table, text, time } from './table.ts';

/**
 * timeseries.csv, a row a step. Up to the grid signals the columns and their order are those of Vessim's recorder; of the
 * others `current_power` is Vessim's too.
 */
export const TIMESERIES = table({
	file: 'timeseries.csv',
	columns: [
		text('microgrid', 'name of the location, or of the site'),
		time('time', null, 'local time'),
		mean('p_delta', 'W', 'sum of all members: surplus +, deficit -', { isNeeded: true }),
		mean('p_grid', 'W', 'exchange with the grid: export +, import -', { isNeeded: true }),
		mean(
			'actor_states.<name>.power',
			'W',
			'of each member, production +, consumption -: replica (all its GPUs and its part of their servers, times PUE), load, plant, turbine',
		),
		text('policy_state.mode', 'grid-connected or islanded'),
		held('policy_state.charge_power', 'W', 'forced charging'),
		start('dispatch_states.<battery>.soc', '1', 'state of charge, 0 to 1'),
		start('dispatch_states.<battery>.charge_level', 'Wh', 'energy stored'),
		text('grid_signals', 'empty, as Vessim has it', { when: 'there is no grid signal' }),
		// Vessim's own: whatever its user called it.
		mean('grid_signals.carbon', 'g/kWh', 'carbon intensity', {
			when: 'the scenario has `carbon`',
			readAs: ['grid_signals.carbon<rest>'],
		}),
		mean('grid_signals.<site>-carbon', 'g/kWh', 'carbon intensity of a site', {
			when: 'there are several',
		}),
		mean('grid_signals.marginal', 'g/kWh', 'marginal intensity beside an average one', {
			when: 'the scenario has `marginalCarbon`',
		}),
		mean('grid_signals.<site>-marginal', 'g/kWh', 'marginal intensity of a site', {
			when: 'there are several',
		}),
		mean('grid_signals.price', 'USD/kWh', 'price of imports', {
			when: 'the scenario has `price`',
			readAs: ['grid_signals.price<rest>'],
		}),
		mean('grid_signals.<site>-price', 'USD/kWh', 'price of imports of a site', {
			when: 'there are several',
			readAs: ['grid_signals.<before>price', 'grid_signals.<before>price<rest>'],
		}),
		mean('grid_signals.exports', 'USD/kWh', 'what exports earn', {
			when: 'the scenario has `exportPrice`',
		}),
		mean('grid_signals.<site>-exports', 'USD/kWh', 'what exports of a site earn', {
			when: 'there are several',
		}),
		held(
			'policy_state.cap_per_gpu',
			'W',
			'cap decided in this step; it acts from the next on; empty: none',
		),
		mean(
			'policy_state.curtailed',
			'W',
			'surplus that went nowhere (islanded, or past the limit on exports)',
		),
		mean(
			'dispatch_states.<battery>.current_power',
			'W',
			'of the battery: charging +, discharging -',
			{ readAs: ['dispatch_states.<battery>.power'] },
		),
		mean('generator_states.<name>.power', 'W', 'of the generator', {
			when: 'the scenario has `generators`',
		}),
		held('policy_state.grid_connected', '1', 'whether the grid was there, 1 or 0', {
			when: 'the scenario has `grid`',
			isCount: true,
		}),
		mean('policy_state.unserved', 'W', 'load that was not served', {
			when: 'the scenario has `policy.shedding`',
		}),
		time('time_utc', 'UTC', 'time in UTC'),
	],
});
