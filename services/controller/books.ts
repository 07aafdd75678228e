import type { Field, PortSpec } from '../../protocol/readings.ts';
import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';
import type { ControllerConfig } from './config.ts';

/** The columns of the books that belong to a kind of thing start here in each row. */
export interface BooksLayout {
	readonly delta: number;
	readonly grid: number;
	readonly members: number;
	readonly chargePower: number;
	/** State of charge and charge level of each battery in turn. */
	readonly batteries: number;
	readonly signals: number;
	readonly cap: number;
	readonly curtailed: number;
	readonly setpoints: number;
	readonly generators: number;
	/** -1 where the grid is always there. */
	readonly available: number;
	/** -1 where a deficit ends the run. */
	readonly unserved: number;
	readonly width: number;
}

/** Where each value of a row of the books stands, and how many there are. */
export function booksLayout(config: ControllerConfig): BooksLayout {
	const delta = 0;
	const grid = delta + 1;
	const members = grid + 1;
	const chargePower = members + config.members.length;
	const batteries = chargePower + 1;
	const signals = batteries + 2 * config.batteries.length;
	const cap = signals + config.signals.length;
	const curtailed = cap + 1;
	const setpoints = curtailed + 1;
	const generators = setpoints + config.batteries.length;
	const afterGenerators = generators + config.generators.length;
	const available = config.hasGridSignal ? afterGenerators : -1;
	const afterGrid = afterGenerators + (config.hasGridSignal ? 1 : 0);
	const unserved = config.shedding === null ? -1 : afterGrid;
	const width = afterGrid + (config.shedding === null ? 0 : 1);
	return {
		...{
			delta,
			grid,
			members,
			chargePower,
			batteries,
			signals,
			cap,
			curtailed,
			setpoints,
			generators,
		},
		...{ available, unserved, width },
	};
}

/**
 * The controller's output `books`: one row a step. The fields are the numeric columns of Vessim's CsvLogger
 * after `time`, in its order and under its names, then ours. States of charge are those before
 * the setpoints of the row act; the cap of a row acts from the next step on.
 */
export function booksPort(config: ControllerConfig): PortSpec {
	const column = TIMESERIES.field.bind(TIMESERIES);
	const fields: Field[] = [column('p_delta'), column('p_grid')];
	for (const { name } of config.members) fields.push(column('actor_states.<name>.power', name));
	fields.push(column('policy_state.charge_power'));
	for (const { name } of config.batteries) {
		fields.push(column('dispatch_states.<battery>.soc', name));
		fields.push(column('dispatch_states.<battery>.charge_level', name));
	}
	for (const { name, unit } of config.signals)
		fields.push({ name: TIMESERIES.checked(`grid_signals.${name}`), unit });
	fields.push(column('policy_state.cap_per_gpu'));
	fields.push(column('policy_state.curtailed'));
	for (const { name } of config.batteries)
		fields.push(column('dispatch_states.<battery>.current_power', name));
	for (const { name } of config.generators)
		fields.push(column('generator_states.<name>.power', name));
	if (config.hasGridSignal) fields.push(column('policy_state.grid_connected'));
	if (config.shedding !== null) fields.push(column('policy_state.unserved'));
	return { name: 'books', kind: 'interval', fields };
}
