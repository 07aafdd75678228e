import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from './errors.ts';

/** Who may ask. */
export interface Guard {
	/** Whoever asks has to show it; null: everybody who reaches the server may ask, which is this machine then. */
	readonly token: string | null;
	/**
	 * Names by which this machine calls itself: a page of somebody else whose name was made to lead here (DNS rebinding)
	 * names itself. Null: any, where a token is needed.
	 */
	readonly hosts: readonly string[] | null;
}

/** Browsers keep the token here, out of reach of scripts, and send it from pages of this server only. */
const COOKIE = 'gridbeat_token';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Names of a server that only this machine reaches, and of the address that it listens at. */
export function loopbackNames(host: string): readonly string[] {
	return [...new Set([...LOOPBACK, host.includes(':') ? `[${host}]` : host])];
}

/** Whether an address to listen at is reached from this machine alone. */
export function isLoopback(host: string): boolean {
	return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses requests that a page of somebody else makes, before anything else is done with them: they count for nobody.
 *
 * @throws HttpError
 */
export function refuseStrangers({ hosts }: Guard, request: FastifyRequest): void {
	const { host = '' } = request.headers;
	const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
	if (hosts !== null && !hosts.includes(name))
		throw new HttpError(403, `Cannot answer for the host "${name}": this server has another name`);
	refuseOtherPages(request, host);
}

/** Refuses whoever does not show the token, before the body is read. @throws HttpError */
export function requireToken({ token }: Guard, request: FastifyRequest): void {
	if (token === null || isShown(token, request)) return;
	throw new HttpError(
		401,
		'Cannot answer without the token that the server printed: send it as "Authorization: Bearer TOKEN"',
	);
}

/** Browsers say of which page a request is; what is none sends nothing of it. */
function refuseOtherPages({ headers }: FastifyRequest, host: string): void {
	const { origin } = headers;
	const site = headers['sec-fetch-site'];
	const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
	// A link on another page may lead here: that reads nothing and changes nothing.
	const isLink = headers['sec-fetch-mode'] === 'navigate' && origin === undefined;
	const isOther = site === 'cross-site' || site === 'same-site';
	if (!isOwn || (isOther && !isLink))
		throw new HttpError(403, 'Cannot answer pages of other servers: this one has its own');
}

function isShown(token: string, request: FastifyRequest): boolean {
	const [, bearer] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? [];
	const shown = bearer ?? cookieOf(request) ?? null;
	return shown !== null && isSame(shown, token);
}

/** Takes as long for what is nearly right as for what is wrong. */
function isSame(shown: string, token: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(shown), digest(token));
}

function cookieOf({ headers }: FastifyRequest): string | null {
	const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim());
	const found = cookies.find((part) => part.startsWith(`${COOKIE}=`));
	return found === undefined ? null : found.slice(COOKIE.length + 1);
}

/**
 * A page that is opened with `?token=…`, as the server prints it, keeps the token as a cookie and leads to the same
 * without it, so that it stands in no history and in no link.
 *
 * @returns whether the request is answered
 */
export function takeTokenOfPage(
	{ token }: Guard,
	request: FastifyRequest,
	reply: FastifyReply,
): boolean {
	if (token === null || request.method !== 'GET') return false;
	const url = new URL(request.url, 'http://server');
	const shown = url.searchParams.get('token');
	if (shown === null || url.pathname !== '/' || !isSame(shown, token)) return false;
	void reply
		.code(303)
		.header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`)
		.header('location', '/')
		.send();
	return true;
}
