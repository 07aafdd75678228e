import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import { addFinish, createFinishQueue, firstFinish, takeFinish } from './finish-queue.ts';

test('takeFinish() takes the lowest first, whatever is added in between', () => {
	const order = fc.oneof(fc.constant('take' as const), fc.integer({ min: 0, max: 9 }));
	fc.assert(
		fc.property(fc.array(order, { maxLength: 60 }), (orders) => {
			const queue = createFinishQueue(60);
			const steps: number[] = [];
			const waiting = new Set<number>();
			for (const one of orders) {
				if (one !== 'take') {
					waiting.add(steps.length);
					addFinish(queue, steps.length, one);
					steps.push(one);
				} else if (waiting.size > 0) {
					const slot = takeFinish(queue);
					assert.ok(waiting.delete(slot));
					for (const other of waiting)
						assert.ok((steps[slot] as number) <= (steps[other] as number));
				}
				const lowest = Math.min(...[...waiting].map((slot) => steps[slot] as number));
				assert.is(firstFinish(queue), lowest);
				assert.is(queue.count, waiting.size);
			}
		}),
	);
});

test.run();
