import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../host/project-file.ts';
import { Profile, profileTables } from '../profile/profile.ts';
import { fitCases, fitProfiles, heldOutErrors } from './fit-profile.ts';
import { attentionSamples } from './samples.ts';

const root = resolve('../shared/data/vidur/profiling/compute');
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
	const path = join(root, 'a100/meta-llama', folder, 'attention_sample.csv');
	return attentionSamples(readFileSync(path, 'utf8'), 1);
}

against('the shipped profiles are what fitProfiles() makes of the samples', () => {
	const fitted = Object.entries(
		Object.assign({}, ...fitCases.map((fit) => fitProfiles(fit, root))),
	);
	assert.is(fitted.length, 3);
	for (const [name, profile] of fitted) assert.equal(shipped(name), profile);
});

against('fitDecode() predicts samples it has not seen within the errors of the README', () => {
	const errors = heldOutErrors(samples().filter(({ prefill }) => !prefill)).sort((a, b) => a - b);
	assert.is(errors.length, 344);
	// profiling-data/README.md: median 1.4 %, 95th percentile 12 %.
	assert.ok((errors[172] as number) < 0.015);
	assert.ok((errors[327] as number) < 0.125);
});

against('the decode table meets most samples within the resolution of the source', () => {
	const { decodeMs, decodeColumns } = profileTables(shipped('llama-3-8b-a100-tp1'), true);
	const errors = samples()
		.filter(({ prefill, batch, kv }) => !prefill && batch <= 128 && kv % 64 === 0)
		.map(({ batch, kv, ms }) =>
			Math.abs((decodeMs[batch * decodeColumns + kv / 64] as number) - ms),
		);
	errors.sort((a, b) => a - b);
	assert.ok(errors.length > 150);
	// The source gives whole microseconds; half of the samples lie within one of them.
	assert.ok((errors[errors.length >> 1] as number) < 0.001);
});

test('the decode table has the steps where 8 heads times the batch pass multiples of 108', () => {
	const { decodeMs, decodeColumns } = profileTables(shipped('llama-3-8b-a100-tp1'), true);
	const at = (batch: number) => decodeMs[batch * decodeColumns + 2048 / 64] as number;
	// A step costs several times what one more request costs beside it.
	for (const before of [13, 27]) {
		const step = at(before + 1) - at(before);
		assert.ok(step > 3 * (at(before) - at(before - 1)), `before ${before}`);
		assert.ok(step > 3 * (at(before + 2) - at(before + 1)), `after ${before}`);
	}
});

test('the two profiles differ in the KV-cache artefact only', () => {
	const { kvCacheSave, ...physical } = shipped('llama-3-8b-a100-tp1');
	const { kvCacheSave: artefact, ...reproduction } = shipped('llama-3-8b-a100-tp1-reproduction');
	assert.equal(physical, reproduction);
	assert.equal(kvCacheSave, { tokens: [1], ms: [0.003] });
	const tables = profileTables({ ...physical, kvCacheSave: artefact }, true);
	// REPRODUCTION.md: 3 us at 127 and 42 us at 128 tokens, 2.25 ms at 4096.
	assert.ok(Math.abs((tables.kvCacheSave[127] as number) - 0.003) < 0.0005);
	assert.ok(Math.abs((tables.kvCacheSave[128] as number) - 0.042) < 0.003);
	assert.ok(Math.abs((tables.kvCacheSave[4096] as number) - 2.25) < 0.08);
});

test.run();
