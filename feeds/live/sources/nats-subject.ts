import { NotPermittedError } from '../../../kernel/bus/bus.ts';
import { describeAccess, type NatsAccess } from '../../../kernel/bus/nats-access.ts';
import { connectNats } from '../../../kernel/bus/nats-bus.ts';
import { messageOf } from '../../../protocol/errors.ts';
import { FeedError } from '../feed.ts';
import type { Link, Message } from './pushed.ts';

/**
 * Listens to a subject.
 *
 * @throws FeedError where the server does not let us in or is not there
 */
export async function natsLink(
	access: NatsAccess,
	subject: string,
	receive: (message: Message) => void,
): Promise<Link> {
	const bus = await connectNats(access, `gridbeat feed ${subject}`).catch((error: unknown) => {
		const reason = messageOf(error);
		const kind = /authorization|certificate/.test(reason) ? 'refused' : 'failed';
		throw new FeedError(reason, { kind });
	});
	bus.subscribe(subject, (payload): undefined => void receive({ payload }));
	const lost = bus.closed.then(
		(reason) =>
			new FeedError(
				`Cannot hear from NATS subject "${subject}" of ${describeAccess(access)}: ${reason === null ? 'it was closed' : messageOf(reason)}`,
				{ kind: reason instanceof NotPermittedError ? 'refused' : 'failed' },
			),
	);
	return { lost, close: () => bus.close() };
}
