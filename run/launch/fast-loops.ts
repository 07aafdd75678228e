import { stronglyConnected } from '../../kernel/actor/graph.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Machine } from './machine.ts';
import { isAwaited, type Placed, place } from './placement.ts';

/** Who is placed, and what joins them. */
export interface Crew {
	readonly actors: readonly Omit<RosterEntry, 'host'>[];
	readonly wires: readonly Wire[];
	/** Length of a step of the microgrid. */
	readonly stepUs: SimTime;
}

/**
 * Places every actor as `place` does, those of each fast loop in one host. A loop is fast if its actors answer each other
 * more often than once a step, as a router does that asks replicas at each request (`least_outstanding`): in one process
 * that is memory, between processes a round trip over the network each time. Actors that the user has placed stay where
 * they are, and nothing is changed where so many processes are wanted that loops have to be apart.
 *
 * @throws ConfigError as `place`
 */
export function placeCrew(
	crew: Crew,
	placement: Scenario['placement'],
	machine?: () => Machine,
): Placed {
	const { actors } = crew;
	const loops = fastLoops(crew);
	const placed = place(actors, withLoops(actors, loops, placement), machine);
	const hostOf = new Map(placed.roster.map(({ name, host }) => [name, host]));
	const notes = loops.flatMap((names) => {
		const hosts = new Set(names.map((name) => hostOf.get(name)));
		if (hosts.size > 1)
			return [
				`${listOf(names)} are in ${hosts.size} processes, but ${OFTEN}: a round trip each time`,
			];
		// Where everything is in one process, or the user has said so, there is nothing to say.
		const [host = ''] = hosts;
		const isOurs = !(host in placement.hosts) && hostsIn(placed) > 1;
		return isOurs ? [`${listOf(names)} share a process, since ${OFTEN}`] : [];
	});
	if (placed.sharing !== null) notes.push(placed.sharing);
	return { ...placed, sharing: notes.length === 0 ? null : notes.join('; ') };
}

const OFTEN = 'they answer each other more often than once a step';

/** Actors that are joined both ways by wires with less delay than a step, in the order of the roster. */
function fastLoops({ actors, wires, stepUs }: Crew): string[][] {
	const names = actors.map(({ name }) => name);
	const known = new Set(names);
	const fast = wires.filter(
		({ from, to, delayUs }) => delayUs < stepUs && known.has(from.actor) && known.has(to.actor),
	);
	return stronglyConnected(names, fast).filter(({ length }) => length > 1);
}

/** The placement with a host for each loop, where that can be. */
function withLoops(
	actors: Crew['actors'],
	loops: readonly (readonly string[])[],
	placement: Scenario['placement'],
): Scenario['placement'] {
	const { mode, external, hosts, processes } = placement;
	if (mode === 'in-process') return placement;
	const given = new Set(Object.values(hosts).flat());
	const free = new Set(
		actors
			.filter((actor) => !isAwaited(actor, external))
			.flatMap(({ name }) => (given.has(name) ? [] : [name])),
	);
	const together = loops
		.map((names) => names.filter((name) => free.has(name)))
		.filter(({ length }) => length > 1);
	const others = free.size - together.flat().length;
	const awaited = (members: readonly string[]) =>
		actors.some((actor) => members.includes(actor.name) && isAwaited(actor, external));
	const own = Object.values(hosts).filter((members) => members.length > 0 && !awaited(members));
	const fixed = own.length + together.length;
	if (processes !== null && (processes < fixed + Math.min(1, others) || processes > fixed + others))
		return placement;
	const taken = new Set([...actors.map(({ name }) => name), ...Object.keys(hosts)]);
	let number = 0;
	const nextName = () => {
		let name: string;
		do name = `loop-${++number}`;
		while (taken.has(name));
		return name;
	};
	const loopHosts = Object.fromEntries(together.map((names) => [nextName(), names]));
	return { ...placement, hosts: { ...hosts, ...loopHosts } };
}

function hostsIn({ roster }: Placed): number {
	return new Set(roster.map(({ host }) => host)).size;
}

const NAMES_SHOWN = 3;

/** `a, b and c`, or the first of many and how many more. */
function listOf(names: readonly string[]): string {
	const shown = names.length > NAMES_SHOWN ? names.slice(0, NAMES_SHOWN - 1) : names.slice(0, -1);
	const rest = names.length - shown.length;
	return `${shown.join(', ')} and ${rest === 1 ? names.at(-1) : `${rest} more`}`;
}
