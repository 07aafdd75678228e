import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
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

/** A run that takes none answers 503 below /v1, as servers of models do: that is no error of ours. */
const CONFIG = `
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "503"]
`;

/** Controls come with an id that is none. */
const UNKNOWN = `
[parameters]
"path.id" = "nobody"
`;

/** What parameters of paths are, so that requests get to a run that goes on. */
const KNOWN = `
[parameters]
"path.id" = "live"
"path.name" = "San Francisco"
"path.site" = "San Francisco"
"path.dispatchable" = "battery"
`;

/**
 * Asks for some time. @param config of it, TOML
 * @param except ends of paths that are not asked
 */
async function schemathesis(
	url: string,
	config: string,
	except: string,
): Promise<{ code: number | null; text: string }> {
	const cwd = tempFolder();
	writeFileSync(join(cwd, 'schemathesis.toml'), config);
	const args = [
		...['run', `${url}/openapi.json`, '--checks', CHECKS, '--no-color', '--max-time', '30'],
		...['--seed', '1', '--generation-deterministic', '--phases', 'coverage,fuzzing'],
		...['--exclude-path-regex', `/(${except})$`, '--request-timeout', '60'],
		'--continue-on-failure',
	];
	const child = spawn(SCHEMATHESIS, args, {
		...{ cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS },
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
	// It answers within moments, and goes on as long as this takes.
	const live = 'until: 365d\nrequests: {source: live}\nserving: {replicas: 1}\n';
	await runs.start(`${live}placement: {mode: in-process}\n`, {
		...{ id: 'live', speed: 1_000, isTrusted: false },
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
			// A stream of events has no end while a run goes on. What may end, hold or slow down the one run comes with an id that is none.
			for (const [config, except] of [
				[CONFIG + UNKNOWN, 'events'],
				[CONFIG + KNOWN, 'events|stop|step|pause|speed'],
			] as const) {
				const { code, text } = await schemathesis(url, config, except);
				assert.is(code, 0, text.slice(-20_000));
			}
		} finally {
			await close();
		}
	});
} else {
	process.stdout.write('skipped the document of the API: there is no schemathesis (make peers)\n');
}

test.run();
