import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { type Hello, PROTOCOL_VERSION } from '../../protocol/messages.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import { Host } from '../actor/host.ts';
import { joinRun } from '../actor/join.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { findKind } from './kinds.ts';

const RETRY_MS = 200;
const JOIN_ATTEMPTS = 50;

/**
 * A process that runs actors of one run: `node main.js --nats URL --run ID --host NAME`. It lives as long
 * as its standard input is open, so it never outlives whoever started it, and leaves Ctrl-C to them.
 */
export async function runHostProcess(kinds: readonly string[]): Promise<void> {
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
	process.stdin.on('end', () => process.exit(1));
	process.stdin.on('error', () => process.exit(1));
	process.stdin.resume();
	try {
		const { values } = parseArgs({
			options: { nats: { type: 'string' }, run: { type: 'string' }, host: { type: 'string' } },
		});
		const { nats, run, host } = values;
		if (nats === undefined || run === undefined || host === undefined) {
			throw new ConfigError('Cannot start a host without --nats URL, --run ID and --host NAME');
		}
		const bus = await connectNats(nats, `${run}/${host}`);
		let attempts = 0;
		const welcome = await joinRun(bus, helloOf(host, kinds), {
			subject: runSubjects(run).hello,
			again: async () => {
				await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
				return ++attempts < JOIN_ATTEMPTS;
			},
		});
		const lost = bus.closed.then((reason) => {
			throw reason ?? new Error('the bus was closed');
		});
		const actors = new Host(bus, welcome);
		await Promise.race([actors.start(findKind), lost]);
		await Promise.race([actors.ended, lost]);
		await bus.close().catch(() => {});
		process.exit(0);
	} catch (error) {
		process.stderr.write(`${messageOf(error)}\n`);
		process.exit(error instanceof ConfigError ? 2 : 1);
	}
}

export function helloOf(host: string, kinds: readonly string[]): Hello {
	return {
		type: 'hello',
		version: PROTOCOL_VERSION,
		host,
		kinds: [...kinds],
		machine: hostname(),
		pid: process.pid,
	};
}
