import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOCK } from '../cli/serve-clock.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { scenarioFrom } from '../run/resolve/scenario-source.ts';
import { runScenario } from '../run/run-scenario.ts';
import { FolderRuns } from '../run/served/folder-runs.ts';
import { makeGateway } from '../services/gateway/gateway.ts';
import { tempFolder } from './cli.ts';

/** The document of the API against the server that it describes, by a program that makes requests of it. */

const SCHEMATHESIS = projectFile('.build/peers/bin/schemathesis');
const LIMIT_MS = 400_000;

/** What is asked: no answer is an error of the server, and each is as the document says. */
const CHECKS =
	'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method';

async function schemathesis(url: string): Promise<{ code: number | null; text: string }> {
	const args = [
		...['run', `${url}/openapi.json`, '--checks', CHECKS, '--no-color', '--max-time', '45'],
		...['--seed', '1', '--generation-deterministic', '--phases', 'coverage,fuzzing'],
		// A stream of events has no end while a run goes on; below /v1 answers are OpenAI’s, 503 too where no run takes requests.
		...['--exclude-path-regex', '/events$|^/v1/', '--request-timeout', '60'],
		'--continue-on-failure',
	];
	const child = spawn(SCHEMATHESIS, args, {
		...{ cwd: tempFolder(), stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS },
		env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
	});
	let text = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => {
			text += chunk.toString();
		});
	return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

async function served() {
	const root = tempFolder();
	const scenario = scenarioFrom('until: 1h\nplacement: {mode: in-process}\n');
	await runScenario(scenario, { id: 'past', out: join(root, 'past'), report: false });
	const runs = new FolderRuns({ root, env: {}, onNotice: () => {} });
	await runs.start('until: 12h\nplacement: {mode: in-process}\n', {
		...{ id: 'live', speed: 1, isTrusted: false },
	});
	const app = await makeGateway({
		...{ runs, clock: CLOCK, version: '0', assets: null, requestsPerMinute: 1_000_000 },
		guard: { token: null, hosts: ['127.0.0.1'] },
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = app.server.address() as AddressInfo;
	const close = async () => {
		await runs.stop();
		await app.close();
	};
	return { url: `http://127.0.0.1:${port}`, close };
}

if (existsSync(SCHEMATHESIS)) {
	test('requests that are made of the document of the API get answers that are in it', async () => {
		const { url, close } = await served();
		try {
			const { code, text } = await schemathesis(url);
			assert.is(code, 0, text.slice(-20_000));
		} finally {
			await close();
		}
	});
} else {
	process.stdout.write('skipped the document of the API: there is no schemathesis (make peers)\n');
}

test.run();
