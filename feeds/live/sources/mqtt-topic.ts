import { messageOf } from '../../../protocol/errors.ts';
import { type FeedEnv, FeedError } from '../feed.ts';
import { type Auth, secretIn } from './auth.ts';
import type { Link, Message } from './pushed.ts';

/** What a scenario says of an MQTT topic. */
export interface MqttKeys {
	readonly url: string;
	readonly topic: string;
	readonly qos: 0 | 1 | 2;
	readonly auth: Auth;
}

export interface MqttOptions {
	/** For messages. */
	readonly name: string;
	readonly keys: MqttKeys;
	/** As `mqttLogin` has it. */
	readonly login: MqttLogin;
	readonly timeoutMs: number;
}

/** Not authorised, bad user name or password: of MQTT 3.1.1 and of 5. */
const REFUSALS: ReadonlySet<number> = new Set([4, 5, 134, 135]);

/**
 * Listens to a topic.
 *
 * @throws FeedError where the broker does not let us in or is not there
 */
export async function mqttLink(
	{ name, keys, login, timeoutMs }: MqttOptions,
	receive: (message: Message) => void,
): Promise<Link> {
	// Loaded when a topic is listened to: most runs have none.
	const { default: mqtt } = await import('mqtt');
	const failed = (reason: string, kind: 'failed' | 'refused' = 'failed') =>
		new FeedError(`Cannot hear from ${name}: ${reason}`, { kind });
	const client = mqtt.connect(keys.url, {
		...login,
		// The next poll connects again; and what is not acknowledged by then is of no use.
		...{ reconnectPeriod: 0, clean: true, connectTimeout: timeoutMs },
	});
	client.on('message', (_topic, payload, { retain }) => receive({ payload, isRetained: retain }));
	const lost = new Promise<FeedError>((resolve) => {
		let reason: unknown = null;
		client.on('error', (error) => {
			reason ??= error;
		});
		client.on('close', () => resolve(failed(reasonOf(reason), kindOf(reason))));
	});
	const close = async () => void (await client.endAsync(true).catch(() => {}));
	const ready = new Promise<null>((resolve, reject) => {
		client.on('connect', () => {
			client.subscribe(keys.topic, { qos: keys.qos }, (error, granted) => {
				const isNot = grantedTo(error, granted).some((code) => code >= 128);
				if (isNot) reject(failed(`the broker does not let us read "${keys.topic}"`, 'refused'));
				else if (error !== null) reject(failed(messageOf(error)));
				else resolve(null);
			});
		});
	});
	const problem = await Promise.race([ready, lost]).catch((error: unknown) => error);
	if (problem === null) return { lost, close };
	await close();
	throw problem;
}

function kindOf(error: unknown): 'failed' | 'refused' {
	return REFUSALS.has(codeOf(error)) ? 'refused' : 'failed';
}

/** What the broker said of each topic: from 128 on, why we may not read it. */
function grantedTo(error: unknown, granted: readonly { readonly qos: number }[] | undefined) {
	const packet = (error as { packet?: { granted?: readonly unknown[] } } | null)?.packet;
	const codes = packet?.granted?.map((code) => (typeof code === 'number' ? code : 0));
	return codes ?? (granted ?? []).map(({ qos }) => qos);
}

/** The reason code of the broker; 0 where it said none. */
function codeOf(error: unknown): number {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === 'number' ? code : 0;
}

function reasonOf(error: unknown): string {
	if (error === null) return 'the connection ended';
	// Of an address with several numbers Node says which it tried in a list, and no message.
	const code = (error as NodeJS.ErrnoException).code;
	return messageOf(error) || String(code ?? 'the connection ended');
}

/** User and password; empty without. */
export interface MqttLogin {
	readonly username?: string;
	readonly password?: string;
}

/** @throws ConfigError where a variable is not set */
export function mqttLogin(auth: Auth, env: Pick<FeedEnv, 'keys'>, name: string): MqttLogin {
	if (auth === null) return {};
	// Brokers that take tokens take them as passwords.
	if ('tokenEnv' in auth)
		return { username: 'token', password: secretIn(env, auth.tokenEnv, name) };
	return { username: auth.user, password: secretIn(env, auth.passwordEnv, name) };
}
