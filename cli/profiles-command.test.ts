import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile } from '../kernel/files/project-file.ts';

const main = programFile('cli/main');

function gridbeat(...words: string[]) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'profiles', ...words], {
		encoding: 'utf8',
	});
	return { status, stdout, stderr };
}

test('gridbeat profiles list --json has every profile with its label and parts', () => {
	const { status, stdout } = gridbeat('list', '--device', 'a40', '--json');
	assert.is(status, 0);
	const { profiles: listed } = JSON.parse(stdout) as {
		profiles: {
			name: string;
			label: string;
			reproduction: string;
			parts: unknown[];
		}[];
	};
	assert.is(listed.length, 32);
	assert.ok(listed.every(({ name, reproduction }) => reproduction === `${name}-reproduction`));
	assert.ok(listed.every(({ label, parts }) => label === 'extrapolated' && parts.length === 4));
});

test('gridbeat profiles show kernels says how each operator of a step is known, or how good each table is', () => {
	const words = ['show', 'kernels', '--device', 'h100', '--json'];
	const { profile: step } = JSON.parse(
		gridbeat(...words, '--model', 'openai/gpt-oss-20b', '--tensor-parallel', '2').stdout,
	) as { profile: { operators: { operator: string; evidence: string }[] } };
	const evidence = new Map(step.operators.map((row) => [row.operator, row.evidence]));
	assert.is(evidence.get('experts'), 'measured');
	assert.is(evidence.get('attention to 128 tokens of answers'), 'measured');
	const { profile: whole } = JSON.parse(gridbeat(...words).stdout) as {
		profile: { tables: { table: string; times: number; errors: { n?: { median: number } } }[] };
	};
	const gemm = whole.tables.find(({ table }) => table === 'gemm');
	assert.is(gemm?.times, 101_003);
	assert.ok((gemm?.errors.n?.median ?? 1) < 0.03);
	assert.match(gridbeat('show', 'kernels').stderr, 'without a GPU: give --device, one of a100, ');
});

test('gridbeat profiles show and check refuse a name that is not there', () => {
	for (const command of ['show', 'check']) {
		const { status, stderr } = gridbeat(command, 'nothing');
		assert.is(status, 2);
		assert.match(stderr, 'Cannot find profile "nothing"');
	}
});

test('gridbeat profiles check has no complaint of a profile that ships', () => {
	const { status, stdout } = gridbeat('check', 'llama-2-70b-a100-tp2');
	assert.is(stdout, '1 profile checked, 0 problems\n');
	assert.is(status, 0);
});

test('gridbeat profiles show and check know the variants for reproduction', () => {
	const name = 'llama-2-70b-a100-tp2-reproduction';
	const { profile: shown } = JSON.parse(gridbeat('show', name, '--json').stdout) as {
		profile: {
			name: string;
			parts: { label: string; error: { median: number } }[];
		};
	};
	assert.is(shown.name, name);
	assert.ok(shown.parts.every(({ label, error }) => label === 'fitted' && error.median < 0.03));
	assert.is(gridbeat('check', name).stdout, '1 profile checked, 0 problems\n');
	assert.match(gridbeat('show', 'llama-3-8b-a100-tp1-reproduction').stdout, 'keys and values as');
});

test('gridbeat profiles import names file, line and column of a cell that is no number', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-import-'));
	const model = join(folder, 'compute/a100/microsoft/phi-2');
	mkdirSync(model, { recursive: true });
	writeFileSync(
		join(model, 'mlp.csv'),
		'n_head,n_kv_head,n_embd,n_expanded_embd,num_tensor_parallel_workers,num_tokens,time_stats.attn_pre_proj.median\n32,32,2560,10240,1,8,fast\n',
	);
	writeFileSync(join(model, 'attention.csv'), 'n_embd\n2560\n');
	const { status, stderr } = gridbeat(
		'import',
		folder,
		'--model',
		'microsoft/phi-2',
		'--device',
		'a100',
	);
	assert.is(status, 2);
	assert.is(
		stderr,
		`Cannot read "${join(model, 'mlp.csv')}" line 2 column "time_stats.attn_pre_proj.median": "fast" is not a number\n`,
	);
	rmSync(folder, { recursive: true });
});

test.run();
