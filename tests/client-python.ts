import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { type CliResult, type Env, eventually, type RunningCli } from './cli.ts';

/** What the package in clients/python and its tests import. */
const MODULES = [
	...['nats', 'nkeys', 'msgpack', 'cryptography', 'pandas', 'yaml', 'jsonschema'],
	...['mosaik', 'mosaik_csv', 'fmpy', 'pythonfmu3'],
];

/** A Python that has what clients/python needs: that of `make peers`, or the machine's own. Null where there is none. */
export function pythonWithClient(): string | null {
	const code = `import importlib.util as u\nfor name in ${JSON.stringify(MODULES)}: assert u.find_spec(name)`;
	return (
		[projectFile('.build/peers/bin/python'), 'python3']
			.filter((python) => !python.includes('/') || existsSync(python))
			.find((python) => spawnSync(python, ['-c', code], { stdio: 'ignore' }).status === 0) ?? null
	);
}

const LIMIT_MS = 300_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/** Runs Python with the package as it is in the source, to its end. */
export function runPython(
	python: string,
	args: readonly string[],
	{ env = {}, cwd = projectFile('.') }: { readonly env?: Env; readonly cwd?: string } = {},
): Promise<CliResult> {
	const path = [projectFile('clients/python/src'), projectFile('clients/python')].join(delimiter);
	const clean = Object.fromEntries(
		Object.keys(process.env)
			.filter((name) => /^NATS_|^GRIDBEAT_/.test(name))
			.map((name) => [name, undefined]),
	);
	const child = spawn(python, ['-W', 'ignore', ...args], {
		cwd,
		env: {
			...process.env,
			...clean,
			...{ PYTHONPATH: path, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' },
			...env,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: LIMIT_MS,
		killSignal: 'SIGKILL',
	});
	running.add(child);
	const said = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const)
		child[name].on('data', (chunk: Buffer) => {
			said[name] += chunk.toString();
		});
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => {
			running.delete(child);
			resolve({ code, ...said });
		});
	});
}

/** The id of a run that waits for a process. */
export function idOf(run: RunningCli): Promise<string> {
	const ended = run.ended.then(() => assert.unreachable(run.said()));
	const said = () => /GRIDBEAT_RUN=(\S+)/.exec(run.said())?.[1] ?? null;
	return Promise.race([eventually('the id of the run', said), ended as Promise<never>]);
}
