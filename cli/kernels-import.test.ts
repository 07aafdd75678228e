import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readInput } from '../kernel/files/input-file.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { ConfigError } from '../protocol/errors.ts';
import { indexTable } from '../silicon/kernels/kernel-set.ts';
import { unpackTable } from '../silicon/kernels/packed.ts';
import { importKernels, isKernelTree } from './kernels-import.ts';

const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function readPacked(path: string) {
	return indexTable(unpackTable(brotliDecompressSync(readInput(path)), path), '0');
}

/** A tree of one table of matrices, measured on a GPU of its own. */
function tree(name: string, card: string | null): string {
	const at = join(folder, name);
	mkdirSync(join(at, 'gemm/vllm/1.2.3'), { recursive: true });
	const buffer = parquetWriteBuffer({
		columnData: [
			{ name: 'gemm_dtype', data: ['bfloat16', 'bfloat16'], type: 'STRING' },
			...[
				{ name: 'm', data: [1, 16] },
				{ name: 'n', data: [128, 128] },
				{ name: 'k', data: [64, 64] },
			].map((column) => ({ ...column, type: 'INT32' as const })),
			{ name: 'latency', data: [0.004, 0.005], type: 'DOUBLE' },
		],
	});
	writeFileSync(join(at, 'gemm/vllm/1.2.3/gemm_perf.parquet'), new Uint8Array(buffer));
	if (card !== null) writeFileSync(`${at}.yaml`, card);
	return at;
}

test('importKernels() packs a tree with what its card says of the GPU', async () => {
	const card =
		'gpu: {mem_bw: 2e12}\nnode: {num_gpus_per_node: 4, intra_node_bw: 3e11, inter_node_bw: 5e10}\n';
	const from = tree('mine', card);
	const out = join(folder, 'packed');
	assert.ok(isKernelTree(from));
	const [written] = await importKernels(from, { out, source: 'mine', version: null });
	assert.is(written?.rows, 2);
	const table = readPacked(join(out, '1.2.3/gemm.bin.br'));
	const [first = 0] = table.group('bfloat16', 128, 64) ?? [];
	assert.ok(Math.abs(Math.exp(first) / 0.004 - 1) < 0.0011);
	const gpu = JSON.parse(readInput(join(out, 'gpu.json')).toString('utf8')) as object;
	assert.equal(gpu, {
		...{ source: 'mine.yaml of mine', memoryGBps: 2000, linkGBps: 300, nodeLinkGBps: 50 },
		...{ gpusPerNode: 4, version: '1.2.3' },
	});
});

test('importKernels() refuses a tree without a card, and one without the version asked for', async () => {
	const refusal = async (name: string, card: string | null, version: string | null) => {
		try {
			await importKernels(tree(name, card), { out: join(folder, 'no'), source: '', version });
		} catch (error) {
			if (error instanceof ConfigError) return error.message.replaceAll(folder, '');
			throw error;
		}
		return 'none';
	};
	assert.match(
		await refusal('bare', null, null),
		/^Cannot import kernels without the figures .*bare\.yaml/,
	);
	assert.match(await refusal('odd', 'gpu: 3\n', null), /^Cannot use "\/odd\.yaml": gpu: /);
	assert.match(await refusal('bare', null, '9'), /no gemm_perf\.parquet of version 9$/);
	assert.not.ok(isKernelTree(join(folder, 'nowhere')));
});

const measured = resolve('../shared/data/silicon/aiconfigurator');

(existsSync(measured) ? test : test.skip)(
	'tables that ship have the times of the measurements, to 0.1 %',
	async () => {
		const path = join(measured, 'l40s/attention/vllm/0.14.0/generation_attention_perf.parquet');
		const bytes = readInput(path);
		const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
		const { decompress } = await import('fzstd');
		const rows = await parquetReadObjects({
			file: file as ArrayBuffer,
			compressors: { ZSTD: (input) => decompress(input) },
		});
		const table = readPacked(
			projectFile('profiling-data/kernels/l40s/0.14.0/decode-attention.bin.br'),
		);
		const [batches = [], steps = []] = table.at;
		for (const row of rows) {
			const { kv_cache_dtype, head_dim, num_heads, num_key_value_heads } = row;
			const key = [kv_cache_dtype, head_dim, 0, num_heads, num_key_value_heads].map((one) =>
				typeof one === 'bigint' ? Number(one) : (one as string | number),
			);
			const column = steps.indexOf(Number(row['step']));
			const log = table.group(...key)?.[
				batches.indexOf(Number(row['batch_size'])) * steps.length + column
			];
			assert.ok(Math.abs(Math.exp(log ?? Number.NaN) / Number(row['latency']) - 1) < 0.00101);
		}
		assert.ok(rows.length > 10_000);
	},
);

test.run();
