import { setTimeout as sleep } from 'node:timers/promises';
import type { Outside } from '../../kernel/actor/contract.ts';
import { readJoinKey } from '../../kernel/bus/nats-access.ts';
import type { NatsEnv } from '../../kernel/bus/nats-context.ts';
import { type EnsuredServer, ensureNatsServer } from '../../kernel/nats-server/ensure.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { namesText } from '../../protocol/names-text.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { RunEnd } from '../../services/coordinator/coordinator.ts';
import type { Origin, RunPlan } from '../../services/coordinator/run-plan.ts';
import { followersOf } from '../resolve/first-answers.ts';
import type { Plan } from '../resolve/plan.ts';
import { foldersOf } from '../resolve/site-folders.ts';
import { prefixOf } from '../resolve/site-names.ts';
import { logCommand, removeArrivals, removeCommands, writeHeard } from './command-log.ts';
import { FeedNews } from './feed-news.ts';
import { ANYBODY_MAY_JOIN, howToJoin } from './how-to-join.ts';
import { type Launched, launchInProcess, launchProcesses, type Watcher } from './launch.ts';
import { noteHosts } from './note-hosts.ts';
import { IN_PROCESS, place } from './placement.ts';
import { readCheckpointFile, writeCheckpointFile, writeResumeFile } from './resume-files.ts';

/** A run that is repeated, with the folder that has what it heard from outside. */
export interface RepeatedRun {
	readonly folder: string;
	/** What acted in it, in the order of time. */
	readonly commands: readonly LoggedCommand[];
	/** Where it ended. */
	readonly untilUs: SimTime;
}

/** What whoever executes a plan wants to hear and say while it runs. */
export interface Execution {
	/** Variables that say how to reach NATS, see readNatsAccess. */
	readonly env: NatsEnv;
	readonly watcher: Watcher;
	/** Aborted: the run ends after its window. */
	readonly signal: AbortSignal;
	/** Aborted: it ends now, and its processes are killed. */
	readonly stopAtOnce: AbortSignal;
	/** Goes on from here; left out: from the beginning. */
	readonly from?: Origin;
	/** It repeats another run; left out: it does not. */
	readonly repeats?: RepeatedRun | undefined;
	/** What actors in this process meet beside the simulation. */
	readonly outside?: Outside | undefined;
	/** The user speaks to it from other processes also where all of it is in this one. */
	readonly isReachable: boolean;
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
	const { watcher, repeats, from } = execution;
	const news = new FeedNews(
		// What is repeated was said when it came.
		repeats === undefined ? followersOf(plan.roster) : [],
		(text) => watcher.notice(text),
		from?.commands ?? plan.commands ?? [],
	);
	const end = await executeNoting(plan, execution, noting(plan, watcher, news));
	news.ended();
	return end;
}

async function executeNoting(plan: Plan, execution: Execution, telling: Watcher): Promise<RunEnd> {
	const { signal, watcher, env, from, outside, repeats, isReachable } = execution;
	const { placement } = plan.scenario;
	const runPlan = {
		...runPlanOf(plan),
		...(from === undefined ? {} : { from }),
		...(repeats === undefined ? {} : replayOf(repeats)),
	};
	const begin = () => {
		execution.begin();
		if (from === undefined) {
			removeCommands(plan.folder);
			removeArrivals(plan.folder);
			for (const command of plan.commands ?? []) logCommand(plan.folder, command);
		}
		if (repeats !== undefined) writeHeard(plan.folder, repeats);
		writeResumeFile(plan);
	};
	if (placement.mode === 'in-process') {
		begin();
		return follow(launchInProcess(runPlan, telling, { outside, isReachable }), execution);
	}
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
		begin();
		return follow(
			launchInProcess({ ...runPlan, roster }, telling, { outside, isReachable }),
			execution,
		);
	}
	return overServers(plan, server, { ...execution, watcher: telling, begin, runPlan });
}

/** Servers that may be lost in a row before the run has come to another checkpoint. */
const LOSSES_MAX = 5;
/** A server of the user's that is being restarted is waited for so long. */
const SERVER_BACK_MS = 300_000;
const SERVER_POLL_MS = 500;

/** The run over a server, and over another one, or the same again, from the last checkpoint each time it is lost. */
async function overServers(
	plan: Plan,
	first: Meetable,
	execution: Execution & { readonly runPlan: RunPlan },
): Promise<RunEnd> {
	const { watcher, env, signal, stopAtOnce, outside } = execution;
	let { runPlan } = execution;
	const joinKey = readJoinKey(env);
	let server = first;
	let window = -1;
	let setbacks = 0;
	let checkpoints = 0;
	let isBegun = false;
	for (let losses = 1; ; losses++) {
		let end: RunEnd;
		try {
			if (plan.external.size > 0) {
				watcher.notice(howToJoin(plan, server));
				if (joinKey === null && !server.isPrivate) watcher.notice(ANYBODY_MAY_JOIN);
			}
			if (!isBegun) execution.begin();
			isBegun = true;
			const meeting = { ...server, joinKey, folder: plan.folder };
			end = await follow(launchProcesses(runPlan, meeting, watcher, outside), execution);
		} finally {
			await stopServer(server);
		}
		({ setbacks, checkpoints } = end);
		const isOver = !end.isBusLost || signal.aborted || stopAtOnce.aborted;
		if (isOver) return end;
		const from = readCheckpointFile(plan, (text) => watcher.notice(text));
		if (from.checkpoint.window > window) losses = 1;
		window = from.checkpoint.window;
		if (losses >= LOSSES_MAX) return { ...end, reason: `${end.reason} (${losses} times in a row)` };
		setbacks++;
		tellSetback(plan, watcher, { ...from.checkpoint, ...end, setbacks });
		watcher.notice(
			`${end.reason}; going on from ${formatSimTime(from.checkpoint.fromUs)} (setback ${setbacks})`,
		);
		const next = await serverAgain(execution);
		if (next === null) return end;
		server = next;
		runPlan = { ...runPlan, from: { ...from, setbacks, checkpoints, wishes: end.wishes } };
	}
}

/** The server was lost, and everybody with it. */
function tellSetback(
	{ roster }: Plan,
	watcher: Watcher,
	about: Pick<RunEnd, 'attempt' | 'reason' | 'setbacks'> & { window: number; fromUs: number },
): void {
	const { attempt, window, fromUs, reason: text, setbacks } = about;
	watcher.event?.({
		...{ event: 'setback', attempt, window, fromUs, text, setbacks, waitMs: 0 },
		hosts: [...new Set(roster.map(({ host }) => host))],
		actors: roster.map(({ name }) => name),
	});
}

type Meetable = Extract<EnsuredServer, { type: 'server' }>;

/** A server of our own again, or the user's as soon as it is back; null if it does not come back. */
async function serverAgain({ env, watcher, signal }: Execution): Promise<Meetable | null> {
	for (let waitedMs = 0; ; waitedMs += SERVER_POLL_MS) {
		try {
			const server = await ensureNatsServer({ say: (text) => watcher.notice(text), env });
			return server.type === 'server' ? server : null;
		} catch (error) {
			if (!(error instanceof ConfigError) || signal.aborted || waitedMs >= SERVER_BACK_MS)
				return null;
			if (waitedMs === 0) watcher.notice(`Waiting for the NATS server: ${error.message}`);
			await sleep(SERVER_POLL_MS);
		}
	}
}

async function stopServer(server: EnsuredServer): Promise<void> {
	if (server.type === 'server') await server.stop();
}

function runPlanOf(plan: Plan): RunPlan {
	const { run, roster, wires, external, placing, frame, scenario, modules } = plan;
	const { seed, untilUs, windowUs, stepUs } = frame;
	const { pace, serving } = scenario;
	const what = {
		...{ run, seed, untilUs, windowUs, stepUs, roster, wires, external, placing, pace, modules },
		...(plan.sites === null ? {} : { sites: commandedSites(roster, plan.sites) }),
		...(plan.commands === undefined ? {} : { commands: plan.commands }),
	};
	const max = serving?.scaling?.max;
	return max === undefined ? what : { ...what, replicasMax: max };
}

function commandedSites(
	roster: Plan['roster'],
	sites: NonNullable<Plan['sites']>,
): NonNullable<RunPlan['sites']> {
	return sites.map(({ frame: { prefix } }) => ({
		name: prefix.slice(0, -1),
		actors: roster.flatMap(({ name }) => (prefixOf(name, sites) === prefix ? [name] : [])),
	}));
}

function replayOf(run: RepeatedRun): Pick<RunPlan, 'isReplay' | 'commands' | 'stopUs'> {
	return { isReplay: true, commands: run.commands, stopUs: run.untilUs };
}

/** Who takes part is noted in the folders too, and checkpoints are kept there. */
function noting(plan: Plan, watcher: Watcher, news: FeedNews): Watcher {
	return {
		...watcher,
		keeping: {
			keep: (checkpoint, read) => writeCheckpointFile(plan, checkpoint, read),
			logCommand(command) {
				logCommand(plan.folder, command);
				news.heard(command);
			},
		},
		windowDone(untilUs) {
			watcher.windowDone(untilUs);
			news.windowDone(untilUs);
		},
		hostsReady(hosts) {
			for (const { host, actors, machine, pid } of hosts)
				if (plan.external.has(host))
					watcher.notice(`${namesText(actors)} at ${machine} (process ${pid})`);
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
	{ signal, stopAtOnce, begun, watcher }: Execution,
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
		watcher.led?.(null);
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
