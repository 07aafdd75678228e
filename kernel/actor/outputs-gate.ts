import { bytesToColumns } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import { FOREVER_US, type SimTime } from '../../protocol/time.ts';

/** A port as it is expected on a subject. */
export interface ExpectedPort {
	readonly actor: string;
	readonly port: string;
	/** Fields of a row. */
	readonly fields: number;
}

/** What a gate says of a message. */
export type GateVerdict =
	/** Its columns by port; ports of others among them are left out. */
	| { readonly type: 'pass'; readonly ports: readonly PassedPort[] }
	| { readonly type: 'duplicate'; readonly reason: string }
	| { readonly type: 'refuse'; readonly reason: string }
	/** It is of an attempt before: whoever goes back leaves such on their way. */
	| { readonly type: 'stale' }
	/** So many messages before it are missing. */
	| { readonly type: 'gap'; readonly lost: number };

export interface PassedPort {
	readonly actor: string;
	readonly port: string;
	readonly untilUs: SimTime;
	/** Null without rows. */
	readonly columns: Float64Array | null;
}

interface PortState extends ExpectedPort {
	/** Nothing more comes before this. */
	untilUs: SimTime;
	/** Time of its last row. */
	rowUs: SimTime;
	/** Number of the check that has seen it last. */
	seen: number;
}

/** An actor that may be heard on a subject. */
interface Voice {
	readonly ports: ReadonlyMap<string, PortState>;
	/** Number of the check that has heard it last, and how many of its ports. */
	heard: number;
	count: number;
}

/**
 * Lets through what may be said next on one data subject: messages by their number, each with rows that do not go back
 * in time and promises that do not either. Its checks cost a few comparisons a port and one a row.
 */
export class OutputsGate {
	private readonly speaker: string;
	private readonly voices: ReadonlyMap<string, Voice>;
	private readonly ports: readonly PortState[];
	/** Only these ports are said here; false on a loop's subject, where ports for other hosts come along. */
	private readonly isClosed: boolean;
	private seq = 0;
	private checks = 0;

	/** @param speaking the actors whose messages these are, the one that speaks for all first */
	constructor(speaking: readonly string[], ports: readonly ExpectedPort[], isClosed: boolean) {
		this.speaker = speaking[0] as string;
		this.isClosed = isClosed;
		this.ports = ports.map((port) => ({ ...port, untilUs: 0, rowUs: 0, seen: 0 }));
		const states = new Map(speaking.map((name) => [name, new Map<string, PortState>()]));
		for (const state of this.ports) states.get(state.actor)?.set(state.port, state);
		this.voices = new Map(
			[...states].map(([name, own]) => [name, { ports: own, heard: 0, count: 0 }]),
		);
	}

	/** Takes a message in if it may come now. */
	take(message: OutputsMessage, attempt: number): GateVerdict {
		const { actor, seq } = message;
		if (actor !== this.speaker) return refuse(`it is of "${actor}", not of "${this.speaker}"`);
		if (message.attempt < attempt) return { type: 'stale' };
		if (message.attempt > attempt)
			return refuse(`it is of attempt ${message.attempt}, not ${attempt}`);
		if (seq < this.seq)
			return { type: 'duplicate', reason: `message ${seq} of "${actor}" came again` };
		const passed: (PassedPort & { readonly state: PortState })[] = [];
		const reason = this.check(message.ports, passed);
		if (reason !== null) return refuse(`message ${seq} of "${actor}" ${reason}`);
		if (seq > this.seq) return { type: 'gap', lost: seq - this.seq };
		this.seq++;
		for (const { state, untilUs, columns } of passed) {
			state.untilUs = untilUs;
			if (columns !== null) state.rowUs = lastTime(columns, state.fields);
		}
		return { type: 'pass', ports: passed };
	}

	/** What comes next is the first message after all was said before `windowStartUs`. */
	beginAt(windowStartUs: SimTime): void {
		this.seq = 0;
		for (const state of this.ports) {
			state.untilUs = windowStartUs;
			state.rowUs = 0;
		}
	}

	/** Null if every port may say this, and then `passed` has those that are expected. */
	private check(
		ports: OutputsMessage['ports'],
		passed: (PassedPort & { readonly state: PortState })[],
	): string | null {
		const check = ++this.checks;
		const heard: Voice[] = [];
		for (const { actor = this.speaker, port, untilUs, columns } of ports) {
			const voice = this.voices.get(actor);
			if (voice === undefined) return `has a port of "${actor}", which does not speak there`;
			if (voice.heard !== check) {
				voice.heard = check;
				voice.count = 0;
				heard.push(voice);
			}
			const state = voice.ports.get(port);
			if (state === undefined) {
				if (this.isClosed) return `has a port "${port}", which is not said there`;
				continue;
			}
			if (state.seen === check) return `has the port "${port}" twice`;
			state.seen = check;
			voice.count++;
			if (untilUs < state.untilUs)
				return `takes back what "${port}" promised, ${state.untilUs} us, by ${untilUs}`;
			const data = columns.byteLength === 0 ? null : bytesToColumns(columns);
			const reason = data === null ? null : rowsRefusal(data, state);
			if (reason !== null) return `${reason} for "${port}"`;
			passed.push({ state, actor, port, untilUs, columns: data });
		}
		// An actor says all its ports of a subject at once: without one of them it is not the actor that speaks.
		const isWhole = heard.length > 0 && heard.every(({ ports, count }) => count === ports.size);
		return isWhole ? null : 'lacks a port';
	}
}

function rowsRefusal(columns: Float64Array, { fields, untilUs, rowUs }: PortState): string | null {
	const rows = columns.length / (1 + fields);
	if (!Number.isInteger(rows)) return `has ${columns.length} numbers, not rows of ${1 + fields}`;
	let beforeUs = Math.max(untilUs, rowUs);
	for (let row = 0; row < rows; row++) {
		const timeUs = columns[row] as number;
		// Written so that NaN is refused.
		if (!(timeUs >= beforeUs && timeUs <= FOREVER_US))
			return `has a row at ${timeUs} us after ${beforeUs} us`;
		beforeUs = timeUs;
	}
	return null;
}

function lastTime(columns: Float64Array, fields: number): SimTime {
	return columns[columns.length / (1 + fields) - 1] as number;
}

function refuse(reason: string): GateVerdict {
	return { type: 'refuse', reason };
}
