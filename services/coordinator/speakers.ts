import { type Graph, isLoopWire } from '../../kernel/actor/graph.ts';
import type { RosterEntry, Wired } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';

/**
 * The actors whose readings for their loops are one message: those of one host and one loop, and those of one host whose
 * loops are heard by the very same hosts. So a host with many actors sends one message a step, and nobody hears of loops that are
 * none of its own.
 *
 * @returns lists of two and more, in the order of the roster; the first of each speaks for all
 */
export function speakTogether(
	roster: readonly Pick<RosterEntry, 'name' | 'host'>[],
	wires: readonly Wire[],
	graph: Graph,
): string[][] {
	const hostOf = new Map(roster.map(({ name, host }) => [name, host]));
	/** The hosts that hear something of a host about a loop. */
	const listeners = new Map<string, Set<string>>();
	const speakers = new Map<string, string>();
	for (const wire of wires) {
		const [from, to] = [hostOf.get(wire.from.actor), hostOf.get(wire.to.actor)];
		if (from === undefined || to === undefined || from === to || !isLoopWire(graph, wire)) continue;
		const loop = `${from} ${graph.componentOf.get(wire.from.actor)}`;
		speakers.set(wire.from.actor, loop);
		listeners.set(loop, (listeners.get(loop) ?? new Set()).add(to));
	}
	const groups = new Map<string, string[]>();
	for (const { name, host } of roster) {
		const loop = speakers.get(name);
		if (loop === undefined) continue;
		const key = [host, ...[...(listeners.get(loop) ?? [])].sort()].join(' ');
		groups.set(key, [...(groups.get(key) ?? []), name]);
	}
	return [...groups.values()].filter(({ length }) => length > 1);
}

/** The most that one host sends ahead of those that hear it, however few they are. */
const OWN_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Who hears readings of actors that are in one process: one actor of each other place, wherever that is by now; and how much may
 * be on its way to them from there, so that it is no more than `aheadBytes` to any, from all together.
 *
 * @param planned every actor with its place
 */
export function hearersIn(
	planned: readonly Pick<RosterEntry, 'name' | 'host'>[],
	wires: readonly Wire[],
	aheadBytes: number,
): (actors: readonly string[]) => NonNullable<Wired['hearers']> {
	const placeOf = new Map(planned.map(({ name, host }) => [name, host]));
	/** The places that each place hears. */
	const heard = new Map<string, Set<string>>();
	const between = wires.flatMap(({ from, to }) => {
		const [place, other] = [placeOf.get(to.actor), placeOf.get(from.actor)];
		if (place === undefined || other === undefined || place === other) return [];
		heard.set(place, (heard.get(place) ?? new Set()).add(other));
		return [{ from: from.actor, to: to.actor, place }];
	});
	return (actors) => {
		const own = new Set(actors);
		const hearers = new Map<string, string>();
		for (const { from, to, place } of between)
			if (own.has(from) && !own.has(to) && !hearers.has(place)) hearers.set(place, to);
		const most = Math.max(1, ...[...hearers.keys()].map((place) => heard.get(place)?.size ?? 1));
		const share = Math.min(OWN_BYTES_MAX, Math.ceil(aheadBytes / most));
		return { actors: [...hearers.values()], aheadBytes: share };
	};
}
