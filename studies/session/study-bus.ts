import type { Bus } from '../../kernel/bus/bus.ts';
import { joinSecret, studyKey } from '../../kernel/bus/keys.ts';
import { describeAccess, readJoinKey, readNatsAccess } from '../../kernel/bus/nats-access.ts';
import { connectNats } from '../../kernel/bus/nats-bus.ts';
import type { NatsEnv } from '../../kernel/bus/nats-context.ts';
import { sealBus } from '../../kernel/bus/sealed-bus.ts';

/**
 * The bus of a study and its workers: with a join key, only those that have it hear each other.
 *
 * @throws ConfigError if no server can be reached
 */
export async function studyBus(
	env: NatsEnv,
	name: string,
	say: (text: string) => void,
): Promise<{ readonly bus: Bus; readonly at: string }> {
	const access = readNatsAccess(env);
	const joinKey = readJoinKey(env);
	const bus = await connectNats(access, name);
	const at = describeAccess(access);
	if (joinKey === null) return { bus, at };
	let isTold = false;
	const sealed = sealBus(bus, studyKey(joinSecret(joinKey)), ({ kind }) => {
		if (isTold || kind === 'duplicate') return;
		isTold = true;
		say(`Leaving aside messages of a study or worker that does not have our join key`);
	});
	return { bus: sealed, at };
}
