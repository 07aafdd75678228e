import { columnsToBytes, encode } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import type { ActorRuntime, Outlet } from './actor-runtime.ts';
import { blockRows } from './column-buffer.ts';
import type { OnItsWay } from './on-its-way.ts';
import type { PortWriter } from './port-writer.ts';

/** What actors say together is sent in several messages beyond this, below the largest that a NATS server accepts by default, 1 MiB. */
const MESSAGE_BYTES = 512 * 1024;
/** Of a part without its columns and its names of 200 characters at most. */
const PART_BYTES = 64;

type Part = OutputsMessage['ports'][number];

/** Actors that speak together, and those of them that have something to say. */
interface Chorus {
	readonly speaker: ActorRuntime;
	readonly waiting: ActorRuntime[];
}

/** Turns rows that leave the host into messages. */
export class MessageOutlet implements Outlet {
	hasUnsent = false;
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	private readonly onItsWay: OnItsWay;
	/** Under which the window is simulated. */
	private readonly attempt: () => number;
	private readonly chorusOf = new Map<ActorRuntime, Chorus>();
	private choruses: readonly Chorus[] = [];

	constructor(
		{ bus, subjects }: { readonly bus: Bus; readonly subjects: RunSubjects },
		onItsWay: OnItsWay,
		attempt: () => number,
	) {
		this.bus = bus;
		this.subjects = subjects;
		this.onItsWay = onItsWay;
		this.attempt = attempt;
	}

	get isFull(): boolean {
		return this.onItsWay.isFull;
	}

	/** Lets actors speak together: the first of each list for all of it. */
	speakTogether(together: readonly (readonly ActorRuntime[])[]): void {
		this.choruses = together.flatMap(([speaker]) =>
			speaker === undefined ? [] : [{ speaker, waiting: [] }],
		);
		this.choruses.forEach((chorus, i) => {
			for (const actor of together[i] ?? []) this.chorusOf.set(actor, chorus);
		});
	}

	loop(actor: ActorRuntime, ports: readonly PortWriter[]): void {
		const chorus = this.chorusOf.get(actor);
		if (chorus === undefined) {
			this.speak(actor, ports.map(drained));
			return;
		}
		if (!actor.hasUnsent) chorus.waiting.push(actor);
		actor.hasUnsent = true;
		this.hasUnsent = true;
	}

	flush(): void {
		if (!this.hasUnsent) return;
		this.hasUnsent = false;
		for (const { speaker, waiting } of this.choruses) {
			if (waiting.length === 0) continue;
			let parts: Part[] = [];
			let bytes = 0;
			for (const actor of waiting.splice(0)) {
				actor.hasUnsent = false;
				const own = actor.loopPorts.map(drained);
				const ownBytes = own.reduce(
					(sum, { port, columns }) =>
						sum + PART_BYTES + actor.name.length + port.length + columns.byteLength,
					0,
				);
				if (parts.length > 0 && bytes + ownBytes > MESSAGE_BYTES) {
					this.speak(speaker, parts);
					[parts, bytes] = [[], 0];
				}
				bytes += ownBytes;
				for (const part of own)
					parts.push(actor === speaker ? part : { actor: actor.name, ...part });
			}
			this.speak(speaker, parts);
		}
	}

	private speak(speaker: ActorRuntime, parts: Part[]): void {
		this.send(this.subjects.loop(speaker.name), speaker.name, speaker.loopSeq++, parts);
	}

	block(actor: ActorRuntime, port: PortWriter): void {
		const buffer = port.block as NonNullable<PortWriter['block']>;
		do {
			const columns = buffer.drain(blockRows(buffer.fields));
			const rows = columns.length / (1 + buffer.fields);
			// Rows of a later part may have the time of this part's last row, and none before it.
			const lastUs = buffer.rows > 0 ? (columns[rows - 1] as number) : port.saidUs;
			const untilUs = Math.min(lastUs, port.saidUs);
			const part = { port: port.spec.name, untilUs, columns: columnsToBytes(columns) };
			const subject = this.subjects.block(actor.name, port.spec.name);
			this.send(subject, actor.name, port.blockSeq++, [part]);
		} while (buffer.rows > 0);
	}

	private send(subject: string, actor: string, seq: number, ports: Part[]): void {
		const attempt = this.attempt();
		const bytes = encode({ type: 'outputs', attempt, actor, seq, ports });
		this.bus.publish(subject, bytes);
		this.onItsWay.add(bytes.length);
	}
}

/** What a port has to say in its loop, taken out of it. */
function drained({ spec, saidUs, loop }: PortWriter): Part {
	const columns = columnsToBytes((loop as NonNullable<PortWriter['loop']>).drain());
	return { port: spec.name, untilUs: saidUs, columns };
}
