import { join } from 'node:path';
import { FolderRuns } from '../run/served/folder-runs.ts';
import { makeGateway } from '../services/gateway/gateway.ts';
import { loopbackNames } from '../services/gateway/http/guard.ts';
import type { Exchange } from '../services/gateway/openai/exchange.ts';
import { eventually, tempFolder } from './cli.ts';

/** A gateway in this process with a run in real time that takes requests, for clients of OpenAI's API. */
export interface OpenAiServer {
	/** As clients want it, with `/v1`. */
	readonly url: string;
	/** The run folder. */
	readonly folder: string;
	readonly exchange: Exchange;
	/** Ends the run after its window, waits for that, and closes the server. */
	stop(): Promise<void>;
}

const CLOCK = {
	nowMs: () => performance.now(),
	epochMs: () => Date.now(),
	after(ms: number, callBack: () => void) {
		const timer = setTimeout(callBack, ms);
		return () => clearTimeout(timer);
	},
};

/** @param scenario beside what makes it live, in one process */
export async function serveOpenAi(scenario: object = {}): Promise<OpenAiServer> {
	const root = join(tempFolder(), 'runs');
	const runs = new FolderRuns({ root, env: {}, onNotice: () => {} });
	const guard = { token: null, hosts: loopbackNames('127.0.0.1') };
	const app = await makeGateway({ runs, guard, clock: CLOCK, version: '1', assets: null });
	await app.listen({ host: '127.0.0.1', port: 0 });
	const address = app.server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const live = {
		...{ name: 'live', until: '10m', step: '1s', window: '1s', pace: 1 },
		...{ placement: { mode: 'in-process' }, requests: { source: 'live' } },
	};
	await runs.start({ ...live, ...scenario }, { id: 'live', isTrusted: true });
	const run = runs.running('live');
	if (run === null) throw new Error('the run does not go on');
	const { exchange } = run;
	await eventually('a run that takes requests', () => exchange.closed === null);
	return {
		...{ url: `http://127.0.0.1:${port}/v1`, folder: join(root, 'live'), exchange },
		async stop() {
			await runs.stop();
			await app.close();
		},
	};
}
