import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import type { ActorEnv, ActorKind } from '../actor/contract.ts';
import { confined } from './own-paths.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'gridbeat-own-')));
process.on('exit', () => rmSync(base, { recursive: true, force: true }));
const [own, traces, elsewhere] = ['own', 'traces', 'elsewhere'].map((name) => join(base, name)) as [
	string,
	string,
	string,
];
for (const folder of [own, traces, elsewhere]) mkdirSync(folder);
symlinkSync(elsewhere, join(own, 'link'));

let made = 0;
const kindOf = (kind: string): ActorKind => ({
	kind,
	config: z.any(),
	create() {
		made++;
		return {
			timing: 'span',
			inputs: [],
			outputs: [],
			init: () => 0,
			promiseUs: () => 0,
			step: () => 0,
		};
	},
});
const env = { name: 'x' } as ActorEnv;

/** Makes an actor in a worker, or in a process of our own. */
async function make(kind: string, config: unknown, reads: readonly string[] | null = [traces]) {
	const { create } = await confined(async (name) => kindOf(name), { writes: own, reads })(kind);
	const before = made;
	create(config, env);
	assert.is(made, before + 1);
}

async function refuses(kind: string, config: unknown, path: string, reads?: null): Promise<void> {
	const before = made;
	try {
		await make(kind, config, ...(reads === null ? [null] : []));
	} catch (error) {
		assert.match((error as Error).message, `"${path}" for "x": it is not below "${own}"`);
		assert.is(made, before, 'nothing was made');
		return;
	}
	assert.unreachable(`${path} was taken`);
}

test('a recorder writes below its own folder only, in a worker and in a process of ours', async () => {
	await make('recorder', { folder: own, root: own, metadata: { of: '/etc/passwd' } });
	await make('recorder', { folder: join(own, 'sites', 'a'), root: own }, null);
	for (const reads of [undefined, null] as const)
		for (const path of [
			traces,
			elsewhere,
			base,
			`${own}x`,
			join(own, '..', 'elsewhere'),
			join(own, 'link', 'a'),
		])
			await refuses('recorder', { folder: path, root: own }, path, reads as null);
});

test('a worker reads what a message names below its folders only, however deep it is named', async () => {
	await make('router', { lengths: { type: 'trace-file', path: join(traces, 'a.csv') } });
	await make('replica', { profile: 'llama-3-8b-a100-tp1', more: [1, null, { a: 'g/kWh' }] });
	await make('controller', { strategy: { path: '/p/mine.js', source: '/* text */' } });
	const outside = join(elsewhere, 'a.csv');
	for (const config of [{ path: outside }, { a: [{ b: [outside] }] }])
		await refuses('router', config, outside);
	await refuses('solar', { sky: { path: '../../etc/passwd' } }, '../../etc/passwd');
	await refuses('carbon', { path: join(own, 'link', 'a.csv') }, join(own, 'link', 'a.csv'));
});

test('a process of ours reads what the user names, wherever it is', async () => {
	await make('solar', { sky: { path: join(elsewhere, 'a.csv') } }, null);
});

test.run();
