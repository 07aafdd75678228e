import { columnsToBytes, encode } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import type { ActorRuntime, Outlet } from './actor-runtime.ts';
import { blockRows } from './column-buffer.ts';
import type { PortWriter } from './port-writer.ts';

/** Turns rows that leave the host into messages. */
export class MessageOutlet implements Outlet {
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	/** Under which the window is simulated. */
	private readonly attempt: () => number;

	constructor(bus: Bus, subjects: RunSubjects, attempt: () => number) {
		this.bus = bus;
		this.subjects = subjects;
		this.attempt = attempt;
	}

	loop(actor: ActorRuntime, ports: readonly PortWriter[]): void {
		const parts = ports.map((port) => ({
			port: port.spec.name,
			untilUs: port.saidUs,
			columns: columnsToBytes((port.loop as NonNullable<PortWriter['loop']>).drain()),
		}));
		this.send(this.subjects.loop(actor.name), actor.name, actor.loopSeq++, parts);
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

	private send(subject: string, actor: string, seq: number, ports: OutputsMessage['ports']): void {
		const attempt = this.attempt();
		this.bus.publish(subject, encode({ type: 'outputs', attempt, actor, seq, ports }));
	}
}
