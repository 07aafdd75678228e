import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile } from '../kernel/files/project-file.ts';
import { flagTable } from '../vidur/serving/flag-table.ts';

const main = programFile('cli/main');
let folder = '';
test.before(() => {
	folder = mkdtempSync(join(tmpdir(), 'gridbeat-vidur-command-'));
});
test.after(() => rmSync(folder, { recursive: true }));

function vidur(...words: string[]) {
	return spawnSync(process.execPath, [main, 'vidur', ...words], { cwd: folder, encoding: 'utf8' });
}

test('gridbeat vidur writes into a folder named by the time, and lists what has no effect', () => {
	const { status, stdout, stderr } = vidur(
		'--synthetic_request_generator_config_num_requests',
		'3',
		'--no-metrics_config_store_plots',
		'--random_forrest_execution_time_predictor_config_num_training_job_threads',
		'-1',
	);
	assert.is(status, 0, stderr);
	const [, path = ''] =
		/^(simulator_output\/[\d-]{10}_[\d-]{15}): 3 of 3 requests completed in [\d.]+ s\n$/.exec(
			stdout,
		) ?? [];
	assert.ok(existsSync(join(folder, path, 'request_metrics.csv')), stdout);
	assert.match(
		stderr,
		/^Latency profile: llama-2-7b-a100-tp1-reproduction; without effect here: --no-metrics_config_store_plots, --random_forrest_execution_time_predictor_config_num_training_job_threads\n$/,
	);
});

test('gridbeat vidur names an unknown flag in one line and ends with 2', () => {
	const { status, stdout, stderr } = vidur('--replica_config_modelname', 'phi-2');
	assert.is(status, 2);
	assert.is(stdout, '');
	assert.match(stderr, /^Cannot use flag "--replica_config_modelname": it is unknown; [^\n]+\n$/);
});

test('gridbeat vidur -h lists every flag with its default, within 80 columns but for names', () => {
	for (const flag of ['-h', '--help']) {
		const { status, stdout, stderr } = vidur(flag);
		assert.is(status, 0, stderr);
		for (const name of flagTable.keys()) assert.match(stdout, `\n  --${name}`);
		assert.match(
			stdout,
			/--replica_config_device <name>\n +default a100; one of a40, a100, h100\n/,
		);
		for (const line of stdout.split('\n'))
			assert.ok(line.length <= 80 || line.startsWith('  --') || !line.trim().includes(' '), line);
	}
});

test.run();
