import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, tempFolder } from './cli.ts';

const folder = tempFolder();

interface Printed {
	readonly families: readonly {
		readonly name: string;
		readonly isHere: boolean;
		readonly runs: readonly { readonly id: string; readonly refusal: string | null }[];
		readonly limits: readonly { readonly isHeld: boolean; readonly group: string }[];
	}[];
}

test('measured runs, the quick ones, are as near to what was measured as limits say', async () => {
	const out = join(folder, 'quick');
	const { code, stdout, stderr } = await gridbeat(['truth', '--quick', '--json', '--out', out]);
	const { families } = JSON.parse(stdout) as Printed;
	const limits = families.flatMap((one) => one.limits);
	assert.equal(code, 0, `${stderr}${JSON.stringify(limits.filter(({ isHeld }) => !isHeld))}`);
	for (const { name, isHere, runs, limits: own } of families) {
		if (!isHere || runs.length === 0) continue;
		assert.ok(own.length > 0, `${name} is judged`);
		assert.equal(
			runs.filter(({ refusal }) => refusal !== null),
			[],
			`all quick runs of ${name} can be simulated`,
		);
	}
	assert.match(readFileSync(join(out, 'index.html'), 'utf8'), /Measured and simulated/);
});

test('what was measured and does not ship is named where it is not there', async () => {
	const out = join(folder, 'absent');
	const { code, stdout } = await gridbeat([
		...['truth', 'blis', '--data', join(folder, 'nothing'), '--out', out],
	]);
	assert.equal(code, 0);
	assert.match(stdout, /not run: its figures are not on this machine/);
});

test('values that are set go into every scenario, and what comes of them is judged by nobody', async () => {
	const out = join(folder, 'set');
	const run = (set: string) =>
		gridbeat(['truth', 'vidur', '--quick', '--set', set, '--json', '--out', out]);
	const { stdout } = await run('serving.profile=default');
	assert.equal((JSON.parse(stdout) as Printed).families[0]?.limits, []);
	const refused = await run('serving');
	assert.equal(refused.code, 2);
});

test.run();
