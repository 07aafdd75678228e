import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compareNames } from '../../protocol/readings.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { RowMerge } from './merge.ts';
import { TapeWire } from './testdata/recording.ts';

/** Times of each of some replicas, ascending, with many ties. */
const tapes = fc.array(
	fc
		.array(fc.integer({ min: 0, max: 20 }), { maxLength: 15 })
		.map((times) => times.sort((a, b) => a - b)),
	{ maxLength: 13 },
);

test('RowMerge orders rows by time, then by name of the source, then as they were said', () => {
	void fc.assert(
		fc.property(tapes, fc.integer({ min: 0, max: 21 }), (timesOf, cut) => {
			const rows = timesOf.flatMap((times, i) =>
				times.map((timeUs, sequence) => ({ source: `replica-${i}`, timeUs, sequence })),
			);
			const expected = rows.toSorted(
				(a, b) =>
					a.timeUs - b.timeUs || compareNames(a.source, b.source) || a.sequence - b.sequence,
			);
			// Wires in the order of code units, as a runtime might have them.
			const wires = timesOf
				.map((times, i) => ({
					source: `replica-${i}`,
					rows: times.map((timeUs, k): [number, number[]] => [timeUs, [k]]),
				}))
				.sort((a, b) => (a.source < b.source ? -1 : 1))
				.map((tape) => new TapeWire(tape));
			const merge = new RowMerge();
			const seen: typeof rows = [];
			for (const untilUs of [cut, 100])
				merge.take(wires, untilUs, ({ source, timeUs }) => {
					const sequence = wires.find((wire) => wire.source === source)?.value(0) ?? -1;
					seen.push({ source, timeUs, sequence });
				});
			assert.equal(seen, expected);
		}),
	);
});

test.run();
