import { describeAccess, type NatsAccess } from '../bus/nats-access.ts';
import { checkUrl } from './check-url.ts';
import { type Located, type LocateOptions, locate } from './locate.ts';
import { type PrivateServer, startInDocker, startPrivate } from './private-server.ts';

/** A NATS server to work with, or why there is none. */
export type EnsuredServer =
	| {
			readonly type: 'server';
			readonly url: string;
			/** How to connect; holds secrets. */
			readonly access: NatsAccess;
			/** Nobody else can use it: it is ours, and has a login of its own. */
			readonly isPrivate: boolean;
			/** One line for people: which server, where from. */
			readonly describe: string;
			/** Ends it if it is ours; nothing if it was given by NATS_URL. */
			stop(): Promise<void>;
			/** Settles with the log's last lines if a server of ours ends by itself; never for NATS_URL. */
			readonly died: Promise<string>;
	  }
	| {
			readonly type: 'none';
			/** One line for people: why there is none and how to get one. */
			readonly describe: string;
			readonly reason: string;
			readonly ways: readonly string[];
	  };

export interface EnsureOptions extends LocateOptions {
	readonly tempRoot?: string;
}

/**
 * A NATS server without the user's thinking: the one of NATS_URL, else a private one, fetched if need be.
 *
 * @throws ConfigError if NATS_URL does not answer, or a private server does not start
 */
export async function ensureNatsServer(options: EnsureOptions): Promise<EnsuredServer> {
	const located = await locate(options);
	switch (located.type) {
		case 'url': {
			const access = await checkUrl({ ...(options.env ?? process.env), NATS_URL: located.url });
			const url = describeAccess(access);
			return {
				...{ type: 'server', url, access, isPrivate: false },
				describe: `the NATS server at ${url} (NATS_URL)`,
				stop: () => Promise.resolve(),
				died: new Promise(() => {}),
			};
		}
		case 'none': {
			const ways = located.ways.join(', or ');
			const describe = `no nats-server here (${located.reason}); to get one: ${ways}`;
			return { ...located, describe };
		}
		default:
			return startLocated(located, options);
	}
}

async function startLocated(
	located: Extract<Located, { type: 'binary' | 'docker' }>,
	options: EnsureOptions,
): Promise<EnsuredServer> {
	if (located.type === 'docker') options.say('starting nats:2 in docker, which may pull it first');
	const where = options.tempRoot === undefined ? {} : { tempRoot: options.tempRoot };
	const server: PrivateServer =
		located.type === 'binary'
			? await startPrivate(located.path, where)
			: await startInDocker(located.path, where);
	const origin =
		located.type === 'binary' ? `${located.path} ${located.version}` : 'nats:2 in docker';
	return {
		type: 'server',
		...{ url: server.url, access: server.access, isPrivate: true },
		describe: `a private nats-server at ${server.url} (${origin})`,
		stop: () => server.stop(),
		died: server.died,
	};
}
