import type { NatsEnv } from '../../kernel/bus/nats-access.ts';
import { readJoinKey } from '../../kernel/bus/nats-access.ts';
import { type EnsuredServer, ensureNatsServer } from '../../kernel/nats-server/ensure.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import type { RunEnd } from '../../services/coordinator/coordinator.ts';
import type { RunPlan } from '../../services/coordinator/run-plan.ts';
import type { Plan } from '../resolve/plan.ts';
import { foldersOf } from '../resolve/site-folders.ts';
import { ANYBODY_MAY_JOIN, howToJoin } from './how-to-join.ts';
import { type Launched, launchInProcess, launchProcesses, type Watcher } from './launch.ts';
import { noteHosts } from './note-hosts.ts';
import { IN_PROCESS, place } from './placement.ts';

/** What whoever executes a plan wants to hear and say while it runs. */
export interface Execution {
	/** Variables that say how to reach NATS, see readNatsAccess. */
	readonly env: NatsEnv;
	readonly watcher: Watcher;
	/** Aborted: the run ends after its window. */
	readonly signal: AbortSignal;
	/** Aborted: it ends now, and its processes are killed. */
	readonly stopAtOnce: AbortSignal;
	/** Called when all that a run needs is there, before it is launched. */
	begin(): void;
	/** The run is under way. */
	begun(): void;
}

/** Somebody wanted the run to end before it began. */
export class NotBegun extends Error {
	override readonly name = 'NotBegun';
}

/**
 * Launches a plan where its placement says, on a NATS server if there is one, and waits for its end.
 *
 * @throws ConfigError where it cannot be launched as it is, and NotBegun
 */
export async function execute(plan: Plan, execution: Execution): Promise<RunEnd> {
	const { signal, watcher, env } = execution;
	const { placement } = plan.scenario;
	const followed = (launched: Promise<Launched>) => follow(launched, execution);
	const runPlan = runPlanOf(plan);
	const telling = noting(plan, watcher);
	if (placement.mode === 'in-process') {
		execution.begin();
		return followed(launchInProcess(runPlan, telling));
	}
	const joinKey = readJoinKey(env);
	const ensured = ensureNatsServer({ say: (text) => watcher.notice(text), env });
	const server = await unlessAborted(ensured, signal).catch((error: unknown) => {
		// It comes all the same, and nobody wants it any more.
		ensured.then(stopServer).catch(() => {});
		throw error;
	});
	if (server.type === 'none') {
		if (plan.external.size > 0)
			throw new ConfigError(`Cannot await actors from elsewhere without NATS: ${server.describe}`);
		watcher.notice(`Running in one process without NATS: ${server.describe}`);
		const { roster } = place(plan.roster, IN_PROCESS);
		execution.begin();
		return followed(launchInProcess({ ...runPlan, roster }, telling));
	}
	try {
		if (plan.external.size > 0) {
			watcher.notice(howToJoin(plan, server));
			if (joinKey === null && !server.isPrivate) watcher.notice(ANYBODY_MAY_JOIN);
		}
		execution.begin();
		const meeting = { ...server, joinKey, folder: plan.folder };
		return await followed(launchProcesses(runPlan, meeting, telling));
	} finally {
		await stopServer(server);
	}
}

async function stopServer(server: EnsuredServer): Promise<void> {
	if (server.type === 'server') await server.stop();
}

function runPlanOf({ run, roster, wires, external, frame, scenario, modules }: Plan): RunPlan {
	const { seed, untilUs, windowUs } = frame;
	return { run, seed, untilUs, windowUs, roster, wires, external, pace: scenario.pace, modules };
}

/** Who takes part is noted in the folders too. */
function noting(plan: Plan, watcher: Watcher): Watcher {
	return {
		...watcher,
		hostsReady(hosts) {
			try {
				noteHosts(foldersOf(plan), hosts);
			} catch (error) {
				watcher.notice(messageOf(error));
			}
		},
	};
}

/** Waits for the end of a run that begins, and passes on what others want of it. */
async function follow(
	launching: Promise<Launched>,
	{ signal, stopAtOnce, begun }: Execution,
): Promise<RunEnd> {
	const launched = await launching;
	begun();
	const interrupt = () => launched.interrupt();
	const stop = () => launched.stopAtOnce();
	const listening = [
		[signal, interrupt],
		[stopAtOnce, stop],
	] as const;
	for (const [one, act] of listening) {
		if (one.aborted) act();
		else one.addEventListener('abort', act, { once: true });
	}
	try {
		return await launched.end;
	} finally {
		for (const [one, act] of listening) one.removeEventListener('abort', act);
	}
}

/** @throws NotBegun as soon as the signal is aborted */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const abort = () => reject(new NotBegun('Interrupted before the run began'));
		if (signal.aborted) abort();
		else signal.addEventListener('abort', abort, { once: true });
		work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
	});
}
