import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import type { Wire } from '../../protocol/readings.ts';
import { buildGraph, isLoopWire, type NodeSpec } from './graph.ts';

const test = suite('graph');

const FIELDS = [{ name: 'x', unit: 'W' as const }];
const node = (name: string, alignUs = 0, optional = true): NodeSpec => ({
	name,
	alignUs,
	alignedPorts: ['out'],
	inputs: [{ name: 'in', kind: 'interval', fields: FIELDS, optional }],
	outputs: [
		{ name: 'out', kind: 'interval', fields: FIELDS },
		{ name: 'event', kind: 'event', fields: FIELDS },
		{ name: 'joules', kind: 'interval', fields: [{ name: 'x', unit: 'Wh' }] },
	],
});
const wire = (from: string, to: string, delayUs = 0, port = 'out'): Wire => ({
	from: { actor: from, port },
	to: { actor: to, port: 'in' },
	delayUs,
	initial: delayUs > 0 ? [0] : null,
});
const refusal = (nodes: NodeSpec[], wires: Wire[]): string => {
	try {
		buildGraph(nodes, wires);
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	throw new Error('expected a refusal');
};

test('buildGraph() orders components upstream first and finds loops', () => {
	const wires = [wire('C', 'D'), wire('B', 'C'), wire('C', 'B', 5), wire('A', 'B')];
	const graph = buildGraph(
		['D', 'C', 'B', 'A'].map((name) => node(name)),
		wires,
	);
	assert.equal(graph.components, [['A'], ['C', 'B'], ['D']]);
	assert.equal(
		wires.map((one) => isLoopWire(graph, one)),
		[false, true, true, false],
	);
});

test('buildGraph() refuses a cycle without delay and prints it as a path', () => {
	const wires = [wire('A', 'B'), wire('B', 'C'), wire('C', 'A'), wire('D', 'A')];
	assert.is(
		refusal(
			['A', 'B', 'C', 'D'].map((name) => node(name)),
			wires,
		),
		'Cannot run the cycle A.out -> B.in, B.out -> C.in, C.out -> A.in: no wire of it has a delay; ' +
			'give one of its wires a delay and an initial value',
	);
});

test('buildGraph() refuses an actor wired to itself without delay', () => {
	assert.match(
		refusal([node('A')], [wire('A', 'A')]),
		'the cycle A.out -> A.in: no wire of it has a delay',
	);
});

test('buildGraph() refuses a delay shorter than the step that is averaged over', () => {
	const message = refusal([node('A', 60), node('B')], [wire('A', 'B'), wire('B', 'A', 59)]);
	assert.match(message, 'its delays add up to 59 us, less than the step');
	buildGraph([node('A', 60), node('B')], [wire('A', 'B'), wire('B', 'A', 60)]);
	const three = [node('A', 60), node('B'), node('C')];
	buildGraph(three, [wire('A', 'B'), wire('B', 'C'), wire('C', 'A', 60)]);
});

test('buildGraph() lets a port that is known at once be answered after a tick', () => {
	const wires = [wire('A', 'B', 0, 'joules'), wire('B', 'A', 1)].map((one, i) =>
		i === 0 ? { ...one, to: { actor: 'B', port: 'energy' } } : one,
	);
	const energy = {
		name: 'energy',
		kind: 'interval' as const,
		fields: [{ name: 'x', unit: 'Wh' as const }],
	};
	buildGraph([node('A', 60), { ...node('B'), inputs: [...node('B').inputs, energy] }], wires);
});

test('buildGraph() makes windows a multiple of every averaging step', () => {
	assert.is(buildGraph([node('A', 4), node('B', 6)], []).alignUs, 12);
});

for (const [what, nodes, wires, text] of [
	['an unknown actor', [node('A')], [wire('X', 'A')], 'unknown port "X.out" (no such actor)'],
	[
		'an unknown port',
		[node('A'), node('B')],
		[wire('A', 'B', 0, 'oat')],
		'unknown port "A.oat" (it has out, event, joules)',
	],
	[
		'an event on a held input',
		[node('A'), node('B')],
		[wire('A', 'B', 0, 'event')],
		'event output, interval input',
	],
	[
		'other units',
		[node('A'), node('B')],
		[wire('A', 'B', 0, 'joules')],
		'the output has (x Wh), the input wants (x W)',
	],
	['an unwired input', [node('A', 0, false)], [], 'nothing is wired to its input "A.in"'],
	['two actors of one name', [node('A'), node('A')], [], 'two actors with the name "A"'],
	[
		'a delay without initial value',
		[node('A'), node('B')],
		[{ ...wire('A', 'B', 1), initial: null }],
		'needs an initial value',
	],
	[
		'an initial value without delay',
		[node('A'), node('B')],
		[{ ...wire('A', 'B'), initial: [0] }],
		'only a delayed interval wire',
	],
	[
		'too many initial values',
		[node('A'), node('B')],
		[{ ...wire('A', 'B', 1), initial: [0, 1] }],
		'2 initial values for 1 fields',
	],
] as [string, NodeSpec[], Wire[], string][]) {
	test(`buildGraph() refuses ${what}`, () => {
		assert.ok(refusal(nodes, wires).includes(text), refusal(nodes, wires));
	});
}

test.run();
