import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { OutputsGate } from './outputs-gate.ts';

const test = suite('outputs gate');

const PORTS = [
	{ actor: 'a', port: 'x', fields: 1 },
	{ actor: 'a', port: 'y', fields: 2 },
];

const message = (seq: number, rows: readonly number[], untilUs: number): OutputsMessage => ({
	...{ type: 'outputs', attempt: 0, actor: 'a', seq },
	ports: PORTS.map(({ port, fields }) => ({
		...{ port, untilUs },
		columns: columnsToBytes(
			new Float64Array([rows, ...Array(fields).fill(rows.map(() => 7))].flat()),
		),
	})),
});

/** Messages of one actor as it sends them: rows that go on, promises at or behind the last row. */
const course = fc
	.array(fc.tuple(fc.array(fc.nat(3), { maxLength: 4 }), fc.nat(3)), {
		minLength: 1,
		maxLength: 12,
	})
	.map((parts) => {
		let timeUs = 0;
		return parts.map(([steps, more], seq) => {
			const rows = steps.map((step) => (timeUs += step));
			timeUs += more;
			return message(seq, rows, timeUs);
		});
	});

test('a gate passes what an actor says, in order and once, whatever is put between', () => {
	void fc.assert(
		fc.property(course, fc.infiniteStream(fc.nat(7)), (messages, choices) => {
			const gate = new OutputsGate(['a'], PORTS, true);
			let count = 0;
			for (const [i, real] of messages.entries()) {
				const [choice = 0] = choices.take(1);
				const [port] = real.ports as [OutputsMessage['ports'][number]];
				const bad: readonly OutputsMessage[] = [
					{ ...real, actor: 'b' },
					{ ...real, attempt: 1 },
					{ ...real, ports: [] },
					{ ...real, ports: [...real.ports, port] },
					{ ...real, ports: real.ports.map((one) => ({ ...one, actor: 'b' })) },
					message(real.seq, [Number.NaN], 1e9),
					message(real.seq, [5e8, 1e8], 1e9),
					messages[Math.max(0, i - 1)] as OutputsMessage,
				];
				const wrong = bad[choice] as OutputsMessage;
				if (wrong.seq < real.seq || choice < 7) {
					const { type } = gate.take(wrong, 0);
					assert.ok(type === 'refuse' || type === 'duplicate', `${choice}: ${type}`);
				}
				const verdict = gate.take(real, 0);
				assert.is(verdict.type, 'pass');
				count++;
			}
			assert.is(count, messages.length);
		}),
		{ numRuns: 500 },
	);
});

test('a gate names how many messages are missing, and takes none that goes back', () => {
	const gate = new OutputsGate(['a'], PORTS, true);
	assert.is(gate.take(message(0, [0, 1], 2), 0).type, 'pass');
	assert.equal(gate.take(message(4, [5], 6), 0), { type: 'gap', lost: 3 });
	assert.is(gate.take(message(1, [1], 3), 0).type, 'refuse', 'a row before the promise');
	assert.is(gate.take(message(1, [2], 1), 0).type, 'refuse', 'a promise before the promise');
	assert.is(gate.take(message(1, [2], 3), 0).type, 'pass');
});

test('a gate of a loop leaves out ports for others, and wants its own', () => {
	const gate = new OutputsGate(['a'], PORTS.slice(0, 1), false);
	const verdict = gate.take(message(0, [0], 1), 0);
	assert.equal(verdict.type === 'pass' && verdict.ports.map(({ port }) => port), ['x']);
	const others = message(1, [1], 2);
	assert.is(gate.take({ ...others, ports: others.ports.slice(1) }, 0).type, 'refuse');
});

test('a gate of actors that speak together passes what any of them say, each whole, and hears of others without a port', () => {
	const ports = ['a', 'b'].flatMap((actor) => PORTS.map((port) => ({ ...port, actor })));
	const gate = new OutputsGate(['a', 'b', 'c'], ports, false);
	const said = (seq: number, actors: readonly string[], drop = 0): OutputsMessage => {
		const one = message(seq, [seq], seq + 1);
		const all = actors.flatMap((actor) =>
			one.ports.map((part) => (actor === 'a' ? part : { ...part, actor })),
		);
		return { ...one, ports: all.slice(drop) };
	};
	const passed = (given: OutputsMessage) => {
		const verdict = gate.take(given, 0);
		return verdict.type === 'pass'
			? verdict.ports.map(({ actor, port }) => `${actor}.${port}`).join(' ')
			: verdict.type;
	};
	assert.is(passed(said(0, ['a', 'b'])), 'a.x a.y b.x b.y');
	assert.is(passed(said(1, ['b'])), 'b.x b.y');
	assert.is(passed(said(2, ['c'])), '', 'nothing for us, and a number all the same');
	assert.is(passed(said(3, ['a', 'b'], 1)), 'refuse', 'half of what a says');
	assert.is(passed(said(3, ['a', 'b', 'b'])), 'refuse', 'b twice');
	assert.is(passed(said(3, ['a', 'd'])), 'refuse', 'd does not speak there');
	assert.is(passed(said(3, [])), 'refuse', 'nobody says anything');
	assert.is(passed(said(4, ['b'])), 'gap');
	assert.is(passed(said(3, ['c', 'a', 'b'])), 'a.x a.y b.x b.y');
});

test.run();
