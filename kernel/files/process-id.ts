import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, distinguished from one that has its number later, in another container or on another machine. */
export interface ProcessId {
	readonly pid: number;
	/** When it began, in ticks since the machine was started; null where the system does not say it. */
	readonly start: string | null;
	readonly host: string;
	/** This machine since it was started, and the machine as such; null where the system does not say it. */
	readonly boot: string | null;
	readonly machine: string | null;
	/** The space of process numbers: each container has one of its own. */
	readonly space: string | null;
}

/** `unknown`: a process of another machine or container, which cannot be seen from here. */
export type Life = 'alive' | 'dead' | 'unknown';

let own: ProcessId | null = null;

/** This process, as other processes and machines can know it again. Where the system does not say a part, that is null. */
export function ownProcess(): ProcessId {
	own ??= {
		pid: process.pid,
		start: startOf(process.pid),
		host: hostname(),
		boot: textOf('/proc/sys/kernel/random/boot_id'),
		machine: textOf('/etc/machine-id'),
		space: spaceOf(),
	};
	return own;
}

/** Whether a process still lives, as far as that can be known from here. */
export function lifeOf(other: ProcessId, here: ProcessId = ownProcess()): Life {
	if (other.boot !== here.boot) {
		// The same machine, started anew since: nothing of then lives.
		const isSame =
			other.machine !== null && other.machine === here.machine && other.host === here.host;
		return isSame && other.boot !== null && here.boot !== null ? 'dead' : 'unknown';
	}
	if (other.boot === null && other.host !== here.host) return 'unknown';
	if (other.space !== here.space) return 'unknown';
	if (!isThere(other.pid)) return 'dead';
	const start = startOf(other.pid);
	// Another process has the number by now; one that is dead and not yet waited for has none of its own.
	return other.start !== null && start !== null && start !== other.start ? 'dead' : 'alive';
}

function isThere(pid: number): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		// Somebody else's process is there although we may not signal it.
		return (error as { code?: string }).code === 'EPERM';
	}
	return stateOf(pid) !== 'Z';
}

/** Fields of /proc/<pid>/stat from the third on; the second, a name in brackets, may hold anything. */
function statOf(pid: number): readonly string[] {
	const text = textOf(`/proc/${pid}/stat`) ?? '';
	return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function stateOf(pid: number): string | null {
	return statOf(pid)[0] || null;
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)). */
function startOf(pid: number): string | null {
	return statOf(pid)[19] || null;
}

function spaceOf(): string | null {
	try {
		return readlinkSync('/proc/self/ns/pid');
	} catch {
		return null;
	}
}

function textOf(path: string): string | null {
	try {
		return existsSync(path) ? readFileSync(path, 'utf8').trim() || null : null;
	} catch {
		return null;
	}
}
