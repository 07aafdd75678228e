import type { Breather } from '../kernel/bus/breather.ts';
import type { Wire } from '../protocol/readings.ts';
import * as fc from './properties.test-support.ts';
import {
	averaging,
	eventful,
	livedOutside,
	type Outsider,
	outsider,
	type StepLog,
	type Topology,
	timed,
	wire,
} from './topology.ts';

/**
 * Random graphs of time-based and event-based actors, with and without loops. The expected execution comes from a
 * second, much simpler simulator below that knows no messages.
 */
const UNTIL_US = 12;

interface Node {
	readonly kind: 'timed' | 'eventful' | 'averaging' | 'live';
	readonly stepUs: number;
	readonly times: readonly number[];
}

export interface Case {
	readonly nodes: readonly Node[];
	readonly wires: readonly Wire[];
	readonly hosts: readonly number[];
	readonly windowUs: number;
	readonly picks: readonly number[];
}

const nameOf = (index: number) => String.fromCharCode(65 + index);

const node = (kinds: readonly Node['kind'][]): fc.Arbitrary<Node> =>
	fc.record({
		kind: fc.constantFrom(...kinds),
		stepUs: fc.constantFrom(1, 2, 3, 4),
		times: fc
			.uniqueArray(fc.integer({ min: 0, max: UNTIL_US - 1 }), { maxLength: 4 })
			.map((times) => times.sort((a, b) => a - b)),
	});

/** A wire between two nodes, or null where their ports do not fit. Wires back have a delay. */
function wireBetween(nodes: readonly Node[], from: number, to: number, delay: number): Wire | null {
	const [source, target] = [nodes[from] as Node, nodes[to] as Node];
	const isEventful = source.kind === 'eventful' || source.kind === 'live';
	const byEvent = isEventful && target.kind !== 'timed' && delay > 1;
	// A wire back that closes a loop must bridge every average in it.
	const averages = nodes.filter(({ kind }) => kind === 'averaging').length;
	const back = from < to ? delay : delay + 2 + 4 * averages;
	const ports = byEvent ? ['event', 'on'] : ['out', 'in'];
	const suffix = back === 0 ? '' : ` ~${back}`;
	const made = wire(`${nameOf(from)}.${ports[0]} -> ${nameOf(to)}.${ports[1]}${suffix}`);
	return source.kind === 'live' || target.kind === 'live' ? { ...made, live: true } : made;
}

export function caseOf(kinds: readonly Node['kind'][]): fc.Arbitrary<Case> {
	return fc
		.record({
			nodes: fc.array(node(kinds), { minLength: 2, maxLength: 6 }),
			edges: fc.array(fc.record({ from: fc.nat(5), to: fc.nat(5), delay: fc.nat(3) }), {
				maxLength: 10,
			}),
			hosts: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
			windowUs: fc.constantFrom(1, 3, 4, 12),
			picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }),
		})
		.map(({ nodes, edges, ...rest }) => {
			const wires = new Map<string, Wire>();
			for (const edge of edges) {
				const [from, to] = [edge.from % nodes.length, edge.to % nodes.length];
				const made = from === to ? null : wireBetween(nodes, from, to, edge.delay);
				if (made !== null) wires.set(`${from}.${made.from.port}.${to}`, made);
			}
			return { nodes, wires: [...wires.values()], ...rest };
		});
}

export function topologyOf({ nodes, wires }: Case): Topology {
	const make = ({ kind, stepUs, times }: Node, name: string) => {
		// What is outside goes on whatever becomes of the actor.
		const outside: Outsider | null = kind === 'live' ? outsider(UNTIL_US) : null;
		return (log: StepLog) => {
			if (kind === 'timed') return timed(name, stepUs, log);
			if (kind === 'averaging') return averaging(name, stepUs, log);
			const actor = eventful(name, times, log);
			return outside === null ? actor : livedOutside(actor, outside);
		};
	};
	const actors = Object.fromEntries(nodes.map((one, i) => [nameOf(i), make(one, nameOf(i))]));
	return { actors, wires, untilUs: UNTIL_US };
}

export function scattered(one: Case): Partial<Topology> {
	let turn = 0;
	return {
		placement: Object.fromEntries(one.nodes.map((_, i) => [nameOf(i), `host-${one.hosts[i]}`])),
		windowUs: one.windowUs,
		broker: { pick: (count) => (one.picks[turn++ % one.picks.length] as number) % count },
	};
}

/**
 * The oracle: walks through time tick by tick and, within a tick, through the actors in order of their
 * names, which is an order of all wires without delay. It keeps every row ever put out.
 */
export function oracle({ nodes, wires }: Case): string[] {
	const log: string[] = [];
	const rows = nodes.map(() => [] as number[]);
	const incoming = nodes.map((_, to) =>
		wires
			.filter(({ to: end }) => end.actor === nameOf(to))
			.sort((a, b) => (a.from.actor < b.from.actor ? -1 : 1)),
	);
	const indexOf = (name: string) => name.charCodeAt(0) - 65;
	const eventsAt = (to: number, timeUs: number) =>
		(incoming[to] as Wire[])
			.filter(({ to: end }) => end.port === 'on')
			.filter(({ from, delayUs }) => rows[indexOf(from.actor)]?.includes(timeUs - delayUs))
			.map(({ from, delayUs }) => ` !${from.actor}@${timeUs - delayUs}`);
	const heldAt = (to: number, timeUs: number) => {
		const parts = (incoming[to] as Wire[])
			.filter(({ to: end }) => end.port === 'in')
			.map(({ from, delayUs }) => {
				const seen = rows[indexOf(from.actor)]?.filter((row) => row <= timeUs - delayUs).pop();
				return ` ${from.actor}@${seen ?? (delayUs > 0 ? 'initial' : '-')}`;
			});
		return parts.length === 0 ? '' : ` <-${parts.join('')}`;
	};
	for (let timeUs = 0; timeUs < UNTIL_US; timeUs++) {
		nodes.forEach(({ kind, stepUs, times }, i) => {
			const events = kind === 'eventful' || kind === 'live' ? eventsAt(i, timeUs) : [];
			const due =
				kind === 'timed' ? timeUs % stepUs === 0 : times.includes(timeUs) || events.length > 0;
			if (!due) return;
			const on = events.length > 0 ? ` <-${events.join('')}` : '';
			log.push(`${nameOf(i)}@${timeUs}${on}${heldAt(i, timeUs)}`);
			(rows[i] as number[]).push(timeUs);
		});
	}
	return log;
}

/** A rest is due after every `every` questions; each look at the clock finds a piece of work long, so that spans are cut. */
export function weary(every: number): { breather: Breather; rests(): number } {
	let nowMs = 0;
	let asked = 0;
	let rests = 0;
	const breather: Breather = {
		nowMs: () => (nowMs += 50),
		isDue: () => asked++ % (every + 1) === every,
		async rest() {
			rests++;
			await new Promise((resolve) => setImmediate(resolve));
		},
	};
	return { breather, rests: () => rests };
}
