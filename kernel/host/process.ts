import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PROTOCOL_VERSION, Program } from '../../protocol/messages.ts';
import { OwnModule } from '../../protocol/own-module.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { Refusals } from '../../protocol/refusals.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { Outside } from '../actor/contract.ts';
import { Host } from '../actor/host.ts';
import { type Applicant, joinRun } from '../actor/join.ts';
import type { FindKind } from '../actor/make-actor.ts';
import type { Bus } from '../bus/bus.ts';
import { NatsAccess } from '../bus/nats-access.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { sealIf } from '../bus/sealed-bus.ts';
import { eventLoop } from './event-loop.ts';
import { confined } from './own-paths.ts';

const RETRY_MS = 200;
const JOIN_ATTEMPTS = 50;
const CONNECT_ATTEMPTS = 5;

/**
 * What the process of a host must know to join its run, as one line of JSON on its standard input: arguments and
 * environment of a process can be read by others, or are handed on.
 */
export const HostTicket = z.strictObject({
	nats: NatsAccess,
	/** The place key of the host, in base64. */
	placeKey: z.base64(),
	/** What the leading process runs; it starts us from the same files. */
	program: Program,
	/** The folder of the run: a recorder here writes nowhere else. */
	folder: z.string().min(1),
	/** Modules of the user's that may be loaded. */
	modules: z.array(OwnModule),
	/** What feeds of its actors log in with, by variables of the environment that it does not have; left out: nothing more. */
	feedKeys: z.record(z.string(), z.string()).exactOptional(),
});
export type HostTicket = z.infer<typeof HostTicket>;

/**
 * A process that runs actors of one run: `node main.js --run ID --host NAME`, with a HostTicket on its standard input.
 * It lives as long as that input is open, so it never outlives whoever started it, and leaves Ctrl-C to them.
 *
 * @param kinds those that it says it can run
 * @param kindsWith finds them, and the user's own among the modules of the ticket
 */
export async function runHostProcess(
	kinds: readonly string[],
	kindsWith: (modules: readonly OwnModule[]) => FindKind,
): Promise<void> {
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
	try {
		const { values } = parseArgs({
			options: { run: { type: 'string' }, host: { type: 'string' } },
		});
		const { run, host } = values;
		if (run === undefined || host === undefined) {
			throw new ConfigError('Cannot start a host without --run ID and --host NAME');
		}
		const ticket = parseTicket(await firstLine());
		// Where feeds read it; it came in no other way, and nobody is started here that would have it too.
		Object.assign(process.env, ticket.feedKeys);
		await beHost({ run, host, kinds, kindsWith }, ticket);
		process.exit(0);
	} catch (error) {
		process.stderr.write(`${plainText(messageOf(error))}\n`);
		process.exit(error instanceof ConfigError ? 2 : 1);
	}
}

/** A host as it is made, wherever that is. */
export interface HostPlace {
	readonly run: string;
	readonly host: string;
	/** Kinds that it says it can run. */
	readonly kinds: readonly string[];
	/** Finds them, and the user's own among modules. */
	readonly kindsWith: (modules: readonly OwnModule[]) => FindKind;
	/** What its actors meet beside the simulation. */
	readonly outside?: Outside;
	/** Aborted: it ends now, in the middle of whatever it does. */
	readonly signal?: AbortSignal;
}

/**
 * Joins a run as one of its hosts, and is that until the run's end.
 *
 * @throws ConfigError where it may not join, LostError where its place is another one's or the server is gone
 */
export async function beHost(place: HostPlace, ticket: HostTicket): Promise<void> {
	const { run, host, kinds, kindsWith, outside, signal } = place;
	const { nats, placeKey, program, folder, modules } = ticket;
	const bus = await connectPatiently(nats, `${run}/${host}`);
	const opened = [bus];
	try {
		let attempts = 0;
		const { welcome, messageKey } = await joinRun(bus, applicant(host, kinds, program), {
			subject: runSubjects(run).hello,
			secret: Buffer.from(placeKey, 'base64'),
			isSecret: true,
			again: async () => {
				await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
				return ++attempts < JOIN_ATTEMPTS && signal?.aborted !== true;
			},
		});
		const statusBus = await connectPatiently(nats, `${run}/${host}/status`);
		opened.push(statusBus);
		const closed = [bus.closed, statusBus.closed, ...(signal === undefined ? [] : [after(signal)])];
		const lost = Promise.race(closed).then((reason) => {
			throw reason ?? new Error('the bus was closed');
		});
		const refusals = new Refusals();
		const seal = (one: Bus) => sealIf(one, messageKey, (dropped) => refusals.refuse(dropped));
		const actors = new Host(seal(bus), welcome, {
			...{ refusals, breather: eventLoop, statusBus: seal(statusBus) },
			...(outside === undefined ? {} : { outside }),
			stopwatchMs: () => performance.now(),
			memoryBytes: () => process.memoryUsage.rss(),
			sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
		});
		const own = { writes: folder, reads: null };
		await Promise.race([actors.start(confined(kindsWith(modules), own)), lost]);
		await Promise.race([actors.ended, lost]);
	} finally {
		await Promise.all(opened.map((one) => one.close().catch(() => {})));
	}
}

function after(signal: AbortSignal): Promise<Error> {
	return new Promise((resolve) => {
		const end = () => resolve(new Error('it was ended'));
		if (signal.aborted) end();
		else signal.addEventListener('abort', end, { once: true });
	});
}

/** Whoever started us is connected to the server: one that does not answer in time is busy. */
async function connectPatiently(nats: NatsAccess, name: string): Promise<Bus> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await connectNats(nats, name);
		} catch (error) {
			if (attempt === CONNECT_ATTEMPTS) throw error;
			await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
		}
	}
}

const TICKET_LENGTH_MAX = 1024 * 1024;

/** The first line of standard input; the end of it, then or later, ends this process. */
function firstLine(): Promise<string> {
	process.stdin.on('end', () => process.exit(1));
	process.stdin.on('error', () => process.exit(1));
	return new Promise((resolve) => {
		let text = '';
		const onData = (chunk: Buffer) => {
			text += chunk.toString('utf8');
			if (!text.includes('\n') && text.length < TICKET_LENGTH_MAX) return;
			process.stdin.off('data', onData);
			process.stdin.resume();
			resolve(text.slice(0, text.indexOf('\n')));
		};
		process.stdin.on('data', onData);
	});
}

/** @throws ConfigError without quoting the line: it holds secrets */
function parseTicket(line: string): HostTicket {
	let value: unknown = null;
	try {
		value = JSON.parse(line);
	} catch {
		// Told below, like what is JSON and no ticket.
	}
	const ticket = HostTicket.safeParse(value, PLAINLY);
	if (ticket.success) return ticket.data;
	throw new ConfigError(
		`Cannot start a host: its standard input does not say how to join at "${ticket.error.issues[0]?.path.join('.')}"`,
	);
}

/** What this process says of itself in a hello. @param offer of a worker: how much it takes, and what it is */
export function applicant(
	host: string,
	kinds: readonly string[],
	program: Program,
	offer: Pick<Applicant, 'capacity' | 'labels'> = {},
): Applicant {
	return {
		...offer,
		type: 'hello',
		version: PROTOCOL_VERSION,
		host,
		kinds: [...kinds],
		machine: hostname(),
		pid: process.pid,
		program,
	};
}
