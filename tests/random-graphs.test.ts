import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from './properties.test-support.ts';
import { caseOf, oracle, scattered, topologyOf, weary } from './random-graphs.test-support.ts';
import { runTopology } from './topology.ts';

/**
 * Random graphs of time-based and event-based actors, with and without loops: they end, no step sees the
 * future, and where actors run, how long windows are and in which order messages arrive changes nothing.
 */
const test = suite('random graphs');

const RUNS = 150;

test('an execution is that of the oracle, in one host', async () => {
	await fc.assert(
		fc.asyncProperty(caseOf(['timed', 'eventful']), async (one) => {
			const { log, end } = await runTopology(topologyOf(one));
			assert.is(end.error, null);
			assert.equal(log, oracle(one));
		}),
		{ numRuns: RUNS },
	);
});

test('an execution is that of the oracle under any placement, window and message order', async () => {
	await fc.assert(
		fc.asyncProperty(caseOf(['timed', 'eventful']), async (one) => {
			const { log, end } = await runTopology({ ...topologyOf(one), ...scattered(one) });
			assert.is(end.error, null);
			assert.equal(log, oracle(one));
		}),
		{ numRuns: RUNS },
	);
});

test('averages over steps do not depend on placement, window and message order', async () => {
	await fc.assert(
		fc.asyncProperty(caseOf(['timed', 'eventful', 'averaging']), async (one) => {
			const whole = await runTopology(topologyOf(one));
			const parts = await runTopology({ ...topologyOf(one), ...scattered(one) });
			assert.is(whole.end.error, null);
			assert.is(parts.end.error, null);
			assert.equal(parts.log, whole.log);
		}),
		{ numRuns: RUNS },
	);
});

test('an execution is that of the oracle where actors hear of what is outside bit by bit', async () => {
	let lives = 0;
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful', 'live']),
			fc.boolean(),
			async (one, inOneHost) => {
				const where = inOneHost ? {} : scattered(one);
				const { log, end } = await runTopology({ ...topologyOf(one), ...where });
				assert.is(end.error, null);
				assert.equal(log, oracle(one));
				lives += one.nodes.filter(({ kind }) => kind === 'live').length;
			},
		),
		{ numRuns: RUNS },
	);
	assert.ok(lives > RUNS / 2, `${lives} live actors`);
});

test('an execution is that of the oracle wherever work is put down for a rest', async () => {
	let rests = 0;
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful']),
			fc.constantFrom(1, 2, 3),
			fc.boolean(),
			async (one, every, inOneHost) => {
				const tired = weary(every);
				const where = inOneHost ? {} : scattered(one);
				const broker = { ...where.broker, breather: tired.breather };
				const { log, end } = await runTopology({ ...topologyOf(one), ...where, broker });
				assert.is(end.error, null);
				assert.equal(log, oracle(one));
				rests += tired.rests();
			},
		),
		{ numRuns: RUNS },
	);
	assert.ok(rests > 10 * RUNS, `${rests} rests`);
});

test('averages over steps do not depend on where spans are cut for a rest', async () => {
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful', 'averaging']),
			fc.constantFrom(1, 2, 3),
			async (one, every) => {
				const whole = await runTopology(topologyOf(one));
				const where = scattered(one);
				const broker = { ...where.broker, breather: weary(every).breather };
				const pieces = await runTopology({ ...topologyOf(one), ...where, broker });
				assert.is(pieces.end.error, null);
				assert.equal(pieces.log, whole.log);
			},
		),
		{ numRuns: RUNS },
	);
});

test('no step sees the future', async () => {
	await fc.assert(
		fc.asyncProperty(caseOf(['timed', 'eventful']), async (one) => {
			const { log } = await runTopology({ ...topologyOf(one), ...scattered(one) });
			const delay = new Map(
				one.wires.map(({ from, to, delayUs }) => [
					`${from.actor}${to.actor}${from.port === 'event' ? '!' : ''}`,
					delayUs,
				]),
			);
			for (const line of log) {
				const [, to, at] = /^(\w)@(\d+)/.exec(line) as unknown as [string, string, string];
				for (const [, event, from, time] of line.matchAll(/ (!?)(\w)@(\d+)/g)) {
					const least = delay.get(`${from}${to}${event}`) as number;
					assert.ok(Number(time) + least <= Number(at), line);
				}
			}
		}),
		{ numRuns: RUNS },
	);
});

test.run();
