import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CLOCK } from '../cli/serve-clock.ts';
import { FolderRuns } from '../run/served/folder-runs.ts';
import { makeGateway } from '../services/gateway/gateway.ts';
import { eventually, tempFolder } from './cli.ts';

/** A server of real runs, asked over HTTP. For tests. */
export interface ApiClient {
	readonly url: string;
	/** Folder of run folders. */
	readonly root: string;
	/** Asks for a path; the answer is JSON. */
	ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer>;
	/** Ends its runs and closes the server. */
	close(): Promise<void>;
}

export interface Answer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every form
	readonly body: any;
}

/** Serves runs of a folder of its own to this machine, without a token. */
export async function serveApi(): Promise<ApiClient> {
	const root = join(tempFolder(), 'runs');
	const runs = new FolderRuns({ root, env: {}, onNotice: () => {} });
	const guard = { token: null, hosts: ['127.0.0.1'] };
	const app = await makeGateway({
		...{ runs, guard, clock: CLOCK, version: '0', assets: null, requestsPerMinute: 1_000_000 },
	});
	await app.listen({ host: '127.0.0.1', port: 0 });
	const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
	return {
		...{ url, root },
		async ask(method, path, body) {
			const json = {
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			};
			const response = await fetch(`${url}${path}`, {
				method,
				...(body === undefined ? {} : json),
			});
			return { status: response.status, body: await response.json() };
		},
		async close() {
			await runs.stop();
			await app.close();
		},
	};
}

/** How a run stands, once it does so in this way. */
export async function untilIs(
	{ ask }: ApiClient,
	run: string,
	phase: 'running' | 'paused' | 'over',
): Promise<{ readonly completedUs: number }> {
	return eventually(`that the run is ${phase}`, async () => {
		const { body } = await ask('GET', `${run}/state`);
		if (phase === 'over') return body.run.isLive ? null : { completedUs: body.run.simulatedUs };
		return body.state?.phase === phase ? body.state : null;
	});
}
