import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/** Environment variables, with those that flags have set. */
export type NatsEnv = Readonly<Record<string, string | undefined>>;

const Text = z.string().default('');

/** A context as the `nats` command writes it: https://docs.nats.io/using-nats/nats-tools/nats_cli */
const Context = z.looseObject({
	...{ url: Text, user: Text, password: Text, token: Text, creds: Text, nkey: Text },
	...{ cert: Text, key: Text, ca: Text, inbox_prefix: Text, jetstream_domain: Text },
});

/** Keys that change nothing here. */
const IDLE = ['description', 'color_scheme', 'jetstream_event_prefix'];

/** Variables of a login: a context that has one goes together with none of them. */
const LOGIN_VARIABLES = [
	...['NATS_USER', 'NATS_PASSWORD', 'NATS_PASSWORD_FILE', 'NATS_TOKEN', 'NATS_TOKEN_FILE'],
	...['NATS_NKEY_SEED', 'NATS_NKEY_SEED_FILE', 'NATS_CREDS'],
];

/** What a key of a context says, as the variable that says the same. */
const VARIABLES: Readonly<Record<string, string>> = {
	url: 'NATS_URL',
	user: 'NATS_USER',
	password: 'NATS_PASSWORD',
	token: 'NATS_TOKEN',
	creds: 'NATS_CREDS',
	nkey: 'NATS_NKEY_SEED_FILE',
	cert: 'NATS_CERT',
	key: 'NATS_KEY',
	ca: 'NATS_CA',
	inbox_prefix: 'NATS_INBOX_PREFIX',
	jetstream_domain: 'NATS_JS_DOMAIN',
};
const FILES = ['creds', 'nkey', 'cert', 'key', 'ca'];

/**
 * The variables with what the context that NATS_CONTEXT names says in their place. What is set beside it goes before it,
 * but for logins: there is one. The context that the `nats` command has selected is not taken unless it is named.
 *
 * @throws ConfigError for a context that is not there, is none, or has what we cannot do
 */
export function withContext(env: NatsEnv): NatsEnv {
	const name = env['NATS_CONTEXT'] ?? '';
	if (name === '') return env;
	const context = readContext(name, contextPath(name, env), env);
	const given = LOGIN_VARIABLES.find((variable) => (env[variable] ?? '') !== '');
	const login = ['user', 'token', 'creds', 'nkey'].find((key) => context[key] !== undefined);
	if (given !== undefined && login !== undefined)
		throw new ConfigError(
			`Cannot log in to the NATS server with both ${given} and the ${login} of the context "${name}": give one of them`,
		);
	// As the `nats` command has it: a user without a password is a token.
	if (context['user'] !== undefined && context['password'] === undefined) {
		context['token'] = context['user'];
		delete context['user'];
	}
	const said = Object.entries(context).map(([key, value]) => [VARIABLES[key] ?? '', value]);
	const kept = Object.entries(env).filter(([, value]) => (value ?? '') !== '');
	const all = { ...Object.fromEntries(said), ...Object.fromEntries(kept) };
	if ((all['NATS_URL'] ?? '') === '')
		throw new ConfigError(`Cannot use the NATS context "${name}": it names no url`);
	return { ...all, NATS_CONTEXT: undefined };
}

/** A name with a slash is a file; others are where the `nats` command keeps them. */
function contextPath(name: string, env: NatsEnv): string {
	if (name.includes('/')) return resolve(name);
	const config = env['XDG_CONFIG_HOME'] || join(homeOf(env), '.config');
	return join(config, 'nats', 'context', `${name}.json`);
}

function homeOf(env: NatsEnv): string {
	return env['HOME'] ?? '';
}

/** What it says, by key; files with their whole paths. */
function readContext(name: string, path: string, env: NatsEnv): Record<string, string> {
	const unusable = (reason: string) =>
		new ConfigError(`Cannot use the NATS context "${name}": ${reason}`);
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		throw unusable(messageOf(error).split(',')[0] ?? '');
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		// Without what stands there: it may be a secret.
		throw unusable(`${path} is not JSON`);
	}
	const parsed = Context.safeParse(value, PLAINLY);
	if (!parsed.success) {
		const { path: at, message } = parsed.error.issues[0] ?? { path: [], message: '' };
		throw unusable(`${at.join('.')}: ${message}`);
	}
	const result: Record<string, string> = {};
	for (const [key, one] of Object.entries(parsed.data)) {
		if (one === '' || one === false || one === null || IDLE.includes(key)) continue;
		if (typeof one !== 'string' || !(key in VARIABLES))
			throw unusable(
				`Gridbeat does not know what to do with its ${key}; known are ${Object.keys(VARIABLES).join(', ')}`,
			);
		result[key] = FILES.includes(key) ? resolve(one.replace(/^~(?=\/)/, homeOf(env))) : one;
	}
	return result;
}
