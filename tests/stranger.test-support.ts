import { headers, type NatsConnection } from '@nats-io/transport-node';
import { decode, encode } from '../protocol/codec.ts';
import type { Message } from '../protocol/messages.ts';
import { runSubjects } from '../protocol/subjects.ts';

/** What a stranger did on a server that they share with a run. */
export interface Deeds {
	/** Messages of each sort that they sent. */
	readonly sent: Map<string, number>;
	/** Subjects of the run that they saw. */
	readonly subjects: Set<string>;
	/** All bytes that they read, for secrets that should not be there. */
	readonly read: Uint8Array[];
}

const REPLAYS_MAX = 3_000;

/**
 * Somebody who uses the same NATS server and does what they can to each message that they see: sends it again, answers
 * in the place of who is asked (with forged answers, and with the word that nobody is there), and sends forged messages
 * to everybody whose subject they learn.
 *
 * @param loot a folder of theirs, into which a recorder of the run is to be led
 */
export function attack(connection: NatsConnection, loot: string): Deeds {
	const deeds: Deeds = { sent: new Map(), subjects: new Set(), read: [] };
	const send = (what: string, subject: string, bytes: Uint8Array, reply?: string) => {
		deeds.sent.set(what, (deeds.sent.get(what) ?? 0) + 1);
		connection.publish(subject, bytes, reply === undefined ? {} : { reply });
	};
	let replays = 0;
	connection.subscribe('>', {
		callback: (error, { subject, data, reply }) => {
			if (error !== null) return;
			const bytes = new Uint8Array(data);
			if (deeds.read.length < REPLAYS_MAX) deeds.read.push(bytes);
			if (replays++ < REPLAYS_MAX) send('again', subject, bytes, reply);
			if (replays < REPLAYS_MAX) send('cut', subject, bytes.subarray(0, bytes.length - 1), reply);
			const run = /^gridbeat\.run\.([^.]+)\./.exec(subject)?.[1];
			if (run === undefined) return;
			deeds.subjects.add(subject);
			if (reply !== undefined && reply !== '') {
				for (const answer of forgedAnswers(run, subject, bytes, loot))
					send(`answer ${answer.type}`, reply, encode(answer));
				connection.publish(reply, new Uint8Array(), { headers: headers(503, 'No Responders') });
			}
			for (const [to, message] of forgedMessages(run, subject))
				if (replays < REPLAYS_MAX) send(message.type, to, encode(message));
		},
	});
	return deeds;
}

/** Answers in the place of a coordinator or a host. */
function forgedAnswers(run: string, subject: string, bytes: Uint8Array, loot: string): Message[] {
	const host = /\.host\.(.+)$/.exec(subject)?.[1] ?? 'recorder';
	const refusals = { count: 0, duplicates: 0, named: [] };
	const failed = {
		timeUs: null,
		cause: 'simulation',
		message: '\u001b[31mforged\u001b[0m',
	} as const;
	return [
		{ type: 'refused', reason: 'go away', retry: false },
		{ type: 'challenge', run, nonce: new Uint8Array(16) },
		forgedWelcome(run, nameIn(bytes) ?? host, loot),
		{ type: 'ok' },
		{ type: 'done', host, attempt: 0, window: 0, steps: 1, kept: null, refusals },
		{ type: 'failed', host, actor: host, ...failed },
		{ type: 'stopped', host, refusals },
		{ type: 'status-report', carriesOut: 'grant', host, actors: [] },
	];
}

/** A place for the recorder, in which it writes where the stranger likes. */
function forgedWelcome(run: string, host: string, loot: string): Message {
	const config = { folder: loot, metadata: {} };
	return {
		...{ type: 'welcome', version: 3, run, host, seat: 0, seed: '1' },
		untilUs: 3_600_000_000,
		actors: [{ name: 'recorder', kind: 'recorder', host, config }],
		...{ wires: [], messageKey: null },
	};
}

function nameIn(hello: Uint8Array): string | null {
	try {
		return decode(hello.subarray(0, hello.length - 32), 'hello').host;
	} catch {
		return null;
	}
}

/** Messages to everybody whose subject is known, each out of the blue. */
function forgedMessages(run: string, seen: string): [string, Message][] {
	const subjects = runSubjects(run);
	const forever = { attempt: 0, window: 0, fromUs: 0, untilUs: 3_600_000_000 };
	const failed = { actor: null, timeUs: null, cause: 'simulation', message: 'forged' } as const;
	const to: [string, Message][] = [
		[subjects.control, { type: 'control', command: 'stop' }],
		[subjects.control, { type: 'control', command: 'pause' }],
		[subjects.control, { type: 'control', command: 'pace', factor: 1e-300 }],
		[subjects.ready, { type: 'failed', host: 'recorder', seat: 0, ...failed }],
		[subjects.ready, { type: 'ready', host: 'recorder', seat: 0, actors: [] }],
		[subjects.progress, { type: 'progress', actor: 'recorder', timeUs: 1, values: { loadW: 1e9 } }],
	];
	if (seen.includes('.host.')) {
		to.push(
			[seen, { type: 'wired', components: [] }],
			[seen, { type: 'grant', ...forever, keep: true }],
			[seen, { type: 'restore', attempt: 9, window: 0, fromUs: 0, objects: [] }],
			[seen, { type: 'stop', outcome: 'complete', reason: 'forged', simulatedUntilUs: 0 }],
			[seen, { type: 'status' }],
		);
	}
	const actor = /\.(?:loop|block)\.([^.]+)/.exec(seen)?.[1];
	if (actor !== undefined)
		to.push([seen, { type: 'outputs', attempt: 0, actor, seq: 0, ports: [] }]);
	return to;
}
