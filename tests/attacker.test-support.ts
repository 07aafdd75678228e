import { pack, unpack } from 'msgpackr';
import type { Prng } from '../kernel/actor/random.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { makeRunKey } from '../kernel/bus/keys.ts';
import { Seal } from '../kernel/bus/seal.ts';
import { columnsToBytes, encode } from '../protocol/codec.ts';
import { MESSAGES, type Message, type OutputsMessage } from '../protocol/messages.ts';
import { CONTROLS, SUBJECTS, subjects } from './hostile-run.test-support.ts';
import { RandomMessages } from './random-messages.test-support.ts';

/** A message on its way: what a stranger can record, and send. */
interface Sent {
	readonly subject: string;
	readonly bytes: Uint8Array;
}

const KINDS = Object.keys(MESSAGES);
/** Kinds that somebody takes, by subject. */
const TAKEN: readonly (readonly [RegExp, readonly string[]])[] = [
	[/\.host\./, ['wired', 'restore', 'grant', 'stop', 'replaced']],
	[/\.status\./, ['status']],
	[/\.hello$/, ['hello']],
	[/\.ready$/, ['ready', 'failed', 'presence']],
	[/\.(loop|block)\./, ['outputs']],
];
const RECORDED_MAX = 200;
const SEAL_BYTES = 32;

/** All that was sent, as it was on the wire: whoever uses the server can have it. */
export class Recording {
	readonly all: Sent[] = [];

	/** The bus with an ear on what is sent by it. */
	of(bus: Bus): Bus {
		const note = (subject: string, bytes: Uint8Array) => {
			if (this.all.length >= RECORDED_MAX) this.all.splice(Math.floor(RECORDED_MAX / 2), 1);
			this.all.push({ subject, bytes: Uint8Array.from(bytes) });
		};
		return {
			maxBytes: bus.maxBytes,
			publish(subject, bytes) {
				note(subject, bytes);
				bus.publish(subject, bytes);
			},
			request(subject, bytes, timeoutMs, options) {
				note(subject, bytes);
				return bus.request(subject, bytes, timeoutMs, options);
			},
			subscribe: (subject, handler) => bus.subscribe(subject, handler),
			openStore: (name, options) => bus.openStore(name, options),
			openQueue: (name, options) => bus.openQueue(name, options),
			findQueues: () => bus.findQueues(),
			flush: () => bus.flush(),
			close: () => bus.close(),
			closed: bus.closed,
		};
	}
}

/**
 * Makes hostile messages of every kind, the same ones for the same random stream. Each is one that must be refused and
 * counted: what would be right in form and in phase is made only where messages are sealed.
 */
export class Attacker {
	private readonly random: Prng;
	private readonly recording: Recording;
	private readonly isSealed: boolean;
	private readonly wrongSeal = new Seal(makeRunKey());
	private readonly messages: RandomMessages;

	constructor(random: Prng, recording: Recording, isSealed: boolean) {
		this.random = random;
		this.recording = recording;
		this.isSealed = isSealed;
		this.messages = new RandomMessages(random, ['A', 'B', 'C', 'D']);
	}

	next(): Sent {
		const kinds = [
			() => this.garbage(),
			() => this.cut(),
			() => this.wrongType(),
			() => this.wrongField(),
			() => this.outOfPhase(),
			() => this.replay(),
			() => this.elsewhere(),
			() => this.anyKind(),
			() => this.bomb(),
			...(this.isSealed ? [() => this.forged(), () => this.flipped()] : []),
		];
		for (;;) {
			const sent = this.pick(kinds)();
			if (sent !== null) return sent;
		}
	}

	private int(below: number): number {
		return Math.floor(this.random.uniform() * below);
	}

	private pick<T>(from: readonly T[]): T {
		return from[this.int(from.length)] as T;
	}

	/** Something that was sent, but questions that anybody may ask. */
	private recorded(): Sent & { readonly message: Record<string, unknown> } {
		for (;;) {
			const { subject, bytes } = this.pick(this.recording.all);
			const isSealed = this.isSealed || subject === subjects.hello;
			const payload = isSealed ? bytes.subarray(0, bytes.length - SEAL_BYTES) : bytes;
			const message = unpack(payload) as Record<string, unknown>;
			if (message['type'] !== 'status') return { subject, bytes, message };
		}
	}

	private garbage(): Sent {
		const bytes = Uint8Array.from({ length: this.int(150) }, () => this.int(256));
		return { subject: this.pick(SUBJECTS), bytes };
	}

	private cut(): Sent {
		const { subject, bytes } = this.recorded();
		return { subject, bytes: bytes.subarray(0, this.int(bytes.length)) };
	}

	private wrongType(): Sent {
		const types = ['ok', 'refused', 'stopped', 'job', 'no such type', '\x1b[2J', '__proto__'];
		const bytes = pack({ type: this.pick(types), reason: '\u202e', retry: true });
		return { subject: this.pick(SUBJECTS), bytes };
	}

	private wrongField(): Sent {
		const { subject, message } = this.recorded();
		const fields = Object.keys(message).filter((name) => name !== 'version');
		const values = [{ $: 1 }, Number.NaN, [[[]]], 'x'.repeat(this.int(2_000)), 2 ** 60, -1.5];
		return {
			subject,
			bytes: pack({ ...message, [this.pick(fields)]: this.pick(values), extra: 1 }),
		};
	}

	private outOfPhase(): Sent {
		const host = subjects.host(this.pick(['A', 'B', 'C', 'D']), 0);
		const far = 1_000 + this.int(1_000);
		const grant = {
			type: 'grant',
			attempt: 0,
			window: 0,
			fromUs: 0,
			untilUs: 2,
			keep: false,
		} as const;
		const failed = { type: 'failed', timeUs: 0, cause: 'simulation', message: '\x1b[2J' } as const;
		const stop = { type: 'stop', outcome: 'failed', reason: '' } as const;
		const messages: readonly (readonly [string, Message])[] = [
			[host, { type: 'wired', components: [] }],
			[host, { type: 'wired', components: [['D'], ['C'], ['B', 'A']] }],
			[host, { ...grant, window: far }],
			[host, { ...grant, attempt: 1 }],
			[host, { ...grant, untilUs: far }],
			[host, { ...stop, simulatedUntilUs: far }],
			[host, { ...stop, outcome: 'complete', simulatedUntilUs: 0 }],
			[subjects.ready, { ...failed, host: 'A', actor: 'A' }],
			[subjects.ready, { ...failed, host: 'stranger', actor: null }],
			[subjects.ready, { type: 'ready', host: 'A', seat: 0, actors: [] }],
			...CONTROLS.map((control) => [subjects.control, control] as const),
		];
		if (this.int(2) === 0) return this.readings();
		const [subject, message] = this.pick(messages);
		return { subject, bytes: encode(message) };
	}

	/** Readings that do not fit, with any number. */
	private readings(): Sent {
		const subject = this.pick(SUBJECTS.filter((one) => /\.(loop|block)\./.test(one)));
		const [, actor = '', name = 'out'] = /\.(?:loop|block)\.(\w+)(?:\.(\w+))?$/.exec(subject) ?? [];
		const times = [Number.NaN, -1, Number.POSITIVE_INFINITY];
		const port = { port: name, untilUs: 1e9, columns: floats(this.pick(times), 999) };
		const wrong: Partial<OutputsMessage> = this.pick([
			{ ports: [port] },
			{ actor: 'Z', ports: [{ ...port, columns: floats(1e6, 999) }] },
			{ attempt: 1, ports: [{ ...port, columns: floats(1e6, 999) }] },
			{ ports: [{ ...port, columns: floats(1e6, 1, 2) }] },
			{ ports: [{ ...port, port: 'stranger' }] },
			{ ports: [] },
		]);
		const message: OutputsMessage = {
			...{ type: 'outputs', attempt: 0, actor, seq: this.int(60), ports: [] },
			...wrong,
		};
		return { subject, bytes: encode(message) };
	}

	private replay(): Sent {
		const { subject, bytes } = this.recorded();
		return { subject, bytes };
	}

	/** A message of any kind of the protocol, right in form; without seals only where nobody takes that kind. */
	private anyKind(): Sent | null {
		const [subject, kind] = [this.pick(SUBJECTS), this.pick(KINDS)];
		const takes = TAKEN.find(([pattern]) => pattern.test(subject))?.[1] ?? [];
		if (!this.isSealed && takes.includes(kind)) return null;
		// Questions that anybody may ask, and hellos, which the door answers.
		if ((kind === 'status' || kind === 'hello') && takes.includes(kind)) return null;
		const bytes = pack(this.messages.of(kind));
		const isSealed = this.isSealed && this.int(2) === 0;
		return { subject, bytes: isSealed ? this.wrongSeal.close(subject, bytes) : bytes };
	}

	/** What would need much room or many calls to read, and now and then has much itself. */
	private bomb(): Sent {
		const heads = [[0xdd], [0xdf], [0xdb], [0xc6], [0xc9]].map((head) => [
			...head,
			255,
			255,
			255,
			255,
		]);
		const deep = Array<number>(2_000).fill(0x91);
		const large = () => pack({ type: 'control', command: 'x'.repeat(100_000) });
		const bytes = this.int(50) === 0 ? large() : Uint8Array.from(this.pick([...heads, deep]));
		return { subject: this.pick(SUBJECTS), bytes };
	}

	/** A real message on another subject; without seals not on one where it would be right. */
	private elsewhere(): Sent | null {
		const { bytes, subject: own, message } = this.recorded();
		const subject = this.pick(SUBJECTS);
		if (subject === own) return null;
		if (!this.isSealed && subject.includes(`.${String(message['actor'])}`)) return null;
		return { subject, bytes };
	}

	/** Right in form and in phase, but for the seal: anything that a host or the coordinator could say next. */
	private forged(): Sent {
		const { subject, message } = this.recorded();
		const next: Record<string, unknown> = { ...message };
		for (const key of ['seq', 'window', 'untilUs', 'fromUs'])
			if (typeof next[key] === 'number') next[key] = (next[key] as number) + this.int(3);
		const bytes = pack(next);
		const isSealed = this.int(2) === 0;
		return { subject, bytes: isSealed ? this.wrongSeal.close(subject, bytes) : bytes };
	}

	private flipped(): Sent {
		const { subject, bytes } = this.recorded();
		const changed = Uint8Array.from(bytes);
		const at = this.int(changed.length);
		changed[at] = (changed[at] as number) ^ (1 << this.int(8));
		return { subject, bytes: changed };
	}
}

function floats(...values: number[]): Uint8Array<ArrayBuffer> {
	return columnsToBytes(new Float64Array(values));
}
