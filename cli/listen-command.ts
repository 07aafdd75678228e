import { setTimeout as sleep } from 'node:timers/promises';
import type { Command as Commander } from 'commander';
import * as z from 'zod';
import { readNatsAccess } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';
import { type AskedRun, askRun } from './ask-run.ts';
import { eventOf } from './event-command.ts';
import { onInterruptions } from './interruptions.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import { say } from './say.ts';

/** Words between dots; the last may be a wildcard. */
const SUBJECT = /^[^\s.*>]+(\.([^\s.*>]+|\*))*(\.>)?$/;

/** Whether the run goes on is looked at so often. */
const LOOK_MS = 1_000;
/** A server that went away is waited for. */
const BACK_MS = 300_000;
/** Of a message; an event has some hundred bytes. */
const BYTES_MAX = 64 * 1024;

/** An event as a message has it: what `gridbeat event` takes. */
const Announcement = z.strictObject({
	id: z.string(),
	event: z.string(),
	from: z.string().exactOptional(),
	length: z.string().exactOptional(),
	announced: z.string().exactOptional(),
	watts: z.number().exactOptional(),
	usdPerKwh: z.number().exactOptional(),
	site: z.string().exactOptional(),
});

/** Adds `gridbeat listen`; `set` takes the exit code. */
export function addListen(
	gridbeat: Commander,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const command = gridbeat
		.command('listen')
		.description(
			'hand the events of the grid that come on a NATS subject to a run that you have started on this machine (docs/real-time.md)',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<subject>', 'where they come as JSON, such as grid.events');
	addNatsFlags(command).action((run: string, subject: string, options: object) =>
		set(listen(run, subject, options)),
	);
}

/** To the end of the run, or until somebody interrupts. */
async function listen(which: string, subject: string, options: object): Promise<number> {
	if (!SUBJECT.test(subject))
		throw new ConfigError(
			`Cannot listen to "${subject}": give a NATS subject, such as grid.events`,
		);
	const run = await askRun(which, 'steer');
	const over = new AbortController();
	const ignore = onInterruptions(() => over.abort());
	try {
		const access = readNatsAccess(natsEnv(options));
		const bus = await connectNats(access, `listen/${process.pid}`, say, BACK_MS);
		let lost: Error | null = null;
		void bus.closed.then((reason) => {
			lost = reason;
			over.abort();
		});
		bus.subscribe(subject, async (payload) => answerOf(await handOver(run, payload)));
		await bus.flush();
		say(`Listening to "${subject}" for the run "${run.run}"`);
		await untilOver(run, over.signal);
		if (lost !== null)
			throw new SimulationError(`Cannot listen to "${subject}" any more: ${messageOf(lost)}`);
		await bus.close().catch(() => {});
		return EXIT.done;
	} finally {
		ignore();
		await run.close();
	}
}

/** @returns why the event was not taken, or null */
async function handOver(run: AskedRun, payload: Uint8Array): Promise<string | null> {
	try {
		const { id, event, ...about } = announcementIn(payload);
		const what = eventOf(id, event, about);
		await run.ask({ type: 'control', command: 'act', by: 'grid', what }, 'ok');
		say(`Announced ${event} "${id}"`);
		return null;
	} catch (error) {
		say(messageOf(error));
		return messageOf(error);
	}
}

function announcementIn(payload: Uint8Array): z.infer<typeof Announcement> {
	if (payload.byteLength > BYTES_MAX)
		throw new ConfigError(`Cannot announce ${payload.byteLength} bytes: give ${BYTES_MAX} at most`);
	let value: unknown;
	try {
		value = JSON.parse(Buffer.from(payload).toString('utf8'));
	} catch {
		throw new ConfigError('Cannot announce a message that is not JSON');
	}
	const parsed = Announcement.safeParse(value, PLAINLY);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const where = issue?.path.join('.') || 'the message';
	throw new ConfigError(`Cannot announce an event: ${where}: ${issue?.message}`);
}

/** For whoever asked with a request. */
function answerOf(refusal: string | null): Uint8Array {
	const answer = refusal === null ? { ok: true } : { error: refusal };
	return Buffer.from(JSON.stringify(answer));
}

async function untilOver(run: AskedRun, signal: AbortSignal): Promise<void> {
	while (!signal.aborted) {
		await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
		try {
			if (!signal.aborted) await run.ask({ type: 'control', command: 'status' }, 'run-state');
		} catch (error) {
			if (!(error instanceof SimulationError)) throw error;
			say(`The run "${run.run}" is over`);
			return;
		}
	}
}
