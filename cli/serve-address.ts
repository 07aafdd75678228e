import { randomBytes } from 'node:crypto';
import { ConfigError } from '../protocol/errors.ts';
import { type Guard, isLoopback, loopbackNames } from '../services/gateway/http/guard.ts';

/** Where a server listens. */
export interface Address {
	readonly host: string;
	/** 0: any that is free. */
	readonly port: number;
}

/** That of Vessim's API, so that its clients find it. */
export const DEFAULT_PORT = 8700;
const PORT_MAX = 65_535;

/**
 * An address as one types it: `HOST:PORT`, `HOST`, `:PORT` or `PORT`; IPv6 in brackets.
 *
 * @throws ConfigError
 */
export function addressOf(text: string): Address {
	const only = /^:?(\d+)$/.exec(text)?.[1];
	const [, inBrackets, plain, port] =
		/^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::(\d+))?$/.exec(text) ?? [];
	const number = Number(only ?? port ?? DEFAULT_PORT);
	const host = only === undefined ? (inBrackets ?? plain) : '127.0.0.1';
	if (host !== undefined && number <= PORT_MAX) return { host, port: number };
	throw new ConfigError(
		`Cannot serve at "${text}": give HOST:PORT, such as 127.0.0.1:${DEFAULT_PORT}, or one of both`,
	);
}

/** What may stand in a header, a cookie and an address as it is. */
const TOKEN = /^[\w.~-]{16,200}$/;
const TOKEN_BYTES = 24;

/**
 * Who may ask a server at an address: from this machine alone everybody may, unless the environment has a token; from
 * elsewhere whoever has the token, which is made where there is none.
 *
 * @throws ConfigError for a token that is none
 */
export function guardOf({ host }: Address, given: string | undefined): Guard {
	if (given !== undefined && !TOKEN.test(given))
		throw new ConfigError(
			'Cannot use GRIDBEAT_TOKEN: give 16 to 200 letters, digits, ".", "_", "~" or "-"',
		);
	if (isLoopback(host)) return { token: given ?? null, hosts: loopbackNames(host) };
	return { token: given ?? randomBytes(TOKEN_BYTES).toString('base64url'), hosts: null };
}
