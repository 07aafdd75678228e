import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { runCapacity } from './capacity-command.ts';
import { runSweep } from './sweep-command.ts';

const COMPLAINTS: readonly (readonly [command: string, text: string, line: RegExp])[] = [
	[
		'sweep',
		'bsae: {}\n',
		/^Cannot use key "bsae" in .*:1: unknown key; did you mean "base"\? known here: name, base, grid, /,
	],
	[
		'sweep',
		'base: { until: 1h }\ngrid: { serving.replcas: [1] }\n',
		/^Cannot use key "serving.replcas" in .*: unknown key; did you mean "replicas"\? known here: replicas/,
	],
	[
		'sweep',
		'base:\n  serving: { replicas: x }\n',
		/^Cannot use "serving.replicas" = "x" in .*:2: /,
	],
	['sweep', 'base: nowhere.yaml\n', /^Cannot read scenario ".*nowhere.yaml": /],
	['sweep', 'metrics: [ttft]\n', /^Cannot use metric "ttft": known are /],
	['sweep', 'base: { carbon: { source: uk } }\n', /^Cannot sweep with live carbon from "uk": /],
	[
		'sweep',
		'grid: { seed: [] }\n',
		/^Cannot use "grid.seed" = \[\] in .*:1: give at least one value/,
	],
	['capacity', 'slo: { ttftS: { p9x: 1 } }\n', /^Cannot use "slo.ttftS.p9x".* in .*:1: /],
	['capacity', 'base: { serving: { model: no/such } }\n', /^Cannot use model "no\/such": /],
	[
		'capacity',
		'base: { serving: null }\n',
		/^Cannot search a capacity: the scenario has no serving$/,
	],
	[
		'capacity',
		'grid: { gpus: [1.5] }\n',
		/^Cannot use "gpus" = 1.5: give a whole number from 1 on$/,
	],
	['capacity', 'search: { minDuration: soon }\n', /^Cannot .*soon/],
];

test('runSweep() and runCapacity() refuse what they cannot use in one line, before they begin', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-study-'));
	const file = join(folder, 'study.yaml');
	for (const [command, text, line] of COMPLAINTS) {
		writeFileSync(file, text);
		const out = join(folder, 'out');
		const run = command === 'sweep' ? runSweep : runCapacity;
		try {
			await run(file, { out, env: {} });
			assert.unreachable(text);
		} catch (error) {
			assert.instance(error, ConfigError, text);
			assert.match((error as Error).message, line);
			assert.not.match((error as Error).message, '\n');
		}
		assert.not.ok(existsSync(out), text);
	}
	rmSync(folder, { recursive: true });
});

test.run();
