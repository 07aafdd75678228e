import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedEnv } from '../feed.ts';

/** How a scenario says to log in: secrets are in variables of the environment. */
export type Auth =
	| { readonly user: string; readonly passwordEnv: string }
	| { readonly tokenEnv: string }
	| null;

/** What a request is sent with, and what of it is never shown. */
export interface AuthHeaders {
	readonly headers: Readonly<Record<string, string>>;
	readonly secrets: readonly string[];
}

/**
 * The value of a variable that holds a secret.
 *
 * @param name of the feed, for messages
 * @throws ConfigError where it is not set
 */
export function secretIn(env: Pick<FeedEnv, 'keys'>, variable: string, name: string): string {
	const value = env.keys[variable]?.trim() ?? '';
	if (value === '') throw new ConfigError(`Cannot use ${name}: ${variable} is not set`);
	if (/[\r\n\0]/.test(value))
		throw new ConfigError(`Cannot use ${name}: ${variable} has a line break in it`);
	return value;
}

/** The header that logs in. @throws ConfigError where a variable is not set */
export function authHeaders(auth: Auth, env: Pick<FeedEnv, 'keys'>, name: string): AuthHeaders {
	if (auth === null) return { headers: {}, secrets: [] };
	if ('tokenEnv' in auth) {
		const token = secretIn(env, auth.tokenEnv, name);
		return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
	}
	const password = secretIn(env, auth.passwordEnv, name);
	const basic = Buffer.from(`${auth.user}:${password}`, 'utf8').toString('base64');
	return { headers: { authorization: `Basic ${basic}` }, secrets: [password, basic] };
}
