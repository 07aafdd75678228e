import type { Field, PortSpec } from '../../protocol/readings.ts';
import type { ControllerConfig } from './config.ts';

/** The columns of the books that belong to a kind of thing start here in each row. */
export interface BooksLayout {
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

export function booksLayout(config: ControllerConfig): BooksLayout {
	const members = 2;
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
		...{ members, chargePower, batteries, signals, cap, curtailed, setpoints, generators },
		...{ available, unserved, width },
	};
}

/**
 * The controller's output `books`: one row a step. The fields are the numeric columns of Vessim's CsvLogger
 * after `time`, in its order and under its names (RESEARCH A4), then ours. States of charge are those before
 * the setpoints of the row act; the cap of a row acts from the next step on.
 */
export function booksPort(config: ControllerConfig): PortSpec {
	const fields: Field[] = [
		{ name: 'p_delta', unit: 'W' },
		{ name: 'p_grid', unit: 'W' },
	];
	for (const { name } of config.members)
		fields.push({ name: `actor_states.${name}.power`, unit: 'W' });
	fields.push({ name: 'policy_state.charge_power', unit: 'W' });
	for (const { name } of config.batteries) {
		fields.push({ name: `dispatch_states.${name}.soc`, unit: '1' });
		fields.push({ name: `dispatch_states.${name}.charge_level`, unit: 'Wh' });
	}
	for (const { name, unit } of config.signals) fields.push({ name: `grid_signals.${name}`, unit });
	fields.push({ name: 'policy_state.cap_per_gpu', unit: 'W' });
	fields.push({ name: 'policy_state.curtailed', unit: 'W' });
	for (const { name } of config.batteries)
		fields.push({ name: `dispatch_states.${name}.current_power`, unit: 'W' });
	for (const { name } of config.generators)
		fields.push({ name: `generator_states.${name}.power`, unit: 'W' });
	if (config.hasGridSignal) fields.push({ name: 'policy_state.grid_connected', unit: '1' });
	if (config.shedding !== null) fields.push({ name: 'policy_state.unserved', unit: 'W' });
	return { name: 'books', kind: 'interval', fields };
}
