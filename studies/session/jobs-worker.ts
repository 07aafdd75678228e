import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeAccess, readNatsAccess } from '../../kernel/bus/nats-access.ts';
import type { NatsEnv } from '../../kernel/bus/nats-context.ts';
import { ownProgram } from '../../kernel/host/program.ts';
import { CAPACITY_WORKER } from '../capacity/worker-script.ts';
import { QueueWorker } from '../jobs/queue-worker.ts';
import { WorkerPool } from '../sweep/worker-pool.ts';
import { type StudyBus, studyBus, withQueues } from './study-bus.ts';
import { jobsOf, type StudySurroundings } from './study-session.ts';
import { SWEEP_WORKER } from './sweep-worker-script.ts';

const RETRY_MS = 500;
/** Of our connection, in the server's monitoring. */
const name = `jobs/${process.pid}`;

/** What processes of this program do, by kind of job. */
const SCRIPTS: Readonly<Record<string, string>> = {
	run: SWEEP_WORKER,
	repeat: SWEEP_WORKER,
	experiment: SWEEP_WORKER,
	trial: CAPACITY_WORKER,
};

/**
 * `gridbeat worker --jobs`: does whole runs for studies elsewhere, one after the other, and waits for the next; also
 * for a NATS server that went away. Once the signal is aborted it gives back what is not done, and returns.
 *
 * @param modules of the user's that jobs may load, by their paths
 * @throws ConfigError for a server that was never there, or has no JetStream
 */
export async function runJobsWorker(
	jobs: string | undefined,
	modules: readonly string[],
	{ env, signal, say }: StudySurroundings,
): Promise<void> {
	const slots = jobsOf(jobs === undefined ? {} : { jobs });
	const worker = `${hostname()}:${process.pid}`;
	const pools = new Map<string, WorkerPool>();
	const poolOf = (kind: string): WorkerPool | null => {
		const script = SCRIPTS[kind];
		if (script === undefined) return null;
		const pool = pools.get(script) ?? new WorkerPool(script, slots);
		pools.set(script, pool);
		return pool;
	};
	let there: StudyBus | null = await studyBus(env, name, say);
	const { at, bus: first } = there;
	await withQueues(at, () => first.findQueues());
	say(`Waiting for studies at ${at}, ${slots} runs at a time, as ${worker}`);
	let own: QueueWorker | null = null;
	let isOver = false;
	const stop = () => {
		isOver = true;
		own?.stop();
	};
	if (signal.aborted) stop();
	signal.addEventListener('abort', stop);
	while (!isOver) {
		there ??= await reconnect(env, () => isOver, say);
		if (there === null) break;
		const { bus, group } = there;
		const told = { bus, group, program: ownProgram(), worker, slots, poolOf, say, modules };
		own = new QueueWorker(told);
		await own.run();
		await bus.close().catch(() => {});
		there = null;
	}
	for (const pool of pools.values()) pool.close();
	signal.removeEventListener('abort', stop);
}

/** Null once nobody wants it any more. */
async function reconnect(
	env: NatsEnv,
	isOver: () => boolean,
	say: (text: string) => void,
): Promise<StudyBus | null> {
	for (let told = false; !isOver(); told = true) {
		try {
			return await studyBus(env, name, say);
		} catch {
			if (!told) say(`Waiting for the NATS server at ${describeAccess(readNatsAccess(env))}`);
			await sleep(RETRY_MS);
		}
	}
	return null;
}
