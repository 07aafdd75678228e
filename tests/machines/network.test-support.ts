import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { programFile } from '../../kernel/files/project-file.ts';
import { messageOf } from '../../protocol/errors.ts';
import { eventually, tempFolder } from '../cli.ts';

/**
 * Machines as network namespaces, and switches between them in one more. No address of theirs exists outside these
 * namespaces.
 */
const PREFIX = 'gridbeat-test';
const SWITCH = `${PREFIX}-${process.pid}-switch`;
const MAIN = programFile('cli/main');
/** Silence is explained, and given up on, sooner than users would like it. */
const WAIT_LIMIT_MS = '1000';
const LIMIT_MS = 120_000;

/** A process on a machine. */
export interface Running {
	said(): string;
	kill(signal?: NodeJS.Signals): void;
	readonly ended: Promise<number | null>;
}

const running = new Map<ChildProcess, Promise<number | null>>();

function ip(...args: string[]): string {
	return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Networks with the machines that each joins: one in two of them reaches both, and passes nothing on. */
export class Networks {
	private readonly networks: readonly (readonly string[])[];

	private constructor(networks: readonly (readonly string[])[]) {
		this.networks = networks;
	}

	/** Null, saying why, where this process may make none. They are gone when it ends. */
	static make(...networks: readonly (readonly string[])[]): Networks | null {
		const made = new Networks(networks);
		try {
			if (process.getuid?.() !== 0) throw new Error('only root may make network namespaces');
			removeNetworks();
			made.build();
		} catch (error) {
			process.stdout.write(`skipped, no network namespaces: ${messageOf(error).split('\n')[0]}\n`);
			try {
				removeNetworks();
			} catch {
				// There is no `ip` here either.
			}
			return null;
		}
		process.on('exit', cleanUp);
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
		return made;
	}

	private build(): void {
		const machines = new Set(this.networks.flat());
		for (const name of [SWITCH, ...[...machines].map(spaceOf)]) ip('netns', 'add', name);
		for (const machine of machines) ip('-n', spaceOf(machine), 'link', 'set', 'lo', 'up');
		for (const [n, members] of this.networks.entries()) {
			const bridge = `br${n}`;
			ip('-n', SWITCH, 'link', 'add', bridge, 'type', 'bridge');
			ip('-n', SWITCH, 'link', 'set', bridge, 'up');
			for (const [i, machine] of members.entries()) {
				const [port, device, space] = [`port${n}x${i}`, `eth${n}`, spaceOf(machine)];
				const peer = ['type', 'veth', 'peer', 'name', device, 'netns', space];
				ip('-n', SWITCH, 'link', 'add', port, ...peer);
				ip('-n', SWITCH, 'link', 'set', port, 'master', bridge, 'up');
				ip('-n', space, 'addr', 'add', `${this.addressOf(machine, n)}/24`, 'dev', device);
				ip('-n', space, 'link', 'set', device, 'up');
			}
		}
	}

	/** Of a machine in one of its networks. */
	addressOf(machine: string, network = 0): string {
		const at = this.networks[network]?.indexOf(machine) ?? -1;
		if (at < 0) throw new Error(`${machine} is not in network ${network}`);
		return `10.77.${network}.${at + 1}`;
	}

	/** Plugs a machine into a network, or pulls its cable. */
	setUp(machine: string, isUp: boolean, network = 0): void {
		ip('-n', spaceOf(machine), 'link', 'set', `eth${network}`, isUp ? 'up' : 'down');
	}

	start(machine: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
		const child = spawn('ip', ['netns', 'exec', spaceOf(machine), ...command], {
			env: { ...process.env, NATS_URL: undefined, GRIDBEAT_WAIT_LIMIT_MS: WAIT_LIMIT_MS, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
			timeout: LIMIT_MS,
			killSignal: 'SIGKILL',
		});
		let said = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.on('data', (chunk: Buffer) => {
				said += chunk.toString();
			});
		}
		const ended = new Promise<number | null>((resolve) => {
			child.on('close', (code) => {
				running.delete(child);
				resolve(code);
			});
		});
		running.set(child, ended);
		return { said: () => said, kill: (signal = 'SIGKILL') => void child.kill(signal), ended };
	}

	/** Ends whatever still runs on the machines. */
	async stopAll(): Promise<void> {
		const all = [...running];
		for (const [child] of all) child.kill('SIGKILL');
		await Promise.all(all.map(([, ended]) => ended));
	}

	startNode(machine: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
		return this.start(machine, [process.execPath, '--enable-source-maps', ...args], env);
	}

	/** The command of ours, with this NATS server. */
	gridbeat(machine: string, args: readonly string[], nats: string): Running {
		return this.startNode(machine, [MAIN, ...args], { NATS_URL: nats });
	}

	/** A NATS server at a machine's addresses, once it is ready; with JetStream unless another one has that. */
	async startNats(
		machine: string,
		binary: string,
		args: readonly string[] = [],
		keeps = true,
	): Promise<Running> {
		const keep = keeps ? ['-js', '-sd', tempFolder()] : [];
		const server = this.start(machine, [binary, '-a', '0.0.0.0', '-p', '4222', ...keep, ...args]);
		await eventually('the server', () => /Server is ready/.test(server.said()) || null);
		return server;
	}
}

const spaceOf = (machine: string) => `${PREFIX}-${process.pid}-${machine}`;

/** Removes our namespaces with all in them, and those of test processes killed before they could. */
function removeNetworks(): void {
	for (const line of ip('netns', 'list').split('\n')) {
		const [, name, pid] = new RegExp(`^(${PREFIX}-(\\d+)-\\w+)`).exec(line) ?? [];
		if (name === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
		for (const inside of ip('netns', 'pids', name)
			.split('\n')
			.filter((text) => text !== '')) {
			if (isAlive(Number(inside))) process.kill(Number(inside), 'SIGKILL');
		}
		ip('netns', 'del', name);
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function cleanUp(): void {
	for (const child of running.keys()) child.kill('SIGKILL');
	removeNetworks();
}
