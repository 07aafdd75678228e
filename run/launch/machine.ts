import { readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';

/** A host process: 34 to 38 MB before its first step, and as much again for tables and queues of its actors. */
const PROCESS_BYTES = 80 * 2 ** 20;
/** Part of the free memory that host processes may take: the rest is for the report, the server and others. */
const MEMORY_PART = 0.75;
/** Threads of a Node process; systems limit processes and threads together. */
const THREADS_PER_PROCESS = 12;

/** How much this machine, or the part of it that we may use, bears. */
export interface Machine {
	readonly cores: number;
	readonly freeBytes: number;
	/** Processes and threads that may still be started; Infinity where nobody limits them. */
	readonly freeThreads: number;
}

/** One host process for each core, where memory and limits bear so many: more only share the cores. At least 1. */
export function mostProcesses({ cores, freeBytes, freeThreads }: Machine): number {
	const most = Math.min(
		cores,
		(MEMORY_PART * freeBytes) / PROCESS_BYTES,
		freeThreads / THREADS_PER_PROCESS,
	);
	return Math.max(1, Math.floor(most));
}

/** This machine now, with the limits of our control group (version 2) where there is one. */
export function thisMachine(): Machine {
	const room = (max: string, used: string) => {
		const limit = groupNumber(max);
		const free = limit - (groupNumber(used) || 0);
		return Number.isFinite(free) ? Math.max(0, free) : Number.POSITIVE_INFINITY;
	};
	return {
		cores: availableParallelism(),
		freeBytes: Math.min(availableBytes(), room('memory.max', 'memory.current')),
		freeThreads: room('pids.max', 'pids.current'),
	};
}

/** What can be had without swapping: free memory and what caches give back. */
function availableBytes(): number {
	const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(textOf('/proc/meminfo'))?.[1];
	return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

/** A number of our control group; NaN where it says none, such as `max`. */
function groupNumber(name: string): number {
	const path = /^0::(\/.*)$/m.exec(textOf('/proc/self/cgroup'))?.[1] ?? '/';
	const text = textOf(`/sys/fs/cgroup${path}/${name}`) || textOf(`/sys/fs/cgroup/${name}`);
	return text === '' ? Number.NaN : Number(text);
}

function textOf(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** In words, for whoever wonders why actors share processes. */
export function describeMachine({ cores, freeBytes }: Machine): string {
	const gib = (freeBytes / 2 ** 30).toFixed(freeBytes < 2 ** 33 ? 1 : 0);
	return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${gib} GiB of free memory`;
}
