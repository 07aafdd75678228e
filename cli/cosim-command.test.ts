import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, tempFolder } from '../tests/cli.ts';

test('gridbeat cosim says what to give it', async () => {
	const { code, stderr } = await gridbeat(['cosim', '--location', 'Berlin']);
	assert.is(code, 2);
	assert.match(
		stderr,
		/^Cannot co-simulate without a run of Vidur: give --vidur-sim-dir [^\n]+\n$/,
	);
});

test('gridbeat cosim runs on what gridbeat vidur wrote, with every flag of the original', async () => {
	const out = tempFolder();
	const small = ['--synthetic_request_generator_config_num_requests', '4'];
	const made = await gridbeat(['vidur', ...small, '--metrics_config_output_dir', out]);
	assert.is(made.code, 0, made.stderr);
	const { code, stdout, stderr } = await gridbeat([
		...['cosim', '--vidur-sim-dir', join(out, readdirSync(out)[0] ?? '')],
		...['--location', 'São Paulo', '--agg-freq', '1s', '--analysis-type', 'trend analysis'],
		...['--step-size', '1', '--solar-scale-factor', '600', '--battery-capacity', '100'],
		...['--battery-initial-soc', '0.8', '--battery-min-soc', '0.2', '--log-metrics'],
		...['--carbon-analysis', '--low-carbon-threshold', '150', '--high-carbon-threshold', '250'],
		...['--interpolate-datasets', '--accounting', 'vidur-energy'],
	]);
	assert.is(code, 0, stderr);
	assert.match(
		stdout,
		/^🔋 BATTERY USAGE DISTRIBUTION\n[\s\S]+• Low Carbon Hours \(<150 gCO2\/kWh\)/,
	);
});

test.run();
