import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App, GatewayContext } from '../context.ts';

/** Scripts and styles of this server's files only: none in the page itself, and nothing of anybody else. */
const POLICY = [
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');

/** `GET /` and what stands beside it: the dashboard as it was built; nothing where it was not. */
export async function dashboard(app: App, { assets }: GatewayContext): Promise<void> {
	if (assets === null || !existsSync(join(assets, 'index.html'))) return;
	app.addHook('onSend', async (_request, reply) => {
		void reply.header('content-security-policy', POLICY);
	});
	// A route for each file: what is no file of the page is nobody's.
	await app.register(fastifyStatic, {
		...{ root: assets, wildcard: false, index: 'index.html', dotfiles: 'deny' },
		// The browser asks whether a file has changed; the server is near.
		...{ cacheControl: true, maxAge: 0, etag: true, lastModified: false },
	});
}
