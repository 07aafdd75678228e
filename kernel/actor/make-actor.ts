import type { Command } from '../../protocol/commands.ts';
import type { ActorPorts, RosterEntry } from '../../protocol/messages.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Actor, ActorKind, Outside } from './contract.ts';
import { nodeOf } from './graph.ts';
import { parseConfig } from './parse-config.ts';
import { namedPrng } from './random.ts';

/** Finds the kind of an actor by name; a process loads only the kinds it runs. */
export type FindKind = (kind: string) => Promise<ActorKind>;

/** What an actor is made with. */
export interface Making {
	readonly findKind: FindKind;
	readonly seed: string;
	/** Publishes key figures of the actor `name`. */
	announce(name: string, timeUs: SimTime, values: Readonly<Record<string, number | null>>): void;
	/** What is beside the simulation in this process; left out: nothing. */
	readonly outside?: Outside;
	/** Proposes a command for the actor `name`. */
	propose(name: string, command: Command): void;
}

/**
 * The actor of a roster entry, with random streams of its own.
 *
 * @throws ConfigError if its configuration does not fit its kind; what the kind throws
 */
export async function makeActor(
	{ name, kind, config }: RosterEntry,
	{ findKind, seed, announce, propose, outside }: Making,
): Promise<Actor> {
	const found = await findKind(kind);
	return found.create(parseConfig(found, name, config), {
		name,
		random: (purpose) => namedPrng(`${seed}/${name}/${purpose}`),
		announce: (timeUs, values) => announce(name, timeUs, values),
		...(outside === undefined ? {} : { outside }),
		propose: (command) => propose(name, command),
	});
}

/** The ports of an actor, as the coordinator hears of them. */
export function portsOf(name: string, actor: Actor): ActorPorts {
	const { inputs, outputs, alignUs, alignedPorts } = nodeOf(name, actor);
	const ports = { inputs: [...inputs], outputs: [...outputs] };
	const takes = actor.takes === undefined ? {} : { takes: actor.takes };
	return { name, alignUs, alignedPorts: [...alignedPorts], ...ports, ...takes };
}
