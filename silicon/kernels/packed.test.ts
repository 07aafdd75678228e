import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { type KernelTable, packTable, unpackTable } from './packed.ts';

const times = fc.option(fc.double({ min: 2e-5, max: 1e4, noNaN: true }), { nil: null });

/** A table of two keys and two axes with holes. */
function tableOf(ms: readonly (number | null)[]): KernelTable {
	const columns = 3;
	const rows = 2;
	const count = Math.floor(ms.length / (rows * columns));
	return {
		name: 'gemm',
		keys: ['dtype', 'n'],
		groups: Array.from({ length: count }, (_, i) => ['bf16', i + 1]),
		axes: ['batch', 'm'],
		at: [
			[1, 2],
			[1, 8, 64],
		],
		logMs: Float64Array.from({ length: count * rows * columns }, (_, i) => {
			const value = ms[i] as number | null;
			return value === null ? Number.NaN : Math.log(value);
		}),
		source: 'drawn',
	};
}

test('a packed table gives back every time to 0.1 %, and its holes', () => {
	fc.assert(
		fc.property(fc.array(times, { minLength: 6, maxLength: 60 }), (ms) => {
			const table = tableOf(ms);
			const { logMs, ...head } = unpackTable(packTable(table), 'a.bin');
			assert.equal(head, headOf(table));
			table.logMs.forEach((log, i) => {
				if (Number.isNaN(log)) assert.ok(Number.isNaN(logMs[i]));
				else assert.ok(Math.abs(Math.exp((logMs[i] as number) - log) - 1) <= 0.0010006);
			});
		}),
	);
});

function headOf({ logMs: _, ...head }: KernelTable) {
	return head;
}

test('bytes that are no packed table are refused with their path', () => {
	const bytes = packTable(tableOf([1, 2, 3, 4, 5, 6]));
	const cases: [Uint8Array, RegExp][] = [
		[bytes.subarray(0, bytes.length - 1), /^Cannot read kernel table "a\.bin": its length/],
		[new Uint8Array(12), /^Cannot read kernel table "a\.bin": .*gridbeat profiles import/],
	];
	for (const [wrong, message] of cases)
		assert.throws(
			() => unpackTable(wrong, 'a.bin'),
			(error: unknown) => error instanceof ConfigError && message.test(error.message),
		);
});

test.run();
