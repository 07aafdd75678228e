import { LostError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import { portPath } from '../../protocol/readings.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Bus } from '../bus/bus.ts';
import type { ActorGroup } from './actor-group.ts';
import { type HostPhase, isLeftBehind, onOutputs } from './host-phase.ts';
import { type ExpectedPort, OutputsGate } from './outputs-gate.ts';
import type { WireQueue } from './wire-queue.ts';

/** Where readings of other hosts come from, and what happens with them. */
export interface InboxContext {
	readonly bus: Bus;
	readonly subjects: RunSubjects;
	readonly refusals: Refusals;
	/** Decides what readings are for now; those of other attempts are refused. */
	phase(): HostPhase;
	/** Rows or promises have come. */
	onRows(): void;
	/** Readings are missing, or an actor cannot go on with them. */
	onFailure(error: unknown): void;
	/** Others are at a later attempt, of which this host was told nothing. */
	onLeftBehind(attempt: number): void;
}

type Incoming = ReadonlyMap<string, readonly WireQueue[]>;

/** A data subject that is listened to. */
interface Link {
	readonly subject: string;
	readonly gate: OutputsGate;
	readonly queues: Incoming;
}

/** Takes in the readings that come from other hosts; each goes through a gate into the queues of its wires. */
export class Inbox {
	private readonly context: InboxContext;
	private readonly links: readonly Link[];

	/** @param together actors of one host that speak together, the first of each list for all of it */
	constructor(group: ActorGroup, together: readonly (readonly string[])[], context: InboxContext) {
		this.context = context;
		const { subjects } = context;
		const { incomingLoop, incomingBlock } = group;
		const groups = new Map(together.flatMap((names) => names.map((name) => [name, names])));
		const bySpeaker = new Map<string, ExpectedPort[]>();
		for (const port of portsOf(incomingLoop)) {
			const speaker = groups.get(port.actor)?.[0] ?? port.actor;
			const ports = bySpeaker.get(speaker);
			if (ports === undefined) bySpeaker.set(speaker, [port]);
			else ports.push(port);
		}
		const loops = [...bySpeaker].map(([speaker, ports]) => ({
			...{ subject: subjects.loop(speaker), queues: incomingLoop },
			gate: new OutputsGate(groups.get(speaker) ?? [speaker], ports, false),
		}));
		const blocks = portsOf(incomingBlock).map((port) => ({
			...{ subject: subjects.block(port.actor, port.port), queues: incomingBlock },
			gate: new OutputsGate([port.actor], [port], true),
		}));
		this.links = [...loops, ...blocks];
	}

	listen(): void {
		for (const link of this.links) this.listenTo(link);
	}

	/** Hears of a window and all later ones under another attempt. */
	beginAt(windowStartUs: SimTime): void {
		for (const { gate } of this.links) gate.beginAt(windowStartUs);
	}

	private listenTo(link: Link): void {
		const { bus, refusals, onRows, onFailure } = this.context;
		const { subject } = link;
		const handle = guarded({ subject, refusals, types: ['outputs'] }, (message) => {
			try {
				if (this.receive(link, message)) onRows();
			} catch (error) {
				onFailure(error);
			}
			return undefined;
		});
		// Nobody waits for an answer to readings, also not to such as are refused.
		bus.subscribe(subject, (bytes) => {
			handle(bytes);
			return undefined;
		});
	}

	private receive({ subject, gate, queues }: Link, message: OutputsMessage): boolean {
		const phase = this.context.phase();
		if (onOutputs(phase) === 'drop') return false;
		const verdict = gate.take(message, phase.attempt);
		if (verdict.type === 'gap') throw lost(message, verdict.lost);
		if (verdict.type === 'stale') return false;
		if (isLeftBehind(phase, message)) this.context.onLeftBehind(message.attempt);
		if (verdict.type !== 'pass') {
			const kind = verdict.type === 'duplicate' ? 'duplicate' : 'unexpected';
			this.context.refusals.refuse({ subject, kind, reason: verdict.reason });
			return false;
		}
		for (const { actor, port, untilUs, columns } of verdict.ports) {
			for (const queue of queues.get(portPath({ actor, port })) ?? []) {
				if (columns !== null) queue.pushColumns(columns);
				queue.promise(untilUs);
			}
		}
		return true;
	}
}

/** What comes from other hosts. */
function portsOf(incoming: Incoming): ExpectedPort[] {
	return [...incoming.values()].flatMap(([queue]) =>
		queue === undefined ? [] : [{ ...queue.wire.from, fields: queue.fields }],
	);
}

function lost({ actor, seq }: OutputsMessage, count: number): LostError {
	return new LostError(
		`Cannot go on after message ${seq - count - 1} of "${actor}": ` +
			`message ${seq} came next, so ${count} were lost`,
		{ actor },
	);
}
