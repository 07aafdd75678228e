import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOCK } from '../cli/serve-clock.ts';
import { FolderRuns } from '../run/served/folder-runs.ts';
import { makeGateway } from '../services/gateway/gateway.ts';
import { pythonWithVessim } from './vessim-python.ts';

/** One client, unchanged, at Vessim's own API, in a run of Vessim's own, and at ours. */

const CLIENT = `
import json, sys, urllib.parse
import requests

def ask(base):
    names = requests.get(f"{base}/microgrids").json()
    grid = f"{base}/microgrids/{urllib.parse.quote(names[0])}"
    missing = requests.get(f"{base}/microgrids/nobody")
    put = lambda path, value: requests.put(f"{grid}/{path}", params={"value": value})
    set_soc = put("dispatchables/battery/min_soc", 0.2)
    set_charge = put("policy/charge_power", 10)
    return {
        "names": names,
        "state": requests.get(grid).json(),
        "config": requests.get(f"{grid}/config").json(),
        "history": requests.get(f"{grid}/history", params={"limit": 2}).json(),
        "missing": [missing.status_code, missing.json()],
        "set": [set_soc.status_code, set_soc.json(), set_charge.status_code, set_charge.json()],
    }

if len(sys.argv) > 2:
    print(json.dumps(ask(sys.argv[2])))
else:
    import vessim as vs
    class Client(vs.Controller):
        def __init__(self):
            self.steps = 0
        def step(self, now, states):
            self.steps += 1
            if self.steps == 4:
                print("ANSWERS " + json.dumps(ask(f"http://localhost:{sys.argv[1]}")))
    env = vs.Environment(sim_start="2024-06-20", step_size=60)
    env.add_microgrid(
        name="San Francisco",
        actors=[vs.Consumer(name="replica-1", signal=100), vs.Producer(name="solar", signal=50)],
        dispatchables=[vs.SimpleBattery(name="battery", capacity=3000, initial_soc=0.5), vs.GridConnection()],
        grid_signals={"carbon": 400},
        coords=(37.8, -122.4),
    )
    env.add_controller(vs.Api(broker_port=int(sys.argv[1]), request_timeout=60.0))
    env.add_controller(Client())
    env.run(until=300)
`;

interface Answers {
	readonly names: readonly string[];
	readonly state: Readonly<Record<string, unknown>>;
	readonly config: Readonly<Record<string, unknown>>;
	readonly history: { readonly data: readonly Readonly<Record<string, unknown>>[] };
	readonly missing: readonly unknown[];
	readonly set: readonly unknown[];
}

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-vessim-api-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const script = join(folder, 'client.py');
writeFileSync(script, CLIENT);

async function runPython(python: string, args: readonly string[]): Promise<Answers> {
	const child = spawn(python, [script, ...args], { cwd: folder, timeout: 200_000 });
	let [out, errors] = ['', ''];
	child.stdout.on('data', (chunk: Buffer) => {
		out += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => {
		errors += chunk.toString();
	});
	await new Promise((resolve) => child.on('close', resolve));
	const text = /^(?:ANSWERS )?(\{.*)$/m.exec(out)?.[1];
	assert.ok(text !== undefined, `${out}\n${errors}`);
	return JSON.parse(text ?? '') as Answers;
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

async function ours(python: string): Promise<Answers> {
	const runs = new FolderRuns({ root: folder, env: {}, onNotice: () => {} });
	const scenario = 'until: 12h\nserving: {replicas: 1}\nplacement: {mode: in-process}\n';
	await runs.start(scenario, { id: 'live', speed: 600, isTrusted: false });
	const guard = { token: null, hosts: ['localhost', '127.0.0.1'] };
	const app = await makeGateway({ runs, clock: CLOCK, guard, version: '0', assets: null });
	await app.listen({ host: '127.0.0.1', port: 0 });
	try {
		const { port } = app.server.address() as AddressInfo;
		for (;;) {
			const { body } = await app.inject({ url: '/microgrids/San%20Francisco/history' });
			if ((JSON.parse(body).data?.length ?? 0) >= 2) break;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		return await runPython(python, ['0', `http://127.0.0.1:${port}`]);
	} finally {
		await runs.stop();
		await app.close();
	}
}

/** The keys of an answer and what kind of value each has; names of members are the same in both. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
	if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
}

/** All that is in the one is in the other too, of the same kind; the other may have more. */
function lacking(all: unknown, found: unknown, at = ''): string[] {
	if (typeof all !== 'object' || all === null)
		return all === found || all === 'null' || found === 'null' ? [] : [`${at}: ${all}, ${found}`];
	if (typeof found !== 'object' || found === null)
		return [`${at}: ${JSON.stringify(all)}, ${found}`];
	return Object.entries(all).flatMap(([key, one]) =>
		lacking(one, (found as Readonly<Record<string, unknown>>)[key], `${at}.${key}`),
	);
}

const python = pythonWithVessim();
const has = (module: string) =>
	python !== null && spawnSync(python, ['-c', `import ${module}`], { cwd: folder }).status === 0;
if (python !== null && has('fastapi, uvicorn, requests')) {
	test('a client of Vessim’s API gets from ours what it gets from Vessim’s', async () => {
		const theirs = await runPython(python, [String(await freePort())]);
		const answers = await ours(python);
		assert.equal(answers.names, theirs.names);
		assert.equal(answers.missing, theirs.missing);
		assert.equal(answers.set, theirs.set);
		assert.is(answers.history.data.length, theirs.history.data.length);
		for (const part of ['state', 'config', 'history'] as const)
			assert.equal(lacking(shapeOf(theirs[part]), shapeOf(answers[part])), [], part);
		assert.match(String(answers.state['time']), /^2024-06-20T\d\d:\d\d:00$/);
	});
} else {
	process.stdout.write('skipped Vessim’s API: there is no vessim[live] (make peers)\n');
}

test.run();
