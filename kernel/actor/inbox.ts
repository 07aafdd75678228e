import { SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Outputs } from '../../protocol/messages.ts';
import { portPath } from '../../protocol/readings.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import type { ActorGroup } from './actor-group.ts';
import { type ExpectedPort, OutputsGate } from './outputs-gate.ts';
import type { WireQueue } from './wire-queue.ts';

/** Where readings of other hosts come from, and what happens with them. */
export interface InboxContext {
	readonly bus: Bus;
	readonly subjects: RunSubjects;
	readonly refusals: Refusals;
	/** Readings of other attempts are refused. */
	readonly attempt: number;
	/** Rows or promises have come. */
	onRows(): void;
	/** Readings are missing, or an actor cannot go on with them. */
	onFailure(error: unknown): void;
}

/** Subscribes to the readings that come from other hosts; each goes through a gate into the queues of its wires. */
export function listenTo(group: ActorGroup, context: InboxContext): void {
	const { subjects } = context;
	for (const [actor, ports] of portsByActor(group.incomingLoop)) {
		const gate = new OutputsGate(actor, ports, false);
		listen(subjects.loop(actor), gate, group.incomingLoop, context);
	}
	for (const [actor, ports] of portsByActor(group.incomingBlock)) {
		for (const port of ports) {
			const gate = new OutputsGate(actor, [port], true);
			listen(subjects.block(actor, port.port), gate, group.incomingBlock, context);
		}
	}
}

type Incoming = ReadonlyMap<string, readonly WireQueue[]>;

/** What comes from other hosts, by the actor that says it. */
function portsByActor(incoming: Incoming): Map<string, ExpectedPort[]> {
	const byActor = new Map<string, ExpectedPort[]>();
	for (const [queue] of incoming.values()) {
		if (queue === undefined) continue;
		const { actor, port } = queue.wire.from;
		byActor.set(actor, [...(byActor.get(actor) ?? []), { port, fields: queue.fields }]);
	}
	return byActor;
}

function listen(
	subject: string,
	gate: OutputsGate,
	queues: Incoming,
	{ bus, refusals, attempt, onRows, onFailure }: InboxContext,
): void {
	const receive = (message: Outputs): boolean => {
		const verdict = gate.take(message, attempt);
		if (verdict.type === 'gap') throw lost(message, verdict.lost);
		if (verdict.type !== 'pass') {
			const kind = verdict.type === 'duplicate' ? 'duplicate' : 'unexpected';
			refusals.refuse({ subject, kind, reason: verdict.reason });
			return false;
		}
		for (const { port, untilUs, columns } of verdict.ports) {
			for (const queue of queues.get(portPath({ actor: message.actor, port })) ?? []) {
				if (columns !== null) queue.pushColumns(columns);
				queue.promise(untilUs);
			}
		}
		return true;
	};
	const handle = guarded({ subject, refusals, types: ['outputs'] }, (message) => {
		try {
			if (receive(message)) onRows();
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

function lost({ actor, seq }: Outputs, count: number): SimulationError {
	return new SimulationError(
		`Cannot go on after message ${seq - count - 1} of "${actor}": ` +
			`message ${seq} came next, so ${count} were lost`,
		{ actor },
	);
}
