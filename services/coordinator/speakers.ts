import { type Graph, isLoopWire } from '../../kernel/actor/graph.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
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
