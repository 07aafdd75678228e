import { createActor, type Actor as MachineActor } from 'xstate';
import { buildGraph, type Graph, type NodeSpec } from '../../kernel/actor/graph.ts';
import { type Bus, NoResponderError, RequestTimeoutError } from '../../kernel/bus/bus.ts';
import { controlKey, messageKey } from '../../kernel/bus/keys.ts';
import { sealBus, sealIf } from '../../kernel/bus/sealed-bus.ts';
import { encode } from '../../protocol/codec.ts';
import { ConfigError, messageOf, SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type {
	ActorPorts,
	Control,
	Failed,
	MessageType,
	RefusalTally,
	StatusReport,
} from '../../protocol/messages.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { Refusals } from '../../protocol/refusals.ts';
import { type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import { type Clock, type ClockCommand, hostDone, nextWindow, startClock } from './clock.ts';
import { someOf } from './diagnosis.ts';
import { hostRefusal, placeRefusal, reportRefusal, windowRefusal } from './host-words.ts';
import { lifecycle } from './lifecycle.ts';
import { Membership } from './membership.ts';
import { type Question, Questions } from './questions.ts';
import {
	type CoordinatorLimits,
	DEFAULT_LIMITS,
	LAST_MULTIPLE,
	type TrustedPlan,
	type World,
} from './run-plan.ts';
import { Waker } from './waker.ts';
import { Watch } from './watch.ts';

const NEVER_MS = 2 ** 31 - 1;
/** Hosts subscribe to what they need within this many limits. */
const WIRING_LIMITS = 24;

function nodeFrom({ inputs, ...node }: ActorPorts): NodeSpec {
	const specs = inputs.map(({ trigger, optional, ...port }) => ({
		...port,
		trigger: trigger ?? false,
		optional: optional ?? false,
	}));
	return { ...node, inputs: specs };
}

/** What a host said of its failure, as an error of ours. */
function failedError(message: Failed): Error {
	if (message.cause === 'configuration') return new ConfigError(message.message);
	const place = {
		...(message.actor === null ? {} : { actor: message.actor }),
		...(message.timeUs === null ? {} : { timeUs: message.timeUs }),
	};
	return new SimulationError(message.message, place);
}

export interface RunEnd {
	readonly outcome: Outcome;
	readonly reason: string;
	/** End of the last window that every host completed. */
	readonly simulatedUntilUs: SimTime;
	readonly error: Error | null;
	/** Messages that were refused in this process and in the hosts. */
	readonly refusals: RefusalTally;
}

/**
 * Leads one run: waits for the roster, grants windows, says for whom it waits and why, and ends the run in
 * order. It carries no readings.
 */
export class Coordinator {
	/** Messages that were refused here, and what the hosts say of theirs. */
	readonly refusals: Refusals;
	/** The bus of the run; what has no seal of it is not heard there. */
	readonly bus: Bus;
	private readonly openBus: Bus;
	private readonly plan: TrustedPlan;
	private readonly world: World;
	private readonly limits: CoordinatorLimits;
	private readonly subjects: RunSubjects;
	private readonly hosts: readonly string[];
	private readonly membership: Membership;
	private readonly questions: Questions;
	private readonly waker: Waker;
	private readonly watch: Watch;
	private readonly machine: MachineActor<typeof lifecycle> = createActor(lifecycle);
	private readonly failure: Promise<never>;
	private abort: (error: Error) => void = () => {};
	private error: Error | null = null;
	private clock: Clock;
	/** Of hosts that are said to be gone: since when. */
	private readonly silentSinceMs = new Map<string, number>();
	/** Set at the end: whoever still waits for something stops waiting. */
	private over = false;
	private pace: number | null;

	constructor(
		openBus: Bus,
		plan: TrustedPlan,
		world: World,
		limits: CoordinatorLimits = DEFAULT_LIMITS,
	) {
		this.refusals = new Refusals((text) => world.notice(text));
		const { isSealed, runKey } = plan.trust;
		const key = isSealed ? messageKey(runKey) : null;
		const bus = sealIf(openBus, key, (dropped) => this.refusals.refuse(dropped));
		this.openBus = openBus;
		this.bus = bus;
		this.plan = plan;
		this.world = world;
		this.limits = limits;
		this.pace = plan.pace;
		this.subjects = runSubjects(plan.run);
		this.hosts = [...new Set(plan.roster.map((entry) => entry.host))];
		this.clock = startClock(this.hosts, plan);
		this.waker = new Waker(world);
		const { waker, refusals } = this;
		this.questions = new Questions(bus, this.subjects, refusals);
		this.membership = new Membership({ bus, openBus, plan, world, limits, waker, refusals });
		this.watch = new Watch({
			...{ plan, world, limits, waker },
			ask: (host, timeoutMs) => this.askStatus(host, timeoutMs),
			onGone: (host) => this.nobodyAnswers(host),
		});
		this.failure = new Promise((_, reject) => {
			this.abort = reject;
		});
		this.failure.catch(() => {});
	}

	/** Runs to the end, whatever the end is. Does not throw for what goes wrong in the run. */
	async run(): Promise<RunEnd> {
		this.machine.start();
		try {
			await this.listen();
			await this.orFailure(this.membership.gather());
			this.machine.send({ type: 'READY' });
			this.world.hostsReady?.([...this.membership.identities.values()]);
			await this.orFailure(this.wireUp());
			this.machine.send({ type: 'WIRED' });
			await this.orFailure(this.simulate());
			this.machine.send({ type: 'FINISHED' });
		} catch (error) {
			this.error ??= error instanceof Error ? error : new Error(String(error));
			this.machine.send({ type: 'FAIL', message: this.error.message });
		}
		this.over = true;
		this.membership.close();
		this.waker.wakeAll();
		// Said once: a window that a late word completes after this is not in what the hosts keep.
		const simulatedUntilUs = this.clock.completedUs;
		await this.stopHosts(simulatedUntilUs);
		this.machine.send({ type: 'STOPPED' });
		const { outcome, reason } = this.machine.getSnapshot().context;
		const end = {
			...{ outcome, reason, error: null },
			simulatedUntilUs,
			refusals: this.refusals.tally(),
		};
		if (outcome === 'interrupted' || this.error === null) return end;
		return { ...end, outcome: 'failed', reason: this.error.message, error: this.error };
	}

	/**
	 * Ends the run in order before its time: after the window that is being simulated, if there is one.
	 *
	 * @param atOnce whether not to wait for the window; asked again, it does not
	 */
	interrupt(atOnce: boolean = this.isStopping()): void {
		this.machine.send({ type: 'INTERRUPT' });
		if (atOnce || this.clock.pending.length === 0)
			this.abort(new SimulationError('interrupted by the user'));
		this.waker.wakeAll();
	}

	/** Tells that a host's process has ended by itself. */
	hostDied(host: string, how: string): void {
		const actors = this.plan.roster.filter((entry) => entry.host === host).map(({ name }) => name);
		const at = this.clock.completedUs;
		const what =
			actors.length === 1 && actors[0] === host ? `"${host}"` : `"${host}" (${someOf(actors)})`;
		this.abort(
			new SimulationError(`Lost ${what} after ${formatSimTime(at)} of simulated time: ${how}`, {
				actor: actors[0] ?? host,
				timeUs: at,
			}),
		);
	}

	private async askStatus(host: string, timeoutMs: number): Promise<StatusReport> {
		const report = await this.questions.ask({
			...{ host, message: { type: 'status' }, timeoutMs, types: ['status-report'] },
			refusal: (answer) => reportRefusal(this.plan.roster, host, answer),
		});
		this.silentSinceMs.delete(host);
		return report;
	}

	/**
	 * The server says that nobody answers for a host. On a server that others use anybody can say so, so it is believed
	 * when nothing was heard of the host for as long as a limit.
	 */
	private nobodyAnswers(host: string): void {
		const nowMs = this.world.nowMs();
		const sinceMs = this.silentSinceMs.get(host) ?? nowMs;
		this.silentSinceMs.set(host, sinceMs);
		if (!this.plan.trust.isSealed || nowMs - sinceMs >= this.limits.waitLimitMs)
			this.hostDied(host, 'its process is gone');
	}

	private async listen(): Promise<void> {
		this.membership.listen((message) => this.abort(failedError(message)));
		const subject = this.subjects.control;
		// Sealed on every server, with a key of its own: whoever has it may stop the run.
		const controls = sealBus(this.openBus, controlKey(this.plan.trust.runKey), (dropped) =>
			this.refusals.refuse(dropped),
		);
		controls.subscribe(
			subject,
			guarded({ subject, refusals: this.refusals, types: ['control'] }, (message) =>
				this.control(message),
			),
		);
		void this.bus.closed.then((reason) =>
			this.abort(new SimulationError(`Lost the bus: ${reason?.message ?? 'it was closed'}`)),
		);
		await this.bus.flush();
	}

	private control(message: Control): Uint8Array {
		if (message.command === 'stop') this.interrupt();
		else if (message.command === 'pause') this.machine.send({ type: 'PAUSE' });
		else if (message.command === 'resume') this.machine.send({ type: 'RESUME' });
		else this.pace = message.factor;
		this.waker.wakeAll();
		return encode({ type: 'ok' });
	}

	private async wireUp(): Promise<void> {
		const byName = new Map(
			[...this.membership.ready.values()].flat().map((ports) => [ports.name, ports]),
		);
		const nodes = this.plan.roster.map(({ name }) => {
			const ports = byName.get(name);
			if (ports === undefined)
				throw new ConfigError(`Cannot wire "${name}": its host did not make it`);
			return ports;
		});
		const graph = buildGraph(nodes.map(nodeFrom), this.plan.wires);
		this.clock = startClock(this.hosts, {
			untilUs: this.plan.untilUs,
			windowUs: this.windowUs(graph),
		});
		const components = graph.components.map((names) => [...names]);
		// Who leaves meanwhile is noticed at once on a server of ours; elsewhere others could say so too.
		const timeoutMs = this.plan.trust.isSealed ? WIRING_LIMITS * this.limits.waitLimitMs : NEVER_MS;
		const message = { type: 'wired', components } as const;
		await Promise.all(this.hosts.map((host) => this.wireHost({ host, message, timeoutMs })));
	}

	private async wireHost(about: Pick<Question<never>, 'host' | 'message' | 'timeoutMs'>) {
		const question: Question<'ok' | 'failed'> = {
			...{ ...about, types: ['ok', 'failed'] },
			refusal: (answer) =>
				answer.type === 'failed' ? placeRefusal(this.plan.roster, about.host, answer) : null,
		};
		const answer = await this.questions.ask(question, { patient: true });
		if (answer.type === 'failed') throw failedError(answer);
	}

	private windowUs(graph: Graph): SimTime {
		const { untilUs, windowUs } = this.plan;
		if (untilUs % graph.alignUs !== 0) {
			throw new ConfigError(
				`Cannot run until ${formatSimTime(untilUs)}: it must be a multiple of the step of ` +
					`${formatSimTime(graph.alignUs)} over which actors report averages`,
			);
		}
		const windows = Math.max(1, Math.round(windowUs / graph.alignUs));
		return graph.alignUs * windows;
	}

	/** Grants window after window. */
	private async simulate(): Promise<void> {
		let startedMs = this.world.nowMs();
		let startedUs = 0;
		let pace = this.pace;
		while (!this.isStopping()) {
			while (!this.isStopping() && this.machine.getSnapshot().matches('paused')) {
				await this.waker.sleep(this.limits.pollMs);
				startedMs = this.world.nowMs();
				startedUs = this.clock.completedUs;
			}
			if (pace !== this.pace) {
				pace = this.pace;
				startedMs = this.world.nowMs();
				startedUs = this.clock.completedUs;
			}
			const [clock, command] = nextWindow(this.clock);
			this.clock = clock;
			if (command.type !== 'grant') return;
			await this.window(command);
			this.world.windowDone?.(this.clock.completedUs);
			if (pace !== null) {
				// An absolute schedule: lateness of one window does not add to the next.
				const dueMs = startedMs + (this.clock.completedUs - startedUs) / 1000 / pace;
				while (!this.isStopping() && this.world.nowMs() < dueMs && pace === this.pace) {
					await this.waker.sleep(Math.min(dueMs - this.world.nowMs(), this.limits.pollMs));
				}
			}
		}
	}

	private async window(command: ClockCommand & { type: 'grant' }): Promise<void> {
		const { window, fromUs, untilUs } = command;
		const { attempt } = this.clock;
		const grant = { type: 'grant', attempt, window, fromUs, untilUs } as const;
		const { roster } = this.plan;
		const all = Promise.all(
			this.hosts.map(async (host) => {
				const question: Question<'done' | 'failed'> = {
					...{ host, message: grant, timeoutMs: NEVER_MS, types: ['done', 'failed'] },
					refusal: (answer) => windowRefusal(roster, host, grant, answer),
				};
				try {
					const answer = await this.questions.ask(question, { patient: true });
					if (answer.type === 'failed') throw failedError(answer);
					this.refusals.hear(host, answer.refusals);
					this.clock = hostDone(this.clock, host, answer.window);
				} catch (error) {
					if (error instanceof NoResponderError) this.nobodyAnswers(host);
					throw error;
				}
			}),
		);
		let isOver = false;
		const watched = {
			...{ fromUs, untilUs },
			pending: () => this.clock.pending,
			isOver: () => isOver || this.over,
		};
		try {
			await Promise.race([all, this.watch.during(watched)]);
		} finally {
			isOver = true;
			this.waker.wakeAll();
		}
	}

	private async stopHosts(simulatedUntilUs: SimTime): Promise<void> {
		const { outcome, reason } = this.machine.getSnapshot().context;
		const message = { type: 'stop', outcome, reason, simulatedUntilUs } as const;
		const timeoutMs = NEVER_MS;
		const { roster } = this.plan;
		await Promise.all(
			[...this.membership.joined].map(async (host) => {
				const question: Question<'stopped' | 'failed'> = {
					...{ host, message, timeoutMs, types: ['stopped', 'failed'] },
					refusal: (answer) =>
						answer.type === 'failed'
							? placeRefusal(roster, host, answer)
							: hostRefusal(host, answer),
				};
				try {
					const answer = await this.stopHost(question, outcome);
					if (answer.type === 'failed') throw failedError(answer);
					this.refusals.hear(host, answer.refusals);
				} catch (error) {
					// A run that has failed already is not failed again by hosts that are gone.
					if (outcome === 'failed') return;
					this.error ??= error instanceof Error ? error : new Error(messageOf(error));
				}
			}),
		);
	}

	/** Waits as long as the host is alive: a recorder on a slow disk has much to write at the end. */
	private async stopHost<T extends MessageType>(question: Question<T>, outcome: Outcome) {
		const { waitLimitMs } = this.limits;
		const { host } = question;
		const limitMs = outcome === 'failed' ? waitLimitMs : LAST_MULTIPLE * waitLimitMs;
		const answer = this.questions.ask(question, { patient: outcome !== 'failed' });
		answer.catch(() => {});
		for (let waitedMs = limitMs; ; waitedMs += limitMs) {
			const late = this.world.sleep(limitMs).then(() => null);
			const first = await Promise.race([answer, late]);
			if (first !== null) return first;
			const isAlive = await this.watch.isAlive(host);
			const answered = await Promise.race([answer, Promise.resolve(null)]);
			if (answered !== null) return answered;
			if (!isAlive) throw new RequestTimeoutError(this.subjects.host(host), waitedMs);
			this.world.notice(
				`Waiting since ${Math.round(waitedMs / 1000)} s for ${host} to end its work`,
			);
		}
	}

	private isStopping(): boolean {
		return this.over || this.machine.getSnapshot().matches('stopping');
	}

	private orFailure<T>(work: Promise<T>): Promise<T> {
		return Promise.race([work, this.failure]);
	}
}
