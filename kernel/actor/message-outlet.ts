import { columnsToBytes, encode } from '../../protocol/codec.ts';
import type { Outputs } from '../../protocol/messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import { blockRows, type Outlet } from './actor-group.ts';
import type { ActorRuntime } from './actor-runtime.ts';
import type { PortWriter } from './port-writer.ts';

/** Turns rows that leave the host into messages. */
export class MessageOutlet implements Outlet {
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	private readonly sent = new Map<string, number>();

	constructor(bus: Bus, subjects: RunSubjects) {
		this.bus = bus;
		this.subjects = subjects;
	}

	loop(actor: ActorRuntime, ports: readonly PortWriter[]): void {
		const parts = ports.map((port) => ({
			port: port.spec.name,
			untilUs: port.promisedUs,
			columns: columnsToBytes((port.loop as NonNullable<PortWriter['loop']>).drain()),
		}));
		this.send(this.subjects.loop(actor.name), actor.name, parts);
	}

	block(actor: ActorRuntime, port: PortWriter): void {
		const buffer = port.block as NonNullable<PortWriter['block']>;
		do {
			const columns = buffer.drain(blockRows(buffer.fields));
			const rows = columns.length / (1 + buffer.fields);
			// Rows of a later part may have the time of this part's last row, and none before it.
			const untilUs = buffer.rows > 0 ? (columns[rows - 1] as number) : port.promisedUs;
			this.send(this.subjects.block(actor.name, port.spec.name), actor.name, [
				{ port: port.spec.name, untilUs, columns: columnsToBytes(columns) },
			]);
		} while (buffer.rows > 0);
	}

	private send(subject: string, actor: string, ports: Outputs['ports']): void {
		const seq = this.sent.get(subject) ?? 0;
		this.sent.set(subject, seq + 1);
		this.bus.publish(subject, encode({ type: 'outputs', attempt: 0, actor, seq, ports }));
	}
}
