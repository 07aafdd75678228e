import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { programFile } from '../../kernel/files/project-file.ts';
import type { HostTicket } from '../../kernel/host/process.ts';
import { plainText } from '../../protocol/plain-text.ts';

export interface ChildHost {
	readonly host: string;
	readonly pid: number | undefined;
	/** Resolves with how the process ended, in words. */
	readonly ended: Promise<string>;
	/** True if it has used a processor since the last question, or waits for a disk; false also where nobody can see it. */
	isAtWork(): boolean;
	kill(): void;
}

/**
 * Secrets of ours that children get in another way, or not at all: what a process has in its environment, its children
 * have too.
 */
const SECRET_VARIABLES =
	/^(NATS_(PASSWORD|TOKEN|NKEY_SEED|CREDS|KEY|URL)(_FILE)?|GRIDBEAT_JOIN_KEY(_FILE)?)$/;

const STDERR_LIMIT = 4_000;

/** Kinds that live in the folder of another. */
const FOLDERS: Readonly<Record<string, string>> = {
	price: 'carbon',
	air: 'solar',
	'kv-router': 'router',
};

/** The folder whose main.ts runs actors of a kind. */
export function folderOf(kind: string): string {
	return FOLDERS[kind] ?? kind;
}

/**
 * Starts the process of a host. What it must know to join goes to its standard input, where nobody else reads it. That
 * stays open as long as we live and ends the process when we die; and it is in a session of its own, so that Ctrl-C
 * reaches only us.
 */
export function startChildHost(
	host: string,
	kinds: readonly string[],
	{ run, ...ticket }: HostTicket & { readonly run: string },
): ChildHost {
	const [kind = ''] = kinds;
	const folder = kinds.length === 1 ? `${folderOf(kind)}/` : '';
	const main = programFile(`services/${folder}main`);
	const child: ChildProcess = spawn(process.execPath, [main, '--run', run, '--host', host], {
		stdio: ['pipe', 'ignore', 'pipe'],
		detached: true,
		env: openEnvironment(),
	});
	let said = '';
	child.stderr?.on('data', (chunk: Buffer) => {
		said = (said + chunk.toString()).slice(-STDERR_LIMIT);
	});
	child.stdin?.on('error', () => {});
	child.stdin?.write(`${JSON.stringify(ticket)}\n`);
	const ended = new Promise<string>((resolve) => {
		child.on('error', (error) =>
			resolve(`its process could not be started: ${plainText(error.message)}`),
		);
		child.on('close', (code, signal) => {
			const how =
				signal === null
					? `its process ended with code ${code}`
					: `its process was killed by ${signal}`;
			const word = said.trim().split('\n').pop() ?? '';
			resolve(word === '' ? how : `${how}: ${plainText(word)}`);
		});
	});
	const { pid } = child;
	let before = '';
	const isAtWork = () => {
		const sign = pid === undefined ? '' : signOfWork(pid);
		const isNew = sign !== '' && sign !== before;
		before = sign;
		return isNew || sign.startsWith('D');
	};
	return { host, pid, ended, isAtWork, kill: () => void child.kill('SIGKILL') };
}

/** State and processor time of a process, as Linux reports them; empty where nobody does. */
function signOfWork(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The fields after the name, which may hold anything: state first, time in user and system mode 11 later.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const state = fields[0] ?? '';
		return state === 'T' || state === 't' || state === 'Z'
			? ''
			: `${state === 'D' ? 'D' : ''}${fields[11]}/${fields[12]}`;
	} catch {
		return '';
	}
}

function openEnvironment(): NodeJS.ProcessEnv {
	const open = Object.entries(process.env).filter(([name]) => !SECRET_VARIABLES.test(name));
	return Object.fromEntries(open);
}
