import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { STEERED } from './steered-runs.test-support.ts';

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('what comes on a NATS subject as an event of the grid acts in the run, and what is none is refused', async () => {
		const server = await startConfigured(binary, []);
		const [scenario, folder] = [join(tempFolder(), 'scenario.yaml'), join(tempFolder(), 'run')];
		writeFileSync(scenario, stringify(STEERED));
		const run = startGridbeat(
			['run', scenario, '--speed', '100', '--processes', '1', '--out', folder],
			{ NATS_URL: server.url },
		);
		await recordsSteps(folder);
		const listening = startGridbeat(['listen', folder, 'grid.events', '--nats', server.url], {
			NATS_URL: undefined,
		});
		await eventually('somebody who listens', () => /^Listening to/m.test(listening.said()) || null);
		const connection = await connect({ servers: server.address });
		const ask = async (text: string): Promise<unknown> =>
			(await connection.request('grid.events', text, { timeout: 20_000 })).json();
		const event = { id: 'evening', event: 'demand-response', from: '100min', length: '10min' };
		assert.equal(await ask(JSON.stringify({ ...event, watts: 100 })), { ok: true });
		const refused: [string, RegExp][] = [
			['{', /^Cannot announce a message that is not JSON$/],
			[JSON.stringify(event), /^Cannot announce "demand-response" without --watts/],
			[JSON.stringify({ ...event, event: 'flood' }), /^Cannot announce "flood": give /],
			[JSON.stringify({ ...event, watts: '100' }), /^Cannot announce an event: watts: /],
			['x'.repeat(70_000), /^Cannot announce 70000 bytes: give 65536 at most$/],
		];
		for (const [text, reason] of refused)
			assert.match(((await ask(text)) as { error: string }).error, reason);
		assert.is((await run.ended).code, 0, run.said());
		assert.is((await listening.ended).code, 0, listening.said());
		assert.match(listening.said(), /is over/);
		const lines = readFileSync(join(folder, 'commands.jsonl'), 'utf8').trim().split('\n');
		const told = lines.map((line) => LoggedCommand.parse(JSON.parse(line)));
		assert.equal(
			told.map(({ by, command }) => [by, command.type]),
			[['grid', 'grid-event']],
		);
		assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /What it was told/);
		await connection.close();
		await server.stop();
	});
}

test('a subject that is none is refused', async () => {
	const { code, stderr } = await gridbeat(['listen', 'x', 'grid events']);
	assert.is(code, 2);
	assert.match(
		stderr,
		/^Cannot listen to "grid events": give a NATS subject, such as grid\.events\n$/,
	);
});

test.run();
