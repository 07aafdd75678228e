import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { programFile } from '../kernel/files/project-file.ts';
import { startWatched } from '../kernel/nats-server/watchdog.ts';

/** Whole-run tests spawn the real command line: this is how. */
const MAIN = programFile('cli/main');

/** A process that runs longer than this hangs. */
const LIMIT_MS = 300_000;

export interface CliResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunningCli {
	readonly pid: number;
	/** What it has said so far. */
	said(): string;
	signal(name: NodeJS.Signals): void;
	readonly ended: Promise<CliResult>;
}

/** Environment variables on top of ours; undefined takes one away. */
export type Env = Readonly<Record<string, string | undefined>>;

const folders: string[] = [];
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that goes when the tests end. */
export function tempFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-cli-'));
	folders.push(folder);
	return folder;
}

/** Starts `gridbeat ...args`. Without the NATS server, keys and tokens of whoever runs the tests. */
export function startGridbeat(args: readonly string[], env: Env = {}): RunningCli {
	const clean = Object.fromEntries(
		Object.keys(process.env)
			.filter((name) => /^NATS_|^GRIDBEAT_JOIN_KEY|^ELECTRICITYMAPS_TOKEN$/.test(name))
			.map((name) => [name, undefined]),
	);
	const child = spawn(process.execPath, [MAIN, ...args], {
		env: { ...process.env, ...clean, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: LIMIT_MS,
		killSignal: 'SIGKILL',
	});
	running.add(child);
	let stdout = '';
	let stderr = '';
	child.stdout.on('data', (chunk: Buffer) => {
		stdout += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => {
		stderr += chunk.toString();
	});
	const ended = new Promise<CliResult>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code) => {
			running.delete(child);
			resolve({ code, stdout, stderr });
		});
	});
	return {
		pid: child.pid ?? 0,
		said: () => stdout + stderr,
		signal: (name) => void child.kill(name),
		ended,
	};
}

/**
 * Runs `gridbeat ...args` to its end: in this process, which spares most of a short command's time, and one after the
 * other, since standard output is everybody's; with `env`, even an empty one, in a process of its own.
 */
export function gridbeat(args: readonly string[], env?: Env): Promise<CliResult> {
	if (env !== undefined) return startGridbeat(args, env).ended;
	const result = lastHere.then(() => runHere(args));
	lastHere = result.catch(() => {});
	return result;
}

let lastHere: Promise<unknown> = Promise.resolve();

async function runHere(args: readonly string[]): Promise<CliResult> {
	const { runCommandLine } = await import('../cli/command-line.ts');
	const said = { stdout: '', stderr: '' };
	const restore = (['stdout', 'stderr'] as const).map((name) => {
		const stream = process[name];
		const { write } = stream;
		stream.write = (chunk: string | Uint8Array) => {
			said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
			return true;
		};
		return () => {
			stream.write = write;
		};
	});
	try {
		return { code: await runCommandLine(args), ...said };
	} finally {
		for (const put of restore) put();
	}
}

/** A NATS server as a user has it, with its defaults; ends with the tests. */
export interface TestServer {
	readonly url: string;
	readonly monitorUrl: string;
	stop(): Promise<void>;
}

export async function startTestServer(
	binary: string,
	{ jetStream = false }: { readonly jetStream?: boolean } = {},
): Promise<TestServer> {
	const folder = tempFolder();
	const own = ['-a', '127.0.0.1', '-p', '-1', '-m', '-1', '--ports_file_dir', folder];
	const args = jetStream ? [...own, '-js', '-sd', join(folder, 'jetstream')] : own;
	const watched = startWatched({ folder, command: binary, args });
	const ports = await eventually('the ports file of nats-server', () => {
		const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.ports'));
		const text = typeof name === 'string' ? readFileSync(join(folder, name), 'utf8') : '';
		if (!text.trimEnd().endsWith('}')) return null;
		return JSON.parse(text) as { nats: string[]; monitoring: string[] };
	});
	return {
		url: ports.nats[0] ?? '',
		monitorUrl: ports.monitoring[0] ?? '',
		stop: () => watched.stop(),
	};
}

/** Waits until there is something. */
export async function eventually<T>(
	what: string,
	find: () => T | null | Promise<T | null>,
	limitMs = 120_000,
): Promise<T> {
	const deadlineMs = performance.now() + limitMs;
	for (;;) {
		const found = await find();
		if (found !== null && found !== false) return found;
		if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
		await sleep(20);
	}
}

export type Row = Readonly<Record<string, string>>;

/** The rows of a CSV file of a run folder. */
export function readRows(folder: string, name: string): readonly Row[] {
	return parse(readFileSync(join(folder, name), 'utf8'), { columns: true }) as Row[];
}

export function numberIn(row: Row | undefined, column: string): number {
	const text = row?.[column];
	if (text === undefined || text === '') throw new Error(`no number in column ${column}`);
	return Number(text);
}
