import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { layouts } from '../kernels/layouts.ts';
import { kernelTable } from './import-kernels.ts';

const gemm = layouts['gemm'] as (typeof layouts)[string];

/** Two matrices at two sizes, one point missing and one measured twice. */
function rows(latency: readonly number[] = [1, 2, 3, 12]) {
	return {
		file: 'gemm_perf.parquet',
		columns: {
			gemm_dtype: ['fp8', 'bfloat16', 'bfloat16', 'bfloat16'],
			m: [8, 1, 8, 8],
			n: [64, 64, 64, 64],
			k: [32, 32, 32, 32],
			power: [300, 300, 300, 300],
			latency,
		},
	};
}

test('rows become a grid by group, with holes, and the middle of what was measured twice', () => {
	const table = kernelTable(rows(), gemm, 'mine');
	assert.equal(table.groups, [
		['bfloat16', 64, 32],
		['fp8', 64, 32],
	]);
	assert.equal(table.at, [[1, 8]]);
	assert.equal(
		[...table.logMs].map((log) => Math.round(1000 * Math.exp(log)) / 1000),
		[2, 6, Number.NaN, 1],
	);
});

test('rows without a column or a time are refused with their file', () => {
	const { columns, file } = rows();
	const { k: _, ...without } = columns;
	const cases: [() => unknown, RegExp][] = [
		[
			() => kernelTable({ file, columns: without }, gemm, ''),
			/^Cannot import "gemm_perf\.parquet": it has no column "k"$/,
		],
		[() => kernelTable(rows([0, 1, 1, 1]), gemm, ''), /latency 0 is no time$/],
	];
	for (const [make, message] of cases)
		assert.throws(
			make,
			(error: unknown) => error instanceof ConfigError && message.test(error.message),
		);
});

test.run();
