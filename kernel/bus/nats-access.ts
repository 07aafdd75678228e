import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import { type NatsEnv, withContext } from './nats-context.ts';

/** How to log in to a NATS server; files are read already. */
const Login = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('none') }),
	z.strictObject({ type: z.literal('password'), user: z.string(), password: z.string() }),
	z.strictObject({ type: z.literal('token'), token: z.string() }),
	/** The seed of an Ed25519 key in the encoding of NATS, `SU...`. */
	z.strictObject({ type: z.literal('nkey'), seed: z.string() }),
	/** The text of a credentials file: a JWT and a seed. */
	z.strictObject({ type: z.literal('creds'), text: z.string() }),
]);

/**
 * Where a NATS server is and how to log in to it: plain data, so that it can be handed to child processes. It holds
 * secrets: it goes neither into arguments of processes nor into files or messages. `describeAccess` may be shown.
 */
export const NatsAccess = z.strictObject({
	/** `host:port` of each server, of which one is used; the first that lets us in. */
	servers: z.array(z.string()).min(1),
	login: Login,
	/** Texts of PEM files; null: TLS where the server requires it, with the certificates that Node knows. */
	tls: z
		.strictObject({
			ca: z.string().nullable(),
			cert: z.string().nullable(),
			key: z.string().nullable(),
		})
		.nullable(),
	/** Answers come to subjects below it; null: below `_INBOX`, as usual. */
	inboxPrefix: z.string().nullable(),
	/** Where JetStream is asked; null: at `$JS.API`, as usual. */
	jsApiPrefix: z.string().nullable(),
});
export type NatsAccess = z.infer<typeof NatsAccess>;
type Login = z.infer<typeof Login>;

/** The variables that say how to log in, for messages. */
const LOGIN_WAYS =
	'NATS_USER with NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED_FILE or NATS_CREDS, and NATS_CA for TLS';

export const HOW_TO_LOG_IN = `say how to log in by ${LOGIN_WAYS}`;

/** The addresses, without any secret. */
export function describeAccess({ servers, tls }: NatsAccess): string {
	return servers.map((server) => `${tls === null ? 'nats' : 'tls'}://${server}`).join(',');
}

/** A server that requires nothing, or what the URL itself says. */
export function accessTo(url: string): NatsAccess {
	return readNatsAccess({ NATS_URL: url });
}

/**
 * The one place that turns NATS_URL and the variables beside it into a login. NATS_URL may name several servers,
 * separated by commas; the user in a URL is percent-decoded. NATS_CONTEXT names a context of the `nats` command.
 *
 * @throws ConfigError for URLs that are none, files that cannot be read, and logins that contradict each other
 */
export function readNatsAccess(given: NatsEnv): NatsAccess {
	const env = withContext(given);
	const urls = env['NATS_URL'] ?? '';
	const parsed = urls
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '')
		.map((part) => parseUrl(part, urls));
	if (parsed.length === 0) throw unusable(urls, 'it is empty');
	const logins = [...urlLogins(parsed, urls), ...envLogins(env)];
	const [first, second] = logins;
	if (first !== undefined && second !== undefined) {
		throw new ConfigError(
			`Cannot log in to the NATS server with both ${first.by} and ${second.by}: give one of them`,
		);
	}
	const tls = tlsOf(env);
	return {
		servers: parsed.map(({ server }) => server),
		login: first?.login ?? { type: 'none' },
		tls: tls ?? (parsed.some(({ isTls }) => isTls) ? { ca: null, cert: null, key: null } : null),
		...subjectsOf(env),
	};
}

/** Words between dots, without wildcards. */
const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/;

function subjectsOf(env: NatsEnv): Pick<NatsAccess, 'inboxPrefix' | 'jsApiPrefix'> {
	const [inboxPrefix, domain] = (['NATS_INBOX_PREFIX', 'NATS_JS_DOMAIN'] as const).map((name) => {
		const text = env[name] || null;
		if (text !== null && !SUBJECT.test(text))
			throw new ConfigError(
				`Cannot use ${name} "${text}": give words with dots between them, without * and >`,
			);
		return text;
	});
	return {
		inboxPrefix: inboxPrefix ?? null,
		jsApiPrefix: domain == null ? null : `$JS.${domain}.API`,
	};
}

function unusable(urls: string, reason: string): ConfigError {
	return new ConfigError(
		`Cannot reach NATS_URL "${withoutSecrets(urls)}": ${reason}; give nats://host:4222, or unset NATS_URL to have a server started`,
	);
}

const DEFAULT_PORT = 4222;

interface ParsedUrl {
	readonly server: string;
	readonly isTls: boolean;
	readonly login: Login | null;
}

function parseUrl(url: string, urls: string): ParsedUrl {
	const full = url.includes('://') ? url : `nats://${url}`;
	const refusal = unusable(urls, 'not a nats:// address');
	if (!URL.canParse(full)) throw refusal;
	const { protocol, hostname, port, username, password } = new URL(full);
	if (!['nats:', 'tls:'].includes(protocol) || hostname === '') throw refusal;
	return {
		server: `${hostname}:${port === '' ? DEFAULT_PORT : port}`,
		isTls: protocol === 'tls:',
		login: loginOf(decoded(username, urls), decoded(password, urls)),
	};
}

function decoded(part: string, urls: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		throw unusable(urls, 'a % in its user or password is not followed by two hexadecimal digits');
	}
}

function loginOf(user: string, password: string): Login | null {
	if (user === '') return null;
	if (password === '') return { type: 'token', token: user };
	return { type: 'password', user, password };
}

interface GivenLogin {
	readonly by: string;
	readonly login: Login;
}

/** At most one: servers of one cluster know the same users. */
function urlLogins(parsed: readonly ParsedUrl[], urls: string): GivenLogin[] {
	const logins = parsed.flatMap(({ login }) => (login === null ? [] : [login]));
	const [login] = logins;
	if (login === undefined) return [];
	if (logins.some((other) => JSON.stringify(other) !== JSON.stringify(login)))
		throw unusable(urls, 'its addresses have different users');
	return [{ by: 'the user in NATS_URL', login }];
}

function envLogins(env: NatsEnv): GivenLogin[] {
	const user = env['NATS_USER'] || null;
	const password = secretOf(env, 'NATS_PASSWORD');
	const token = secretOf(env, 'NATS_TOKEN');
	const seed = secretOf(env, 'NATS_NKEY_SEED');
	const creds = textOf(env, 'NATS_CREDS');
	if ((user === null) !== (password === null)) {
		const [given, missing] = ['NATS_USER', 'NATS_PASSWORD or NATS_PASSWORD_FILE'];
		throw new ConfigError(
			user === null
				? `Cannot use ${missing} without ${given}: give both`
				: `Cannot use ${given} without ${missing}: give both, or NATS_TOKEN alone`,
		);
	}
	const logins: GivenLogin[] = [];
	if (user !== null && password !== null)
		logins.push({ by: 'NATS_USER', login: { type: 'password', user, password } });
	if (token !== null) logins.push({ by: 'NATS_TOKEN', login: { type: 'token', token } });
	if (seed !== null) {
		if (!/^SU[A-Z2-7]{56}$/.test(seed))
			throw new ConfigError('Cannot use NATS_NKEY_SEED: it is not the seed of a user, SU...');
		logins.push({ by: 'NATS_NKEY_SEED', login: { type: 'nkey', seed } });
	}
	if (creds !== null) {
		if (!creds.includes('BEGIN NATS USER JWT') || !creds.includes('NKEY SEED'))
			throw new ConfigError(
				`Cannot use NATS_CREDS "${env['NATS_CREDS']}": it holds no NATS credentials, a JWT and a seed`,
			);
		logins.push({ by: 'NATS_CREDS', login: { type: 'creds', text: creds } });
	}
	return logins;
}

function tlsOf(env: NatsEnv): NatsAccess['tls'] {
	const [ca, cert, key] = [
		textOf(env, 'NATS_CA'),
		textOf(env, 'NATS_CERT'),
		textOf(env, 'NATS_KEY'),
	];
	if ((cert === null) !== (key === null))
		throw new ConfigError('Cannot use one of NATS_CERT and NATS_KEY alone: give both');
	return ca === null && cert === null ? null : { ca, cert, key };
}

/** A secret that stands in a variable, or in the file that the variable with `_FILE` names. */
function secretOf(env: NatsEnv, name: string): string | null {
	const [value, file] = [env[name] || null, textOf(env, `${name}_FILE`)];
	if (value !== null && file !== null)
		throw new ConfigError(`Cannot use both ${name} and ${name}_FILE: give one of them`);
	return value ?? file?.trim() ?? null;
}

/** The text of the file that a variable names; null where it is not set. */
function textOf(env: NatsEnv, name: string): string | null {
	const path = env[name];
	if (path === undefined || path === '') return null;
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`Cannot read ${name} "${path}": ${messageOf(error).split(',')[0]}`);
	}
}

const JOIN_KEY_LENGTH_MIN = 16;

/**
 * What workers and the runs that wait for them share, so that each knows the other; null where none is set.
 *
 * @throws ConfigError for one that could be guessed
 */
export function readJoinKey(env: NatsEnv): string | null {
	const key = secretOf(env, 'GRIDBEAT_JOIN_KEY');
	if (key !== null && key.length < JOIN_KEY_LENGTH_MIN) {
		throw new ConfigError(
			`Cannot use GRIDBEAT_JOIN_KEY of ${key.length} characters: give at least ${JOIN_KEY_LENGTH_MIN}, such as those of: openssl rand -hex 16`,
		);
	}
	return key;
}
