import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import { predictorConstants, tablePredictor } from '../predictor/predictor.ts';
import { checkCollectives } from '../predictor/tables.ts';
import { tableProblems } from './check.ts';
import { exactTables } from './exact-tables.ts';
import { findModel } from './load-cards.ts';

/** Tables of a user, with keys left out: what is not measured has a time in between, or none, but never 0. */
const OPS = [
	'attn_pre_proj',
	'attn_post_proj',
	'attn_rope',
	'mlp_up_proj',
	'mlp_down_proj',
	'mlp_act',
];
const NORMS = ['input_layernorm', 'post_attention_layernorm', 'add'];

const csv = (header: string, rows: readonly (readonly (string | number)[])[]) =>
	[header, ...rows.map((row) => row.join(','))].join('\n');
const tokenOps = (ops: readonly string[]) =>
	csv(
		`num_tokens,${ops}`,
		[1, 64, 128].map((n) => [n, ...ops.map(() => 1 + n / 100)]),
	);

/** Times that are linear in each key, so that what lies between is known. */
const decodeMs = (batch: number, kv: number) => 0.1 * batch + 0.001 * kv;
const prefillMs = (kv: number, chunk: number) => 0.02 * chunk + 0.001 * kv;
const BATCHES = [1, 4, 8];
const CACHES = [0, 64, 256];
const CHUNKS = [1, 32, 128];

function tables(
	ops: readonly string[] = [...OPS, ...NORMS],
	without = (_b: number, _kv: number) => false,
) {
	return exactTables(
		{
			tokenOps: tokenOps(ops),
			decode: csv(
				'batch_size,kv_cache_size,ms',
				BATCHES.flatMap((b) =>
					CACHES.filter((kv) => !without(b, kv)).map((kv) => [b, kv, decodeMs(b, kv)]),
				),
			),
			prefill: csv(
				'kv_cache_size,prefill_chunk_size,ms',
				CACHES.flatMap((kv) => CHUNKS.map((c) => [kv, c, prefillMs(kv, c)])),
			),
		},
		true,
	);
}

test('exactTables() is linear between measured keys, and what was measured stays', () => {
	const { decodeMs: decode, decodeColumns, prefillMs: prefill, filled = 0 } = tables();
	for (let batch = 1; batch <= 8; batch++)
		for (const kv of [0, 64, 128, 192, 256]) {
			const found = decode[batch * decodeColumns + kv / 64] as number;
			assert.ok(Math.abs(found - decodeMs(batch, kv)) < 1e-12, `${batch} x ${kv}: ${found}`);
		}
	for (const kv of [0, 64, 128, 192, 256])
		for (let chunk = 1; chunk <= 128; chunk++)
			assert.ok(Math.abs(prefill(kv, chunk) - prefillMs(kv, chunk)) < 1e-12);
	// 8 x 5 keys with 9 measured, and 5 x 128 with 9.
	assert.is(filled, 40 - 9 + 640 - 9);
	assert.match(tableProblems(tables()).join('\n'), `${filled} times of attention are missing`);
});

test('exactTables() has no time beyond what was measured, and the price of such a batch is refused', () => {
	// Batches of 8 were measured up to 64 cached tokens alone.
	const ragged = tables(undefined, (batch, kv) => batch === 8 && kv === 256);
	const { decodeMs: decode, decodeColumns } = ragged;
	assert.equal(
		[8 * decodeColumns + 4, 6 * decodeColumns + 3].map((key) => decode[key]),
		[Number.NaN, Number.NaN],
	);
	const model = findModel('meta-llama/Llama-2-7b-hf');
	const cut = { tensorParallel: 1, pipelineStages: 1 };
	const predictor = tablePredictor(ragged, model, cut, predictorConstants);
	const batch = (decodes: number, decodeKv: number) =>
		predictor.batchTimeS({
			...{ tokens: decodes, decodes, decodeKv },
			...{ prefills: 0, prefillSquares: 0, prefillKv: 0 },
		});
	assert.ok(batch(8, 64) > 0);
	assert.throws(
		() => batch(8, 200),
		(error: Error) =>
			error instanceof SimulationError &&
			/^Cannot price a batch of 8 tokens, 8 decoding after 200 .*: the profile has no time for it/.test(
				error.message,
			),
	);
});

const refuses = (run: () => unknown, text: string | RegExp) =>
	assert.throws(
		run,
		(error: Error) =>
			error instanceof ConfigError &&
			(typeof text === 'string' ? error.message === text : text.test(error.message)),
	);

test('exactTables() refuses empty cells, keys between its grid, and operators without a time', () => {
	const good = {
		tokenOps: tokenOps(OPS),
		decode: 'batch_size,kv_cache_size,ms\n1,64,1',
		prefill: '',
	};
	const decode = (row: string) => () =>
		exactTables({ ...good, decode: `batch_size,kv_cache_size,ms\n1,64,1\n${row}` }, false);
	refuses(decode('2,64,'), 'Cannot read "attn_decode.csv" line 3 column "ms": "" is not a number');
	refuses(
		decode('2,100,1'),
		'Cannot read "attn_decode.csv" line 3 column "kv_cache_size": 100 is no multiple of 64',
	);
	refuses(
		() => tables(OPS.filter((op) => op !== 'mlp_act')),
		'Cannot use a profile without times of mlp_act',
	);
	assert.match(
		tableProblems(tables(OPS)).join('\n'),
		'there is no time of add, so that it costs nothing',
	);
});

test('checkCollectives() refuses several GPUs where a collective would cost nothing', () => {
	const found = tables();
	const check = (tensorParallel: number, pipelineStages: number) => () =>
		checkCollectives(found, { tensorParallel, pipelineStages }, 'own');
	check(1, 1)();
	refuses(
		check(4, 1),
		/^Cannot use profile "own" with a tensor parallelism of 4: it has no times of all_reduce; /,
	);
	refuses(
		check(1, 2),
		/^Cannot use profile "own" with a number of pipeline stages of 2: it has no times of send_recv; /,
	);
	const ops = [...OPS, ...NORMS, 'all_reduce', 'send_recv'];
	checkCollectives(tables(ops), { tensorParallel: 4, pipelineStages: 2 }, 'own');
});

test.run();
