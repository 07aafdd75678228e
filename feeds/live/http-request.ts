import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';

/** One answer over HTTP, whatever its status. */
export interface Reply {
	readonly status: number;
	readonly text: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Connections of one client, through the proxy of the environment. */
export function makeDispatcher(
	keys: Readonly<Record<string, string | undefined>>,
	limits: { readonly bytesMax: number; readonly redirects: number },
): Dispatcher {
	const options = { maxResponseSize: limits.bytesMax };
	const httpProxy = keys['http_proxy'] ?? keys['HTTP_PROXY'] ?? '';
	const httpsProxy = keys['https_proxy'] ?? keys['HTTPS_PROXY'] ?? '';
	const noProxy = keys['no_proxy'] ?? keys['NO_PROXY'] ?? '';
	const agent =
		httpProxy === '' && httpsProxy === ''
			? new Agent(options)
			: new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy });
	if (limits.redirects === 0) return agent;
	return agent.compose(interceptors.redirect({ maxRedirections: limits.redirects }));
}

/** Asks once, and reads the answer to its end. */
export async function send(asking: {
	readonly url: string;
	readonly headers: Record<string, string>;
	readonly signal: AbortSignal;
	readonly dispatcher: Dispatcher;
}): Promise<Reply> {
	const { url, ...rest } = asking;
	const { statusCode: status, headers, body } = await request(url, rest);
	return { status, headers, text: await body.text() };
}
