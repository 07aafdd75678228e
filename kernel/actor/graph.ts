import { ConfigError } from '../../protocol/errors.ts';
import { type PortSpec, portPath, type Wire } from '../../protocol/readings.ts';
import { lcm, type SimTime } from '../../protocol/time.ts';
import type { Actor, InputSpec } from './contract.ts';

/** What the graph needs to know of an actor: its ports, and how late its interval outputs are known. */
export interface NodeSpec {
	readonly name: string;
	readonly inputs: readonly InputSpec[];
	readonly outputs: readonly PortSpec[];
	/** `alignedPorts` are known only at the ends of spans of this length. */
	readonly alignUs: SimTime;
	readonly alignedPorts: readonly string[];
}

/** The graph of a run: its actors in an order in which readings flow, and which wires are inside loops. */
export interface Graph {
	/** Strongly connected components, upstream first; actors of one component in roster order. */
	readonly components: readonly (readonly string[])[];
	/** Index into `components` of every actor. */
	readonly componentOf: ReadonlyMap<string, number>;
	/** Windows must be multiples of this. */
	readonly alignUs: SimTime;
}

/** What the graph has to know of an actor: its ports, and the multiples that its windows need. */
export function nodeOf(name: string, actor: Actor): NodeSpec {
	const { inputs, outputs } = actor;
	if (actor.timing !== 'span') return { name, inputs, outputs, alignUs: 0, alignedPorts: [] };
	const alignedPorts = actor.alignedPorts ?? outputs.map((port) => port.name);
	return { name, inputs, outputs, alignUs: actor.alignUs ?? 0, alignedPorts };
}

/** True if both ends of the wire are in the same loop, so that it must travel step by step. */
export function isLoopWire(graph: Graph, wire: Wire): boolean {
	return graph.componentOf.get(wire.from.actor) === graph.componentOf.get(wire.to.actor);
}

/**
 * Checks actors and wires and orders them.
 *
 * @throws ConfigError for an unknown or unwired port, ports that do not fit, and cycles without enough
 *   delay, printed as a path
 */
export function buildGraph(nodes: readonly NodeSpec[], wires: readonly Wire[]): Graph {
	const byName = new Map<string, NodeSpec>();
	for (const node of nodes) {
		if (byName.has(node.name)) {
			throw new ConfigError(`Cannot place two actors with the name "${node.name}"`);
		}
		byName.set(node.name, node);
	}
	for (const wire of wires) checkWire(wire, byName);
	checkInputsWired(nodes, wires);
	checkCycles(nodes, wires);
	const components = stronglyConnected(
		nodes.map(({ name }) => name),
		wires,
	);
	const componentOf = new Map<string, number>();
	components.forEach((members, index) => {
		for (const name of members) componentOf.set(name, index);
	});
	const alignUs = nodes.reduce((all, node) => (node.alignUs > 0 ? lcm(all, node.alignUs) : all), 1);
	return { components, componentOf, alignUs };
}

function checkWire(wire: Wire, byName: ReadonlyMap<string, NodeSpec>): void {
	const text = `${portPath(wire.from)} -> ${portPath(wire.to)}`;
	const output = findPort(byName.get(wire.from.actor)?.outputs, wire.from.port);
	const input = findPort(byName.get(wire.to.actor)?.inputs, wire.to.port);
	for (const [end, found] of [
		[wire.from, output],
		[wire.to, input],
	] as const) {
		if (found === null) {
			const ports =
				end === wire.from ? byName.get(end.actor)?.outputs : byName.get(end.actor)?.inputs;
			const known =
				ports === undefined
					? 'no such actor'
					: `it has ${ports.map((p) => p.name).join(', ') || 'none'}`;
			throw new ConfigError(`Cannot wire "${text}": unknown port "${portPath(end)}" (${known})`);
		}
	}
	if (output === null || input === null) return;
	if (output.kind !== input.kind) {
		throw new ConfigError(`Cannot wire "${text}": ${output.kind} output, ${input.kind} input`);
	}
	const columns = (port: PortSpec) =>
		port.fields.map((field) => `${field.name} ${field.unit}`).join(', ');
	if (columns(output) !== columns(input)) {
		throw new ConfigError(
			`Cannot wire "${text}": the output has (${columns(output)}), the input wants (${columns(input)})`,
		);
	}
	const needsInitial = wire.delayUs > 0 && output.kind === 'interval';
	if (needsInitial !== (wire.initial !== null)) {
		throw new ConfigError(
			needsInitial
				? `Cannot wire "${text}": a delayed interval wire needs an initial value`
				: `Cannot wire "${text}": only a delayed interval wire takes an initial value`,
		);
	}
	if (wire.initial !== null && wire.initial.length !== output.fields.length) {
		throw new ConfigError(
			`Cannot wire "${text}": ${wire.initial.length} initial values for ${output.fields.length} fields`,
		);
	}
}

function findPort(ports: readonly PortSpec[] | undefined, name: string): PortSpec | null {
	return ports?.find((port) => port.name === name) ?? null;
}

function checkInputsWired(nodes: readonly NodeSpec[], wires: readonly Wire[]): void {
	const wired = new Set(wires.map((wire) => portPath(wire.to)));
	for (const node of nodes) {
		for (const input of node.inputs) {
			const path = portPath({ actor: node.name, port: input.name });
			if (input.optional !== true && !wired.has(path)) {
				throw new ConfigError(`Cannot run "${node.name}": nothing is wired to its input "${path}"`);
			}
		}
	}
}

/**
 * A cycle makes progress if one of its wires has a delay, and if its delays add up to at least the time
 * over which its actors look back (an average over a step is known only at the step's end).
 */
function checkCycles(nodes: readonly NodeSpec[], wires: readonly Wire[]): void {
	const undelayed = wires.filter((wire) => wire.delayUs === 0);
	refuseNegativeCycle(nodes, undelayed, () => -1);
	const byName = new Map(nodes.map((node) => [node.name, node]));
	const lookbackUs = ({ actor, port }: Wire['from']) => {
		const node = byName.get(actor);
		return node?.alignedPorts.includes(port) === true ? node.alignUs : 0;
	};
	refuseNegativeCycle(nodes, wires, (wire) => wire.delayUs - lookbackUs(wire.from));
}

/** Bellman-Ford: throws if some cycle's weights add up to less than zero. */
function refuseNegativeCycle(
	nodes: readonly NodeSpec[],
	wires: readonly Wire[],
	weight: (wire: Wire) => number,
): void {
	const distance = new Map(nodes.map((node) => [node.name, 0]));
	const via = new Map<string, Wire>();
	let last: string | null = null;
	for (let round = 0; round <= nodes.length; round++) {
		last = null;
		for (const wire of wires) {
			const through = (distance.get(wire.from.actor) as number) + weight(wire);
			if (through < (distance.get(wire.to.actor) as number)) {
				distance.set(wire.to.actor, through);
				via.set(wire.to.actor, wire);
				last = wire.to.actor;
			}
		}
		if (last === null) return;
	}
	throw new ConfigError(cycleMessage(last as string, via, nodes.length));
}

function cycleMessage(start: string, via: ReadonlyMap<string, Wire>, count: number): string {
	let name = start;
	for (let i = 0; i < count; i++) name = (via.get(name) as Wire).from.actor;
	const cycle: Wire[] = [];
	let at = name;
	do {
		const wire = via.get(at) as Wire;
		cycle.unshift(wire);
		at = wire.from.actor;
	} while (at !== name);
	// Start at the first name in the alphabet, so that the message does not depend on the search.
	const least = cycle.reduce(
		(best, wire, i) => (wire.from.actor < (cycle[best] as Wire).from.actor ? i : best),
		0,
	);
	const ordered = [...cycle.slice(least), ...cycle.slice(0, least)];
	const path = ordered.map((wire) => `${portPath(wire.from)} -> ${portPath(wire.to)}`).join(', ');
	const totalUs = ordered.reduce((sum, wire) => sum + wire.delayUs, 0);
	const why =
		totalUs === 0
			? 'no wire of it has a delay'
			: `its delays add up to ${totalUs} us, less than the step over which its readings are averaged`;
	return `Cannot run the cycle ${path}: ${why}; give one of its wires a delay and an initial value`;
}

/**
 * Actors that wires join both ways, upstream first; those of one component in the order of `names`.
 *
 * @param wires between actors of these names only
 */
export function stronglyConnected(names: readonly string[], wires: readonly Wire[]): string[][] {
	// Tarjan's algorithm, iterative; components come out downstream first and are reversed.
	const next = new Map<string, string[]>(names.map((name) => [name, []]));
	for (const wire of wires) (next.get(wire.from.actor) as string[]).push(wire.to.actor);
	const order = new Map(names.map((name, index) => [name, index]));
	const index = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const onStack = new Set<string>();
	const components: string[][] = [];
	const visit = (root: string) => {
		const work: { name: string; child: number }[] = [{ name: root, child: 0 }];
		while (work.length > 0) {
			const frame = work[work.length - 1] as { name: string; child: number };
			const { name } = frame;
			if (frame.child === 0) {
				index.set(name, index.size);
				low.set(name, index.get(name) as number);
				stack.push(name);
				onStack.add(name);
			}
			const children = next.get(name) as string[];
			const child = children[frame.child++];
			if (child !== undefined) {
				if (!index.has(child)) work.push({ name: child, child: 0 });
				else if (onStack.has(child)) {
					low.set(name, Math.min(low.get(name) as number, index.get(child) as number));
				}
				continue;
			}
			work.pop();
			const parent = work[work.length - 1];
			if (parent !== undefined) {
				low.set(parent.name, Math.min(low.get(parent.name) as number, low.get(name) as number));
			}
			if (low.get(name) === index.get(name)) {
				const members: string[] = [];
				let member: string;
				do {
					member = stack.pop() as string;
					onStack.delete(member);
					members.push(member);
				} while (member !== name);
				members.sort((a, b) => (order.get(a) as number) - (order.get(b) as number));
				components.push(members);
			}
		}
	};
	for (const name of names) if (!index.has(name)) visit(name);
	return components.reverse();
}
