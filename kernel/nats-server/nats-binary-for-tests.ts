import { locate } from './locate.ts';

/** The real nats-server for tests, fetched if need be; null, saying why, where none can be had. */
export async function natsBinaryForTests(): Promise<string | null> {
	const { NATS_URL: _, ...env } = process.env;
	const said: string[] = [];
	const located = await locate({ env, say: (text) => said.push(text) });
	if (located.type === 'binary') return located.path;
	process.stdout.write(`skipped, no nats-server binary: ${located.type} ${said.join('; ')}\n`);
	return null;
}
