import type { Field } from '../../../protocol/readings.ts';
import { TIMESERIES } from '../../../protocol/run-folder/timeseries.ts';
import { USAGE } from '../../../protocol/run-folder/usage.ts';
import type { MonitoredSite } from './config.ts';

/** Where the values of a site stand in a row of its books; -1 where it has none of the kind. */
export interface BooksColumns {
	readonly delta: number;
	readonly grid: number;
	readonly members: readonly number[];
	/** By battery: state of charge, energy stored, power. */
	readonly batteries: readonly {
		readonly soc: number;
		readonly level: number;
		readonly power: number;
	}[];
	readonly generators: readonly number[];
	readonly carbon: number;
	readonly marginal: number;
	readonly price: number;
	readonly cap: number;
	readonly curtailed: number;
	readonly unserved: number;
	readonly connected: number;
}

/** Finds the columns of the books of a site by their names. */
export function booksColumns(site: MonitoredSite): BooksColumns {
	const { books, members, batteries, generators, signals } = site;
	const at = (name: string) => books.findIndex((field) => field.name === name);
	const column = TIMESERIES.field.bind(TIMESERIES);
	const signal = (wanted: string) => {
		const found = signals.find(({ is }) => is === wanted);
		return found === undefined ? -1 : at(`grid_signals.${found.name}`);
	};
	return {
		delta: at(column('p_delta').name),
		grid: at(column('p_grid').name),
		members: members.map(({ name }) => at(column('actor_states.<name>.power', name).name)),
		batteries: batteries.map(({ name }) => ({
			soc: at(column('dispatch_states.<battery>.soc', name).name),
			level: at(column('dispatch_states.<battery>.charge_level', name).name),
			power: at(column('dispatch_states.<battery>.current_power', name).name),
		})),
		generators: generators.map((name) => at(column('generator_states.<name>.power', name).name)),
		carbon: signal('carbon'),
		marginal: signal('marginal'),
		price: signal('price'),
		cap: at(column('policy_state.cap_per_gpu').name),
		curtailed: at(column('policy_state.curtailed').name),
		unserved: at(column('policy_state.unserved').name),
		connected: at(column('policy_state.grid_connected').name),
	};
}

/** Columns of usage that are shown or added up. */
const USED = [
	...([
		'gpu_power',
		'mfu',
		'busy',
		'outstanding',
		'kv_used',
		'batches',
		'frequency_ratio',
	] as const),
	...(['energy', 'prefill_energy', 'decode_energy', 'idle_energy', 'on'] as const),
	...(['arrived', 'waiting', 'running', 'rejected', 'taken_over', 'handed_over'] as const),
] as const;
type Used = (typeof USED)[number];
export type UsageColumns = Readonly<Record<Used, number>>;

/** Where they stand in a row of usage; -1 where a replica reports none. */
export function usageColumns(usage: readonly Field[]): UsageColumns {
	const at = (name: Used) => usage.findIndex((field) => field.name === USAGE.field(name).name);
	return Object.fromEntries(USED.map((name) => [name, at(name)])) as UsageColumns;
}
