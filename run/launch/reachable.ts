import type { Bus } from '../../kernel/bus/bus.ts';
import { controlKey } from '../../kernel/bus/keys.ts';
import type { NatsAccess } from '../../kernel/bus/nats-access.ts';
import { sealBus } from '../../kernel/bus/sealed-bus.ts';
import { messageOf } from '../../protocol/errors.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { RunTrust } from '../../services/coordinator/run-plan.ts';
import { keepAccess } from './run-access.ts';
import { openRunSocket } from './run-socket.ts';

/** How the user who started a run reaches it from other processes; each way is there until the returned function is called. */

type Notice = (text: string) => void;

/** A socket for the user's other processes. */
export function socketOf(run: string, bus: Bus, trust: RunTrust, notice: Notice): () => void {
	const sealed = sealBus(bus, controlKey(trust.runKey));
	const ask = (control: Uint8Array) =>
		sealed.request(runSubjects(run).control, control, SOCKET_ANSWER_MS);
	return kept(() => openRunSocket(run, ask), notice);
}

/** What the run of a server lets the user reach it by. */
export function accessOf(
	run: string,
	nats: NatsAccess,
	trust: RunTrust,
	notice: Notice,
): () => void {
	const key = Buffer.from(controlKey(trust.runKey)).toString('base64');
	return kept(() => keepAccess({ run, pid: process.pid, nats, controlKey: key }), notice);
}

/** A step that is under way is waited for. */
const SOCKET_ANSWER_MS = 10_000;

/** Without it the run goes on, and nobody can control it. */
function kept(keep: () => () => void, notice: Notice): () => void {
	try {
		return keep();
	} catch (error) {
		notice(messageOf(error));
		return () => {};
	}
}
