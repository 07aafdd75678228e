import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '../kernel/files/project-file.ts';

const POLL_MS = 100;
/** Clock ticks a second of /proc, on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** What a run cost, over all of its processes. */
export interface RunCost {
	/** User and system time, seconds. */
	readonly cpuS: number;
	readonly wallS: number;
	/** Processes of hosts, by name, with the most memory that each held, MB. */
	readonly hosts: ReadonlyMap<string, number>;
	/** All processes together at the moment at which that was most, MB. */
	readonly peakMb: number;
	/** Standard output and error. */
	readonly said: string;
}

export interface RunWatch {
	readonly env?: Readonly<Record<string, string>>;
	/** Called while the run goes on, with the processes of it by host; the leading process is ''. */
	readonly look?: (hosts: ReadonlyMap<string, number>, said: string) => void;
}

/**
 * Runs `gridbeat run ...args` to its end, with a run folder that goes.
 *
 * @throws Error if it fails
 */
export async function costOfRun(args: readonly string[], watch: RunWatch = {}): Promise<RunCost> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-bench-'));
	const program = process.env['GRIDBEAT_PROGRAM'] ?? programFile('cli/main');
	const cpuBefore = childrenCpuS();
	const startedMs = performance.now();
	const child = spawn(process.execPath, [program, 'run', ...args, '--out', join(folder, 'run')], {
		env: { ...process.env, ...watch.env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => {
			said += chunk.toString();
		});
	const hosts = new Map<string, number>();
	let peakMb = 0;
	const timer = setInterval(() => {
		const now = processesBelow(child.pid ?? 0);
		peakMb = Math.max(
			peakMb,
			now.reduce((sum, { rssMb }) => sum + rssMb, 0),
		);
		for (const { host, peakMb: most } of now)
			if (host !== null) hosts.set(host, Math.max(most, hosts.get(host) ?? 0));
		const pids = now.flatMap(({ host, pid }) => (host === null ? [] : [[host, pid] as const]));
		watch.look?.(new Map(pids), said);
	}, POLL_MS);
	try {
		const [code] = (await once(child, 'close')) as [number | null];
		if (code !== 0) throw new Error(`gridbeat run ${args.join(' ')} ended with ${code}: ${said}`);
	} finally {
		clearInterval(timer);
		rmSync(folder, { recursive: true, force: true });
	}
	const wallS = (performance.now() - startedMs) / 1000;
	return { cpuS: childrenCpuS() - cpuBefore, wallS, hosts, peakMb, said };
}

interface Seen {
	readonly pid: number;
	/** Null for what is no host. */
	readonly host: string | null;
	readonly rssMb: number;
	readonly peakMb: number;
}

/** A process and all that descend from it. */
function processesBelow(root: number): Seen[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync('/proc')) {
		const fields = /^\d+$/.test(name) ? statOf(name) : null;
		if (fields !== null) parents.set(Number(name), Number(fields[1]));
	}
	const found = new Set([root]);
	for (let before = 0; before < found.size; ) {
		before = found.size;
		for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
	}
	return [...found].flatMap((pid) => {
		try {
			const status = readFileSync(`/proc/${pid}/status`, 'utf8');
			const mb = (key: string) =>
				Number(new RegExp(`^${key}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
			const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
			const at = args.indexOf('--host');
			const host = at === -1 ? null : (args[at + 1] ?? null);
			return [{ pid, host, rssMb: mb('VmRSS'), peakMb: mb('VmHWM') }];
		} catch {
			return [];
		}
	});
}

/** The fields of /proc/<pid>/stat behind the name; null for a process that is gone. */
function statOf(pid: string): readonly string[] | null {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return text.slice(text.lastIndexOf(')') + 2).split(' ');
	} catch {
		return null;
	}
}

/** Processor time of all children that have ended, and of theirs. */
function childrenCpuS(): number {
	const fields = statOf('self') ?? [];
	return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_S;
}
