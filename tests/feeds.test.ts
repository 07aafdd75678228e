import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSource } from '../feeds/live/fake-source.test-support.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Half-hours of the British service, all that were asked for. */
function halfHours(path: string): object[] {
	const [, , from = '', to = ''] = path.split('/');
	const count = (Date.parse(to) - Date.parse(from)) / 1_800_000;
	return Array.from({ length: count }, (_, i) => ({
		from: `${new Date(Date.parse(from) + i * 1_800_000).toISOString().slice(0, 16)}Z`,
		intensity: { forecast: 266, actual: 263, index: 'moderate' },
	}));
}

test('the built program asks a live feed, and says in one line when it is not there', async () => {
	const folder = tempFolder();
	const scenario = join(folder, 'scenario.yaml');
	const run = () =>
		gridbeat(['run', scenario, '--until', '10min', '--json', '--out', join(folder, 'run')]);
	let address = '';
	await withSource(
		({ path }) => ({ body: { data: halfHours(path) } }),
		async (baseUrl, asked) => {
			address = baseUrl;
			const carbon = `carbon: { source: uk, baseUrl: '${baseUrl}' }`;
			writeFileSync(scenario, `start: 2026-11-20T00:00\n${carbon}\n`);
			const { code, stderr, stdout } = await run();
			assert.is(code, 0, stderr);
			assert.ok(asked.length > 0);
			assert.match(stdout, /263/);
		},
	);
	const { code, stderr } = await run();
	assert.is(code, 2);
	assert.match(
		stderr,
		new RegExp(`^Cannot fetch from UK Carbon Intensity "${address}/.*ECONNREFUSED`),
	);
});

test.run();
