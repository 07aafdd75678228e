import { ConfigError } from '../../protocol/errors.ts';
import { given } from '../../protocol/origin.ts';
import type { ExternalStore, OwnActor as OwnEntry } from '../../protocol/scenario/own.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { KIND_NAMES } from '../../services/kinds.ts';
import type { RunFacts, StoreStart } from '../../services/own/contract.ts';
import type { OwnActor } from './own-actor.ts';

type Entry = Extract<OwnEntry, { type: 'external' }>;

/**
 * The actors of a site whose processes are started elsewhere; what each is follows from its entry.
 *
 * @throws ConfigError for an entry that contradicts itself
 */
export function externalActorsOf({ loads, actors }: Scenario, run: RunFacts): OwnActor[] {
	return [
		...loads.flatMap((load) =>
			load.type === 'external'
				? [externalActorOf({ ...load, store: null, observes: false }, true, run)]
				: [],
		),
		...actors.flatMap((entry) =>
			entry.type === 'external' ? [externalActorOf(entry, false, run)] : [],
		),
	];
}

function externalActorOf(entry: Entry, isLoad: boolean, run: RunFacts): OwnActor {
	const { name, external: kind, reads, values, config, store, observes } = entry;
	if (KIND_NAMES.includes(kind))
		throw new ConfigError(
			`Cannot use "${kind}" as the kind of "${name}": it is one of Gridbeat's own; give another name, and see --external for processes of those`,
		);
	if (store !== null && observes)
		throw new ConfigError(`Cannot use "${name}" as a store that observes: drop one of the two`);
	const fields = Object.entries(values).map(([field, unit]) => ({ name: field, unit }));
	return {
		...{ name, kind, isLoad },
		role: store !== null ? 'store' : observes ? 'observer' : 'member',
		start: store === null ? null : externalStart(name, store),
		origin: given(`kind ${kind}, a process started elsewhere`),
		runs: { by: 'process', run, config, reads, values: fields },
	};
}

function externalStart(name: string, store: ExternalStore): StoreStart {
	const { capacityWh, soc, feasibleMinW, feasibleMaxW } = store;
	if (feasibleMinW > feasibleMaxW)
		throw new ConfigError(
			`Cannot use the store "${name}" from ${feasibleMinW} to ${feasibleMaxW} W: give feasibleMinW <= feasibleMaxW`,
		);
	return { ...store, chargeLevelWh: soc * capacityWh };
}
