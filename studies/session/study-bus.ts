import type { Bus } from '../../kernel/bus/bus.ts';
import { joinSecret, studyGroup, studyKey } from '../../kernel/bus/keys.ts';
import { describeAccess, readJoinKey, readNatsAccess } from '../../kernel/bus/nats-access.ts';
import { connectNats } from '../../kernel/bus/nats-bus.ts';
import type { NatsEnv } from '../../kernel/bus/nats-context.ts';
import { sealBus } from '../../kernel/bus/sealed-bus.ts';
import { StoreError } from '../../kernel/bus/store.ts';
import { ownProgram } from '../../kernel/host/program.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { SERVER_BACK_MS } from '../jobs/limits.ts';

export interface StudyBus {
	readonly bus: Bus;
	/** The server, for people. */
	readonly at: string;
	/** What the names of queues begin with that are of this program and join key. */
	readonly group: string;
}

/**
 * The bus of a study and its workers: with a join key, only those that have it hear each other.
 *
 * @throws ConfigError if no server can be reached
 */
export async function studyBus(
	env: NatsEnv,
	name: string,
	say: (text: string) => void,
): Promise<StudyBus> {
	const access = readNatsAccess(env);
	const joinKey = readJoinKey(env);
	const bus = await connectNats(access, name, say, SERVER_BACK_MS);
	const at = describeAccess(access);
	const secret = joinSecret(joinKey);
	const group = studyGroup(secret, ownProgram());
	if (joinKey === null) return { bus, at, group };
	let isTold = false;
	const sealed = sealBus(bus, studyKey(secret), ({ kind }) => {
		if (isTold || kind === 'duplicate') return;
		isTold = true;
		say(`Leaving aside messages of a study or worker that does not have our join key`);
	});
	return { bus: sealed, at, group };
}

/**
 * What needs queues on the server of this address, and is refused in one line where it has none.
 *
 * @throws ConfigError
 */
export async function withQueues<T>(at: string, act: () => Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (error) {
		if (!(error instanceof StoreError)) throw error;
		throw new ConfigError(`Cannot share runs at "${at}", which needs JetStream: ${error.message}`);
	}
}
