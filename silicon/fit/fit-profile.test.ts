import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { curveAt } from '../profile/curve.ts';
import { loadTables } from '../profile/load.ts';
import { findModel } from '../profile/load-cards.ts';
import { allMeasured, loadNetwork } from '../profile/load-parts.ts';
import { Profile, profileTables } from '../profile/profile.ts';
import { round } from './decode-surface.ts';
import { attentionSets, fitCases, fitNetworks, fitProfiles } from './fit-profile.ts';
import { searchForest } from './forest.ts';
import { fullPoints } from './forest-profile.ts';
import { decodeAcross } from './held-out.ts';
import { measuredParts } from './measured-parts.ts';
import { attentionSamples, tokenOpSamples } from './samples.ts';

const root = resolve('../shared/data/vidur/profiling');
const compute = join(root, 'compute');
const llama3 = {
	model: findModel('meta-llama/Meta-Llama-3-8B'),
	device: 'a100',
	tensorParallel: 1,
};

function decodeOf(tables: LatencyTables, batch: number, kv: number): number {
	return tables.decodeMs[batch * tables.decodeColumns + kv / 64] as number;
}
const missing = existsSync(root) ? null : `no ${root}`;

/** Runs a test against the raw samples, or says why not. */
function against(name: string, run: () => void): void {
	test(name, () => {
		if (missing === null) run();
		else console.log(`skipped "${name}": ${missing}`);
	});
}

function shipped(name: string): Profile {
	return Profile.parse(
		JSON.parse(readFileSync(projectFile(`profiling-data/${name}.json`), 'utf8')),
	);
}

function samples(folder = 'Meta-Llama-3-8B') {
	const path = join(compute, 'a100/meta-llama', folder, 'attention_sample.csv');
	return attentionSamples(readFileSync(path, 'utf8'), 1);
}

against('the shipped profile for reproduction is what fitProfiles() makes of the samples', () => {
	const [llama3] = fitCases;
	const fitted = fitProfiles(llama3 as (typeof fitCases)[number], compute);
	const name = 'llama-3-8b-a100-tp1-reproduction';
	assert.equal(shipped(name), fitted[name]);
});

against('the shipped trained profile is what the forests make of all points of an operator', () => {
	const full = fullPoints((path) => readFileSync(join(root, path), 'utf8'));
	const trained = shipped('trained/llama-2-70b-a100-tp2');
	const { tokens } = trained.tokenOps;
	const forest = searchForest(full.tokenOps['mlp_act'] ?? [], 1500);
	assert.equal(
		trained.tokenOps.ms['mlp_act'],
		tokens.map((n) => round(forest([n]))),
	);
});

against('the shipped networks and operators are what the fit makes of the tables', () => {
	for (const network of fitNetworks(join(root, 'network')))
		assert.equal(loadNetwork(network.device, network.network), network);
	const model = findModel('microsoft/phi-2');
	const text = readFileSync(join(compute, 'h100/microsoft/phi-2/mlp.csv'), 'utf8');
	const shippedOps = allMeasured('h100').find(({ ops }) => ops.model === model.name);
	assert.equal(shippedOps?.ops, measuredParts(text, model, 'h100'));
});

against('thin() keeps every median within its tolerance', () => {
	const model = findModel('Qwen/Qwen-72B');
	const text = readFileSync(join(compute, 'a40/Qwen/Qwen-72B/mlp.csv'), 'utf8');
	const { tokens, ms } = tokenOpSamples(text, model, 4);
	const curves = measuredParts(text, model, 'a40').byTensorParallel['4'] ?? {};
	for (const [op, curve] of Object.entries(curves))
		tokens.forEach((n, i) => {
			const us = 1000 * (ms[op]?.[i] as number);
			assert.ok(Math.abs(curveAt(curve, n) - us) <= Math.max(0.5, 0.003 * us) + 1e-6, `${op} ${n}`);
		});
});

against('decode attention depends on requests times KV heads, whatever the model', () => {
	const sets = attentionSets(compute);
	const of = (...names: string[]) => names.flatMap((name) => sets[name] ?? []);
	const llama2 = of('llama-2-7b-tp1', 'llama-2-7b-tp2', 'llama-2-7b-tp4');
	// From 88 pairs on, where no cache is cut; a grouped model of eight times fewer KV heads, never fitted.
	const grid = of('llama-2-70b-tp2').filter((s) => s.batch * s.heads.keyValue >= 88);
	const { median, p95, samples } = decodeAcross(grid, llama2, 'test');
	assert.is(samples, 8453);
	assert.ok(median < 0.04 && p95 < 0.15, `${median} ${p95}`);
	const three = of('llama-3-8b-tp1').filter((s) => !s.prefill);
	const across = decodeAcross(of('llama-3-8b-tp4'), three, 'test');
	assert.ok(across.median < 0.02 && across.p95 < 0.18, `${across.median} ${across.p95}`);
});

against('the shipped tables meet the samples they were fitted to', () => {
	const tables = loadTables('llama-3-8b-a100-tp1', llama3);
	const errors = samples()
		.filter(({ prefill, batch, kv }) => !prefill && kv % 64 === 0 && batch <= 512)
		.map(({ batch, kv, ms }) => Math.abs(decodeOf(tables, batch, kv) - ms));
	errors.sort((a, b) => a - b);
	assert.ok(errors.length > 150);
	// The source gives whole microseconds; half of the samples lie within one and a half of them.
	assert.ok((errors[errors.length >> 1] as number) < 0.0015, String(errors[errors.length >> 1]));
	const prompts = samples()
		.filter(({ prefill }) => prefill)
		.map(({ chunk, kv, ms }) => Math.abs(tables.prefillMs(kv, chunk) / ms - 1));
	prompts.sort((a, b) => a - b);
	assert.ok((prompts[Math.floor(0.95 * prompts.length)] as number) < 0.04);
});

test('the decode table has the steps where 8 heads times the batch pass multiples of 108', () => {
	const tables = loadTables('llama-3-8b-a100-tp1', llama3);
	const at = (batch: number) => decodeOf(tables, batch, 2048);
	// A step costs several times what one more request costs beside it.
	for (const before of [13, 27]) {
		const step = at(before + 1) - at(before);
		assert.ok(step > 3 * (at(before) - at(before - 1)), `before ${before}`);
		assert.ok(step > 3 * (at(before + 2) - at(before + 1)), `after ${before}`);
	}
});

test('the profile for reproduction keeps the KV-cache artefact, the other does not', () => {
	const tables = profileTables(shipped('llama-3-8b-a100-tp1-reproduction'), true);
	// Vidur's own predictor (7d47513) has 3 us at 127 and 42 us at 128 tokens, 2.25 ms at 4096.
	assert.ok(Math.abs((tables.kvCacheSave[127] as number) - 0.003) < 0.0005);
	assert.ok(Math.abs((tables.kvCacheSave[128] as number) - 0.042) < 0.003);
	assert.ok(Math.abs((tables.kvCacheSave[4096] as number) - 2.25) < 0.08);
	const physical = loadTables('llama-3-8b-a100-tp1', llama3);
	assert.is(physical.kvCacheSave[4096], 0.003);
});

test.run();
