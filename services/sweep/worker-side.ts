import { messageOf } from '../../protocol/errors.ts';
import type { Json } from './canonical.ts';
import type { Outcome } from './job-store.ts';

/**
 * Makes this process a worker: it does one job after the other, as they come from the process that forked it,
 * and ends with it. Ctrl-C is the parent's business.
 */
export function serveJobs(work: (spec: Json) => Promise<Json> | Json): void {
	process.on('SIGINT', () => {});
	process.on('disconnect', () => process.exit());
	process.on('message', (spec: Json) => {
		void outcomeOf(work, spec).then((outcome) => process.send?.(outcome));
	});
}

async function outcomeOf(work: (spec: Json) => Promise<Json> | Json, spec: Json): Promise<Outcome> {
	try {
		return { result: await work(spec) };
	} catch (error) {
		return { failure: messageOf(error) };
	}
}
