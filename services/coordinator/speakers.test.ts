import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../kernel/actor/graph.ts';
import { hearersIn, speakTogether } from './speakers.ts';

const test = suite('speakers');

const wire = (text: string) => {
	const [from = '', to = ''] = text.split(' ');
	return {
		...{ from: { actor: from, port: 'x' }, to: { actor: to, port: 'y' } },
		...{ delayUs: 0, initial: null },
	};
};
const graphOf = (...components: string[][]): Graph => ({
	components,
	componentOf: new Map(components.flatMap((names, i) => names.map((name) => [name, i] as const))),
	alignUs: 1,
});
const placed = (hosts: Readonly<Record<string, string>>) =>
	Object.entries(hosts).map(([name, host]) => ({ name, host }));

test('speakTogether() joins the actors of one host and loop that others hear, the first of the roster first', () => {
	const graph = graphOf(['solar'], ['r1', 'r2', 'r3', 'controller'], ['recorder']);
	const wires = ['r1', 'r2', 'r3']
		.flatMap((one) => [`${one} controller`, `controller ${one}`, `${one} recorder`])
		.concat('solar controller')
		.map(wire);
	const apart = placed({ solar: 'a', r2: 'a', r1: 'a', r3: 'b', controller: 'c', recorder: 'c' });
	assert.equal(speakTogether(apart, wires, graph), [['r2', 'r1']]);
	const inOne = apart.map(({ name }) => ({ name, host: 'a' }));
	assert.equal(speakTogether(inOne, wires, graph), []);
});

test('speakTogether() joins loops that the same hosts hear, and lets nobody hear of loops of others', () => {
	const graph = graphOf(['r1', 'c1'], ['r2', 'c2'], ['r3', 'c3']);
	const wires = ['r1 c1', 'c1 r1', 'r2 c2', 'c2 r2', 'r3 c3', 'c3 r3'].map(wire);
	const roster = placed({ r1: 'a', r2: 'a', r3: 'b', c1: 'c', c2: 'c', c3: 'c' });
	assert.equal(speakTogether(roster, wires, graph), [
		['r1', 'r2'],
		['c1', 'c2'],
	]);
});

test('hearersIn() names an actor of each place that hears, and shares among places what may be on its way to one', () => {
	const roster = placed({ s: 'a', r1: 'b', r2: 'c', r3: 'c', out: 'd', alone: 'e' });
	const wires = ['s r1', 's r3', 's r2', 'r2 r3', 'r1 out', 'r2 out', 'r3 out', 's out'].map(wire);
	const mib = 1024 * 1024;
	const of = hearersIn(roster, wires, 9 * mib);
	assert.equal(of(['s']), { actors: ['r1', 'r3', 'out'], aheadBytes: 3 * mib });
	assert.equal(of(['r1']), { actors: ['out'], aheadBytes: 3 * mib });
	assert.equal(of(['r2', 'r3']), { actors: ['out'], aheadBytes: 3 * mib });
	assert.equal(of(['r1', 'r2', 'r3', 'out']), { actors: [], aheadBytes: 4 * mib });
	assert.equal(hearersIn(roster, ['s r1'].map(wire), 9 * mib)(['s']).aheadBytes, 4 * mib);
});

test.run();
