import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import type { Wire } from '../../protocol/readings.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { ColumnBuffer } from './column-buffer.ts';
import { PortWriter } from './port-writer.ts';
import { WireQueue } from './wire-queue.ts';

const test = suite('wires');

const wire = (delayUs: number, initial: number[] | null = null): Wire => ({
	from: { actor: 'a', port: 'out' },
	to: { actor: 'b', port: 'in' },
	delayUs,
	initial,
});
const portSpec = {
	name: 'out',
	kind: 'interval' as const,
	fields: [
		{ name: 'x', unit: 'W' as const },
		{ name: 'y', unit: 'W' as const },
	],
};

test('seek() goes to the last row at or before a time, take() to the next one before a time', () => {
	const queue = new WireQueue(wire(2), 1);
	assert.not(queue.seek(100));
	for (const timeUs of [0, 3, 3, 7]) queue.push(timeUs, [timeUs], 0, 1);
	assert.is(queue.nextUs(), 2);
	assert.not(queue.take(2));
	assert.ok(queue.take(3));
	assert.is(queue.value(0), 0);
	assert.is(queue.timeUs, 2);
	assert.ok(queue.seek(8));
	assert.is(queue.value(0), 3);
	assert.is(queue.nextUs(), 9);
	queue.promise(20);
	assert.is(queue.knownUntilUs, 22);
});

test('an initial value holds from 0 until the first row', () => {
	const queue = new WireQueue(wire(5, [42]), 1);
	assert.is(queue.knownUntilUs, 5);
	assert.ok(queue.seek(4));
	assert.is(queue.value(0), 42);
	queue.push(0, [1], 0, 1);
	assert.ok(queue.seek(5));
	assert.is(queue.value(0), 1);
});

test('rows of any number survive growing and forgetting, in order', () => {
	void fc.assert(
		fc.property(
			fc.array(fc.record({ rows: fc.nat(40), takes: fc.nat(40) }), { maxLength: 30 }),
			(turns) => {
				const queue = new WireQueue(wire(0), 2);
				let pushed = 0;
				let taken = 0;
				for (const { rows, takes } of turns) {
					for (let i = 0; i < rows; i++, pushed++) queue.push(pushed, [pushed, -pushed], 0, 1);
					for (let i = 0; i < takes; i++) {
						assert.is(queue.take(Number.POSITIVE_INFINITY), taken < pushed);
						if (taken < pushed) {
							assert.equal([queue.timeUs, queue.value(0), queue.value(1)], [taken, taken, -taken]);
							taken++;
						}
					}
				}
			},
		),
	);
});

test('push() refuses rows from before what was promised', () => {
	const queue = new WireQueue(wire(1), 1);
	queue.promise(10);
	queue.push(10, [0], 0, 1);
	assert.throws(
		() => queue.push(9, [0], 0, 1),
		(error: unknown) =>
			error instanceof SimulationError &&
			error.actor === 'a' &&
			error.message.includes('a row of "a.out" for 00:00:00.00001: it had promised'),
	);
});

test('pushColumns() takes what drain() packed, in parts of any size', () => {
	void fc.assert(
		fc.property(
			fc.nat(100),
			fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
			(rows, parts) => {
				const buffer = new ColumnBuffer(2);
				for (let i = 0; i < rows; i++) buffer.append(i, [i / 3, -i]);
				const queue = new WireQueue(wire(0), 2);
				for (let part = 0; buffer.rows > 0; part++) {
					queue.pushColumns(buffer.drain(parts[part % parts.length] as number));
				}
				for (let i = 0; i < rows; i++) {
					assert.ok(queue.take(Number.POSITIVE_INFINITY));
					assert.equal([queue.timeUs, queue.value(0), queue.value(1)], [i, i / 3, -i]);
				}
				assert.not(queue.take(Number.POSITIVE_INFINITY));
			},
		),
	);
});

test('append() refuses to go back in time or behind a promise', () => {
	const port = new PortWriter('a', portSpec);
	port.append(5, [1, 2]);
	port.append(5, [1, 2]);
	assert.throws(() => port.append(4, [1, 2]), /it already spoke for times up to 00:00:00.000005/);
	port.promise(10);
	port.promise(7);
	assert.is(port.promisedUs, 10);
	assert.throws(() => port.append(9, [1, 2]), /Cannot put out a row of "a.out"/);
});

test.run();
