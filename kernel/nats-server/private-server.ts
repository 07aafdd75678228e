import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../protocol/errors.ts';
import { accessTo, type NatsAccess } from '../bus/nats-access.ts';
import { makeNkey } from '../bus/nkey.ts';
import { handshake } from './handshake.ts';
import { lastLine, runCommand } from './run-command.ts';
import { SERVER_LOG, startWatched, type Watched, type WatchedCommand } from './watchdog.ts';

/** A NATS server of our own on 127.0.0.1, with JetStream, gone when we are. It lets in nobody but us. */
export interface PrivateServer {
	readonly url: string;
	/** The only login that the server accepts. */
	readonly access: NatsAccess;
	/** The process id of nats-server; null when it runs in a container. */
	readonly pid: number | null;
	/** Ends the server and removes its folder. May be called twice. */
	stop(): Promise<void>;
	/** Settles, with the last lines of the log, only if the server ends without `stop` having been called. */
	readonly died: Promise<string>;
}

export interface PrivateOptions {
	/** Where the server's folder (JetStream store, log) is made; default: the system's temporary folder. */
	readonly tempRoot?: string;
	/** Default: a free port chosen by the system. */
	readonly port?: number;
	/** How long the server may take until it answers. */
	readonly startLimitMs?: number;
}

/** The largest message: a window's block of readings or a chunk of a snapshot stays below it. */
export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
/** What may wait in the server for one of our processes; with the usual 64 MiB it drops a recorder on a slow disk. */
const MAX_PENDING_BYTES = 1024 * 1024 * 1024;
/** How long one write to one of our processes may take; with the usual 10 s it drops whoever does not read meanwhile. */
const WRITE_DEADLINE = '600s';
const START_LIMIT_MS = 10_000;
/** The image may have to be pulled first. */
const DOCKER_START_LIMIT_MS = 180_000;
const POLL_MS = 15;
const GREETING_LIMIT_MS = 2000;

/**
 * Starts the nats-server at `binaryPath`: on loopback, and with a login of its own, since every user of this machine
 * reaches loopback. The login is a key pair: the server is given the public part alone, so that no secret is in a
 * file, in an argument or in the environment of a process.
 *
 * @throws ConfigError with the end of the server's log if it does not answer in time
 */
export async function startPrivate(
	binaryPath: string,
	options: PrivateOptions = {},
): Promise<PrivateServer> {
	const folder = makeFolder(options.tempRoot);
	const { seed, publicKey } = makeNkey();
	const lines = [
		`listen: ${JSON.stringify(`127.0.0.1:${options.port ?? -1}`)}`,
		`ports_file_dir: ${JSON.stringify(folder)}`,
		`jetstream { store_dir: ${JSON.stringify(join(folder, 'jetstream'))} }`,
		loginLine(publicKey),
	];
	return start({
		named: `nats-server "${binaryPath}"`,
		watched: { folder, command: binaryPath, args: ['-c', writeConfig(folder, lines)] },
		seed,
		limitMs: options.startLimitMs ?? START_LIMIT_MS,
		find: async () => readPortsFile(folder),
	});
}

/**
 * Starts nats-server in a container of the official image, for machines where no binary can be had.
 *
 * @throws ConfigError with the end of docker's output if it does not answer in time
 */
export async function startInDocker(
	dockerPath: string,
	options: PrivateOptions = {},
): Promise<PrivateServer> {
	const folder = makeFolder(options.tempRoot);
	const { seed, publicKey } = makeNkey();
	const jetStream = 'jetstream { store_dir: "/tmp/jetstream" }';
	const config = writeConfig(folder, ['port: 4222', jetStream, loginLine(publicKey)]);
	const name = `gridbeat-nats-${randomUUID()}`;
	const args = ['run', '--rm', '--name', name, '-p', `127.0.0.1:${options.port ?? ''}:4222`];
	return start({
		named: 'nats-server in docker',
		watched: {
			folder,
			command: dockerPath,
			args: [...args, '-v', `${config}:/gridbeat.conf:ro`, 'nats:2', '-c', '/gridbeat.conf'],
			lastResort: `'${dockerPath.replaceAll("'", "'\\''")}' kill ${name}`,
		},
		seed,
		limitMs: options.startLimitMs ?? DOCKER_START_LIMIT_MS,
		async find() {
			const { code, output } = await runCommand(dockerPath, ['port', name, '4222'], {
				limitMs: 10_000,
			});
			const port = code === 0 ? /:(\d+)\s*$/m.exec(output)?.[1] : undefined;
			return port === undefined ? null : { url: `nats://127.0.0.1:${port}`, pid: null };
		},
	});
}

/** How long a process may take to log in, once it is connected: the server's own 2 s are not enough on a busy machine. */
const LOGIN_LIMIT_S = 120;

function loginLine(publicKey: string): string {
	return `authorization { timeout: ${LOGIN_LIMIT_S}, users: [ { nkey: ${publicKey} } ] }`;
}

function makeFolder(tempRoot: string | undefined): string {
	return mkdtempSync(join(tempRoot ?? tmpdir(), 'gridbeat-nats-'));
}

function writeConfig(folder: string, lines: readonly string[]): string {
	const path = join(folder, 'nats.conf');
	const limits = [
		`max_payload: ${MAX_PAYLOAD_BYTES}`,
		`max_pending: ${MAX_PENDING_BYTES}`,
		`write_deadline: "${WRITE_DEADLINE}"`,
	];
	writeFileSync(path, `${[...lines, ...limits].join('\n')}\n`);
	return path;
}

interface Address {
	readonly url: string;
	readonly pid: number | null;
}

interface StartPlan {
	/** How messages call the server. */
	readonly named: string;
	readonly watched: WatchedCommand;
	/** The secret part of the login. */
	readonly seed: string;
	readonly limitMs: number;
	/** Where the server listens, or null if it is not known yet. */
	find(): Promise<Address | null>;
}

async function start(plan: StartPlan): Promise<PrivateServer> {
	const watched = startWatched(plan.watched);
	let endedEarly = false;
	const ended = watched.ended.then((end) => {
		endedEarly = true;
		return end;
	});
	const deadlineMs = performance.now() + plan.limitMs;
	while (performance.now() < deadlineMs && !endedEarly) {
		const address = await plan.find();
		if (address !== null && (await handshake(hostPort(address.url), GREETING_LIMIT_MS)).ok) {
			return makeServer(address, plan.seed, watched);
		}
		await sleep(POLL_MS);
	}
	if (endedEarly) {
		const { code, log } = await ended;
		throw new ConfigError(
			`Cannot start ${plan.named}: it ended with code ${code}: ${reasonIn(log)}`,
		);
	}
	const log = readLog(plan.watched.folder);
	await watched.stop();
	throw new ConfigError(
		`Cannot start ${plan.named}: no answer within ${plan.limitMs / 1000} s: ${reasonIn(log)}`,
	);
}

function hostPort(url: string): string {
	return url.replace(/^.*:\/\//, '');
}

function makeServer(address: Address, seed: string, watched: Watched): PrivateServer {
	let stopped: Promise<void> | null = null;
	return {
		...address,
		access: { ...accessTo(address.url), login: { type: 'nkey', seed } },
		stop() {
			stopped ??= watched.stop();
			return stopped;
		},
		died: new Promise((resolve) => {
			void watched.ended.then(({ log }) => stopped === null && resolve(log));
		}),
	};
}

/** nats-server writes `<program>_<pid>.ports` when it listens. */
function readPortsFile(folder: string): Address | null {
	if (!existsSync(folder)) return null;
	const name = readdirSync(folder).find((file) => file.endsWith('.ports'));
	const pid = name === undefined ? undefined : /_(\d+)\.ports$/.exec(name)?.[1];
	if (name === undefined || pid === undefined) return null;
	try {
		const ports = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { nats?: string[] };
		const url = ports.nats?.[0];
		return url === undefined ? null : { url, pid: Number(pid) };
	} catch {
		// It is being written, or its folder was removed after the server's death.
		return null;
	}
}

function readLog(folder: string): string {
	try {
		return readFileSync(join(folder, SERVER_LOG), 'utf8');
	} catch {
		return '';
	}
}

/** The lines of a log that tell most, in one line: errors if there are any, else the last line. */
function reasonIn(log: string): string {
	const errors = log.split('\n').filter((line) => /\[(FTL|ERR)\]/.test(line));
	if (errors.length === 0) return lastLine(log);
	return errors
		.slice(-3)
		.map((line) => line.replace(/^.*\[(?:FTL|ERR)\] */, '').trim())
		.join(', ');
}
