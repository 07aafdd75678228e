import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, tempFolder } from './cli.ts';

/** What others wrote reaches no terminal but in visible characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/u;
const ODD = '\x1b[2J\x1b]0;owned\x07\x9b31m\u202e';

/** Everything a command said, without the line breaks that are its own. */
async function said(args: readonly string[]): Promise<string> {
	const { stdout, stderr } = await gridbeat(args);
	return (stdout + stderr).replaceAll('\n', '');
}

/** All bytes there are, in no order: no text in any encoding. */
const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 8)) % 256);
const texts: Readonly<Record<string, Uint8Array | string>> = {
	'bytes.csv': bytes,
	'times.csv': `time,power\n${ODD},5\n${ODD},6\n`,
	'columns.csv': `time,a${ODD},b${ODD}\n0,1,2\n60,1,2\n`,
	'scenario.yaml': `location: "${ODD.replaceAll('\x1b', '\\e').replace('\x07', '\\a').replace('\x9b', '\\x9b')}"\n`,
	'broken.yaml': `name: [${ODD}\n`,
};

for (const [name, text] of Object.entries(texts)) {
	test(`no message quotes ${name} in characters that a terminal obeys`, async () => {
		const path = join(tempFolder(), name);
		writeFileSync(path, text);
		const dry = ['--dry-run'];
		const out = ['--in-process', '--until', '5min', '--out', join(tempFolder(), 'run')];
		const commands = name.endsWith('.yaml')
			? [
					['run', path, ...dry],
					['validate', path],
				]
			: [
					['run', '--requests', path, ...out],
					['run', '--load', `file:${path}`, ...dry],
					['run', '--carbon', `file:${path}`, ...dry],
					['run', '--price', path, ...dry],
					['weather', 'inspect', path],
				];
		for (const command of commands) {
			const text = await said(command);
			assert.not.match(text, INVISIBLE, command.join(' '));
			assert.ok(text.length > 0);
		}
	});
}

test("a run folder of somebody else's is reported in visible characters", async () => {
	const folder = join(tempFolder(), 'run');
	mkdirSync(folder);
	const metadata = {
		environment: { name: ODD, sim_start: '2024-06-20 00:00:00', step_size: 60, sim_end: ODD },
		microgrids: { [ODD]: { dispatchables: [{ name: ODD, capacity: 100, min_soc: 0.1 }] } },
		execution: { status: 'completed' },
		gridbeat: {
			...{ status: 'failed', reason: ODD, location: ODD, command: ODD, summary: ODD },
			sources: [{ what: ODD, label: ODD, source: ODD }],
		},
	};
	writeFileSync(join(folder, 'metadata.yaml'), stringify(metadata));
	const head = `time,p_delta,p_grid,actor_states.a${ODD}.power,dispatch_states.b${ODD}.soc`;
	const rows = [0, 1, 2].map((minute) => `2024-06-20 00:0${minute}:00,-5,-5,-5,0.5`);
	writeFileSync(join(folder, 'timeseries.csv'), [head, ...rows, ''].join('\n'));
	const text = await said(['report', folder]);
	assert.not.match(text, INVISIBLE);
	assert.ok(text.length > 0);
});

test.run();
