import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outside } from '../../kernel/actor/contract.ts';
import type { Bus } from '../../kernel/bus/bus.ts';
import { joinSecret, makeRunKey, placeKey } from '../../kernel/bus/keys.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import type { NatsAccess } from '../../kernel/bus/nats-access.ts';
import { connectNats } from '../../kernel/bus/nats-bus.ts';
import { eventLoop } from '../../kernel/host/event-loop.ts';
import type { HostTicket } from '../../kernel/host/process.ts';
import { ownIdentity } from '../../kernel/host/program.ts';
import { messageOf } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Progress } from '../../protocol/messages.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { SimTime } from '../../protocol/time.ts';
import { Coordinator, type RunEnd } from '../../services/coordinator/coordinator.ts';
import type {
	HostIdentity,
	RunPlan,
	RunTrust,
	TrustedPlan,
	World,
} from '../../services/coordinator/run-plan.ts';
import type { Steering } from '../../services/coordinator/steering.ts';
import { type ChildHost, startChildHost } from './child-host.ts';
import { feedKeysOf } from './feed-keys.ts';
import { startGatewayHost } from './gateway-host.ts';
import { anchoring, startInlineHost, withClock } from './inline-host.ts';
import { limitsFromEnv } from './limits.ts';
import { GATEWAY_HOST, INLINE_HOST } from './placement.ts';
import { accessOf, socketOf } from './reachable.ts';
import { sleeper } from './sleeper.ts';
import { type StartingHosts, startHosts } from './start-hosts.ts';

/** What a launch reports to whoever watches. */
export interface Watcher {
	notice(text: string): void;
	/** What happens, for whoever keeps a log of it. */
	event?: World['event'];
	progress(progress: Progress): void;
	/** Who takes part, once all do. */
	hostsReady?(hosts: readonly HostIdentity[]): void;
	windowDone(simulatedUs: SimTime): void;
	/** What has to outlive the processes of the run is kept there. */
	keeping?: Pick<World, 'keep' | 'logCommand'>;
	/** How far a window is that takes long, about. */
	underWay?(simulatedUs: SimTime): void;
	/** By what the run can be steered, before its first window; null: no more. */
	led?(steering: Steering | null): void;
}

export interface Launched {
	readonly end: Promise<RunEnd>;
	/** Ends the run after its window. */
	interrupt(): void;
	/** Ends it now, with all its processes. */
	stopAtOnce(): void;
}

/** A NATS server and who may take part there. */
export interface Meeting {
	readonly access: NatsAccess;
	/** Nobody else can use the server. */
	readonly isPrivate: boolean;
	/** Shared with workers that are started elsewhere; null: whoever uses the server may join. */
	readonly joinKey: string | null;
	/** Of the run: its recorders write nowhere else. */
	readonly folder: string;
}

/** What is beside a run in one process. */
interface Beside {
	readonly outside?: Outside | undefined;
	/** The user speaks to it from other processes. */
	readonly isReachable: boolean;
}

/** Runs everything in this process over the memory bus. */
export async function launchInProcess(
	plan: RunPlan,
	watcher: Watcher,
	beside: Beside = { isReachable: false },
): Promise<Launched> {
	const broker = new MemoryBroker({ breather: eventLoop });
	const trust = makeTrust({ isPrivate: true, joinKey: null });
	const outside = withClock(beside.outside);
	const { coordinator, release } = makeCoordinator(
		broker.connect(),
		{ ...plan, trust },
		watcher,
		anchoring(outside),
	);
	let isOver = false;
	const closeSocket = beside.isReachable
		? socketOf(plan.run, broker.connect(), trust, (text) => watcher.notice(text))
		: () => {};
	const end = coordinator.run().finally(() => {
		isOver = true;
		closeSocket();
		release();
	});
	const whileItLasts = async (ms: number) => {
		await sleep(ms);
		if (isOver) await new Promise(() => {});
	};
	const bus = broker.connect();
	// Nobody else would notice: no process ends when its bus does.
	const lost = (error: unknown) => coordinator.hostDied(INLINE_HOST, messageOf(error));
	void bus.closed.then((error) => lost(error ?? 'its bus was closed'));
	const about = outside === undefined ? { sleep: whileItLasts } : { sleep: whileItLasts, outside };
	await startInlineHost(bus, plan, trust, about).catch(lost);
	return {
		end,
		interrupt: () => coordinator.interrupt(),
		stopAtOnce: () => coordinator.interrupt(true),
	};
}

/** Runs a process for every host over a NATS server; external hosts come by themselves. */
export async function launchProcesses(
	plan: RunPlan,
	meeting: Meeting,
	watcher: Watcher,
	beside?: Outside,
): Promise<Launched> {
	const { access } = meeting;
	const outside = withClock(beside);
	const bus = await connectNats(access, `${plan.run}/coordinator`, (text) => watcher.notice(text));
	const trust = makeTrust(meeting);
	const joined = new Arrivals();
	const crew: { hosts: StartingHosts | null } = { hosts: null };
	const childOf = (host: string) => crew.hosts?.children.findLast((child) => child.host === host);
	let simulatedUntilUs = 0;
	const windowDone = (untilUs: SimTime) => {
		simulatedUntilUs = untilUs;
		watcher.windowDone(untilUs);
	};
	const { coordinator, release } = makeCoordinator(
		bus,
		{ ...plan, trust },
		{ ...watcher, windowDone },
		{
			hostJoined: (host) => joined.arrive(host),
			isWaiting: (host) => crew.hosts?.isWaiting(host) ?? !plan.external.has(host),
			isAtWork: (host) => childOf(host)?.isAtWork() ?? false,
			replaceHost: (host) => crew.hosts?.replace(host),
			...anchoring(outside),
		},
	);
	let giveUp: (end: RunEnd) => void = () => {};
	const givenUp = new Promise<RunEnd>((resolve) => {
		giveUp = resolve;
	});
	const running = Promise.race([coordinator.run(), givenUp]);
	const kindsOf = new Map<string, Set<string>>();
	for (const { host, kind } of plan.roster) {
		kindsOf.set(host, (kindsOf.get(host) ?? new Set()).add(kind));
	}
	const hosts = startHosts({
		hosts: [...kindsOf.keys()].filter((host) => !plan.external.has(host)),
		atATime: STARTS_PER_CORE * availableParallelism(),
		start: (host) => {
			const ticket = {
				...ticketOf(access, trust, host),
				...feedKeysOf(plan.roster, host),
				...{ folder: meeting.folder, run: plan.run, modules: [...(plan.modules ?? [])] },
			};
			return host === GATEWAY_HOST
				? startGatewayHost(host, outside, ticket)
				: startChildHost(host, [...(kindsOf.get(host) ?? [])], ticket);
		},
		joined: (host) => joined.of(host),
		onEnded: (host, how) => coordinator.hostDied(host, how),
		notice: (text) => watcher.notice(text),
	});
	crew.hosts = hosts;
	const forgetAccess = accessOf(plan.run, access, trust, (text) => watcher.notice(text));
	const end = running.then(async (result) => {
		forgetAccess();
		hosts.stop();
		await endChildren(hosts.children);
		await bus.close().catch(() => {});
		release();
		return result;
	});
	const stopAtOnce = () => {
		coordinator.interrupt(true);
		hosts.stop();
		for (const child of hosts.children) child.kill();
		const refusals = coordinator.refusals.tally();
		giveUp({
			outcome: 'interrupted',
			reason: INTERRUPTED,
			error: null,
			simulatedUntilUs,
			...{ refusals, ...coordinator.counts, isBusLost: false, wishes: coordinator.wishes },
		});
	};
	return { end, interrupt: () => coordinator.interrupt(), stopAtOnce };
}

const INTERRUPTED = 'interrupted by the user';

/** Processes that start at a time: a start is mostly work of one core, and a little waiting. */
const STARTS_PER_CORE = 2;

/** Who has come, for those that wait for it. */
class Arrivals {
	readonly #waits = new Map<string, { readonly came: Promise<void>; arrive(): void }>();

	arrive(host: string): void {
		this.#wait(host).arrive();
	}

	of(host: string): Promise<void> {
		return this.#wait(host).came;
	}

	#wait(host: string) {
		let wait = this.#waits.get(host);
		if (wait === undefined) {
			let arrive = () => {};
			const came = new Promise<void>((resolve) => {
				arrive = resolve;
			});
			wait = { came, arrive };
			this.#waits.set(host, wait);
		}
		return wait;
	}
}

function makeTrust({ isPrivate, joinKey }: Omit<Meeting, 'access' | 'folder'>): RunTrust {
	return {
		runKey: makeRunKey(),
		joinSecret: joinSecret(joinKey),
		hasJoinKey: joinKey !== null,
		isSealed: !isPrivate,
		program: ownIdentity(),
	};
}

function ticketOf(
	nats: NatsAccess,
	{ runKey, program }: RunTrust,
	host: string,
): Omit<HostTicket, 'folder' | 'modules'> {
	return { nats, placeKey: Buffer.from(placeKey(runKey, host)).toString('base64'), program };
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

function makeCoordinator(
	bus: Bus,
	plan: TrustedPlan,
	watcher: Watcher,
	about: Partial<World> = {},
): { readonly coordinator: Coordinator; release(): void } {
	const { sleep, release } = sleeper();
	const world: World = {
		...about,
		nowMs: () => performance.now(),
		wallMs: () => Date.now(),
		sleep,
		notice: (text: string) => watcher.notice(text),
		hostsReady: (hosts: readonly HostIdentity[]) => watcher.hostsReady?.(hosts),
		underWay: (us: SimTime) => watcher.underWay?.(us),
		windowDone: (us: SimTime) => watcher.windowDone(us),
		...watcher.keeping,
		event: (event) => watcher.event?.(event),
	};
	const coordinator = new Coordinator(bus, plan, world, limitsFromEnv());
	watcher.led?.(coordinator.steering);
	const { refusals } = coordinator;
	const subject = runSubjects(plan.run).progress;
	coordinator.bus.subscribe(
		subject,
		guarded({ subject, refusals, types: ['progress'] }, (message) => {
			watcher.progress(message);
			return undefined;
		}),
	);
	return { coordinator, release };
}
