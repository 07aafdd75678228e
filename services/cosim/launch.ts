import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Progress } from '../../protocol/messages.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { SimTime } from '../../protocol/time.ts';
import { Host } from '../actor/host.ts';
import { joinRun } from '../actor/join.ts';
import type { Bus } from '../bus/bus.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { Coordinator, type RunEnd } from '../coordinator/coordinator.ts';
import { type CoordinatorLimits, DEFAULT_LIMITS, type RunPlan } from '../coordinator/run-plan.ts';
import { findKind, KIND_NAMES } from '../host/kinds.ts';
import { helloOf } from '../host/process.ts';
import { type ChildHost, startChildHost } from './child-host.ts';
import { INLINE_HOST } from './placement.ts';

/** What a launch tells whoever watches. */
export interface Watcher {
	notice(text: string): void;
	progress(progress: Progress): void;
	windowDone(simulatedUs: SimTime): void;
}

export interface Launched {
	readonly end: Promise<RunEnd>;
	interrupt(): void;
	/** Ends all processes at once. */
	kill(): void;
}

/** Runs everything in this process over the memory bus. */
export async function launchInProcess(plan: RunPlan, watcher: Watcher): Promise<Launched> {
	const broker = new MemoryBroker();
	const coordinator = makeCoordinator(broker.connect(), plan, watcher);
	const end = coordinator.run();
	await startInlineHost(broker.connect(), plan.run, INLINE_HOST);
	return { end, interrupt: () => coordinator.interrupt(), kill: () => {} };
}

/** Runs a process for every host over the NATS server at `url`; external hosts come by themselves. */
export async function launchProcesses(
	plan: RunPlan,
	url: string,
	watcher: Watcher,
): Promise<Launched> {
	const bus = await connectNats(url, `${plan.run}/coordinator`);
	const coordinator = makeCoordinator(bus, plan, watcher);
	const running = coordinator.run();
	const kindsOf = new Map<string, Set<string>>();
	for (const { host, kind } of plan.roster) {
		kindsOf.set(host, (kindsOf.get(host) ?? new Set()).add(kind));
	}
	const children: ChildHost[] = [];
	for (const [host, kinds] of kindsOf) {
		if (plan.external.has(host)) continue;
		const child = startChildHost(host, [...kinds], { nats: url, run: plan.run });
		void child.ended.then((how) => coordinator.hostDied(host, how));
		children.push(child);
	}
	const end = running.then(async (result) => {
		await endChildren(children);
		await bus.close().catch(() => {});
		return result;
	});
	const kill = () => {
		for (const child of children) child.kill();
	};
	return { end, interrupt: () => coordinator.interrupt(), kill };
}

const CHILD_END_MS = 2_000;

/** Hosts end by themselves when told to stop; those that do not are ended. */
async function endChildren(children: readonly ChildHost[]): Promise<void> {
	const all = Promise.all(children.map(({ ended }) => ended));
	const timer = new AbortController();
	const late = sleep(CHILD_END_MS, 'late', { signal: timer.signal }).catch(() => 'ended');
	if ((await Promise.race([all, late])) === 'late') for (const child of children) child.kill();
	timer.abort();
	await all;
}

async function startInlineHost(bus: Bus, run: string, host: string): Promise<void> {
	const welcome = await joinRun(bus, helloOf(host, KIND_NAMES), {
		subject: runSubjects(run).hello,
		again: async () => {
			await sleep(1);
			return true;
		},
	});
	await new Host(bus, welcome).start(findKind);
}

function makeCoordinator(bus: Bus, plan: RunPlan, watcher: Watcher): Coordinator {
	const world = {
		nowMs: () => performance.now(),
		sleep: async (ms: number) => {
			await sleep(ms);
		},
		notice: (text: string) => watcher.notice(text),
		windowDone: (us: SimTime) => watcher.windowDone(us),
	};
	const coordinator = new Coordinator(bus, plan, world, limitsFromEnv());
	const { refusals } = coordinator;
	const subject = runSubjects(plan.run).progress;
	bus.subscribe(
		subject,
		guarded({ subject, refusals, types: ['progress'] }, (message) => {
			watcher.progress(message);
			return undefined;
		}),
	);
	return coordinator;
}

/** The usual limits, or those that follow from GRIDBEAT_WAIT_LIMIT_MS (tests, very slow machines). */
function limitsFromEnv(): CoordinatorLimits {
	const text = process.env['GRIDBEAT_WAIT_LIMIT_MS'];
	if (text === undefined || text === '') return DEFAULT_LIMITS;
	const waitLimitMs = Number(text);
	if (!(waitLimitMs >= 1)) {
		throw new ConfigError(
			`Cannot use GRIDBEAT_WAIT_LIMIT_MS "${text}": give milliseconds, such as 5000`,
		);
	}
	return { waitLimitMs, pollMs: Math.min(DEFAULT_LIMITS.pollMs, Math.ceil(waitLimitMs / 5)) };
}
