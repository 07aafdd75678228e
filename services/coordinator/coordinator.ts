import { createActor, type Actor as MachineActor } from 'xstate';
import {
	type Bus,
	BusClosedError,
	NoResponderError,
	NotPermittedError,
	RequestTimeoutError,
} from '../../kernel/bus/bus.ts';
import { controlKey, headKey, messageKey } from '../../kernel/bus/keys.ts';
import type { DroppedMessage } from '../../kernel/bus/seal.ts';
import { sealBus, sealIf } from '../../kernel/bus/sealed-bus.ts';
import { encode } from '../../protocol/codec.ts';
import { CheckpointError, LostError, SimulationError } from '../../protocol/errors.ts';
import { namesText } from '../../protocol/names-text.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { Refusals } from '../../protocol/refusals.ts';
import type { RunState, StatusReport } from '../../protocol/status-messages.ts';
import { type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { RefusalTally } from '../../protocol/window-messages.ts';
import { BEGINNING, Keeper } from './checkpoints.ts';
import { goneBack, startClock } from './clock.ts';
import { Commands } from './commands.ts';
import { someOf } from './diagnosis.ts';
import { endHosts } from './ending.ts';
import { Faults, HostsLostError, Interrupted, Setbacks } from './faults.ts';
import { Gathering } from './gathering.ts';
import { failedError } from './host-failure.ts';
import { reportRefusal } from './host-words.ts';
import { lifecycle } from './lifecycle.ts';
import { Membership } from './membership.ts';
import { Places, type Placing, placedPlan } from './places.ts';
import { Questions } from './questions.ts';
import {
	type CoordinatorLimits,
	DEFAULT_LIMITS,
	type TrustedPlan,
	type Wishes,
	type World,
} from './run-plan.ts';
import { runState } from './run-state.ts';
import { Followers, Steering } from './steering.ts';
import { Waker } from './waker.ts';
import { Watch } from './watch.ts';
import { Windows } from './windows.ts';
import { Wiring } from './wiring.ts';

const INTERRUPTED = 'interrupted by the user';

/** The most that the store of a run may hold: three checkpoints of some ten thousand replicas. */
const STORE_BYTES_MAX = 2 * 1024 ** 3;

const ANYWHERE: Placing = { needs: {}, arrange: 'packed', foreign: [] };

export interface RunEnd {
	readonly outcome: Outcome;
	readonly reason: string;
	/** End of the last window that every host completed. */
	readonly simulatedUntilUs: SimTime;
	readonly error: Error | null;
	/** Messages that were refused in this process and in the hosts. */
	readonly refusals: RefusalTally;
	/** Times that the run went back to a checkpoint, and checkpoints that were kept. */
	readonly setbacks: number;
	readonly checkpoints: number;
	/** The bus was lost, and with it everybody: another coordinator may go on from the last checkpoint. */
	readonly isBusLost: boolean;
	/** What was wanted of it, for whoever in this process goes on. */
	readonly wishes: Wishes;
	/** The last, counted from 0. */
	readonly attempt: number;
}

/**
 * Leads one run: waits for the roster, grants windows, says for whom it waits and why, takes everybody back to the last
 * checkpoint when something beside the simulation goes wrong, and ends the run in order. It carries no readings.
 */
export class Coordinator {
	/** Messages that were refused here, and what the hosts say of theirs. */
	readonly refusals: Refusals;
	/** The bus of the run; what has no seal of it is not heard there. */
	readonly bus: Bus;
	private readonly openBus: Bus;
	private readonly plan: TrustedPlan;
	private readonly places: Places;
	private readonly world: World;
	private readonly limits: CoordinatorLimits;
	private readonly subjects: RunSubjects;
	private readonly membership: Membership;
	private readonly gathering: Gathering;
	private readonly questions: Questions;
	private readonly waker: Waker;
	private readonly watch: Watch;
	private readonly wiring: Wiring;
	private readonly windows: Windows;
	private readonly keeper: Keeper;
	/** What users and programs want of it while it goes on. */
	readonly steering: Steering;
	private readonly commands: Commands;
	private wantsPause: boolean;
	private readonly faults = new Faults();
	private readonly setbacks: Setbacks;
	private readonly machine: MachineActor<typeof lifecycle> = createActor(lifecycle);
	private readonly failure: Promise<never>;
	private abort: (error: Error) => void = () => {};
	private error: Error | null = null;
	private isBusLost = false;
	private startedMs = 0;
	/** Hosts hear of the end of the whole run, or have. */
	private isFinishing = false;
	private isFinished = false;
	/** Of hosts that are said to be gone: since when. */
	private readonly silentSinceMs = new Map<string, number>();
	/** Windows are granted: who leaves now leaves what it does to others. */
	private isSimulating = false;
	/** Workers that wait to be let go, by host. */
	private readonly released = new Map<string, () => void>();
	/** Set at the end: whoever still waits for something stops waiting. */
	private over = false;
	/** Hosts whose process has ended, as the last word on each. */
	private readonly gone = new Map<string, LostError>();
	private giveUpEnding: () => void = () => {};
	private isEndGivenUp = false;

	constructor(
		openBus: Bus,
		planned: TrustedPlan,
		world: World,
		limits: CoordinatorLimits = DEFAULT_LIMITS,
	) {
		this.refusals = new Refusals((text) => world.notice(text));
		const { isSealed, runKey, joinSecret } = planned.trust;
		const key = isSealed ? messageKey(runKey) : null;
		const refuse = (dropped: DroppedMessage) => this.refusals.refuse(dropped);
		const bus = sealIf(openBus, key, refuse, headKey(joinSecret));
		this.openBus = openBus;
		this.bus = bus;
		this.places = new Places(planned.roster, planned.placing ?? ANYWHERE);
		const { places } = this;
		const plan = placedPlan(planned, places);
		this.plan = plan;
		this.world = world;
		this.limits = limits;
		this.setbacks = new Setbacks(plan.from?.setbacks ?? 0);
		this.subjects = runSubjects(plan.run);
		this.waker = new Waker(world);
		const { waker, refusals, subjects } = this;
		this.questions = new Questions(bus, subjects, refusals, (host) => this.membership.seatOf(host));
		const { questions } = this;
		this.membership = new Membership({
			...{ bus, openBus, plan, places, world, limits, waker, refusals },
		});
		const { membership } = this;
		const isAlive = (host: string) => this.watch.isAlive(host);
		this.gathering = new Gathering({
			...{ bus, plan, places, world, limits, waker, membership, isAlive },
		});
		this.watch = new Watch({
			...{ plan, world, limits, waker },
			ask: (host, timeoutMs) => this.askStatus(host, timeoutMs),
			onHung: (hosts, error) => this.faults.raise({ hosts, error }),
			onGone: (host) => this.nobodyAnswers(host),
		});
		const { watch } = this;
		this.keeper = this.makeKeeper();
		const { keeper } = this;
		this.wiring = new Wiring({ plan, places, limits, membership, questions, watch });
		const followers = new Followers(plan.roster);
		const wishes = plan.from?.wishes;
		this.wantsPause = wishes?.isPaused ?? false;
		const commands = new Commands({
			waiting: wishes?.waiting ?? [],
			replicasMax: plan.replicasMax ?? null,
			before: plan.from?.commands ?? plan.commands ?? [],
			isClosed: plan.isReplay === true,
			sites: plan.sites ?? [],
			maxBytes: openBus.maxBytes,
			takes: () => followers.from(membership.ready),
			wallMs: () => world.wallMs?.() ?? 0,
			log: (command) => world.logCommand?.(command),
		});
		this.commands = commands;
		const about = { plan, world, limits, waker, questions, refusals, watch, keeper, commands };
		const course = {
			isStopping: () => this.stopping(),
			isPaused: () => this.machine.getSnapshot().matches('paused'),
			stop: () => this.interrupt(),
			nobodyAnswers: (host: string) => this.nobodyAnswers(host),
		};
		this.windows = new Windows({ ...about, ...course }, startClock(places.hosts, plan));
		const { windows } = this;
		this.steering = new Steering({
			...{ subjects, refusals, world, waker, windows, commands, membership },
			state: () => this.state(),
			setPaused: (isPaused) => this.setPaused(isPaused),
			stop: () => this.interrupt(),
		});
		this.failure = new Promise((_, reject) => {
			this.abort = reject;
		});
		this.failure.catch(() => {});
	}

	/** Times that the run went back so far, checkpoints that were kept, and the attempt that it is in. */
	get counts(): Pick<RunEnd, 'setbacks' | 'checkpoints' | 'attempt'> {
		const before = this.plan.from?.checkpoints ?? 0;
		const checkpoints = before + this.keeper.count;
		return { setbacks: this.setbacks.count, checkpoints, attempt: this.windows.clock.attempt };
	}

	/** What is wanted of it and is in no checkpoint. */
	get wishes(): Wishes {
		const { windows, wantsPause: isPaused, commands } = this;
		return { schedule: windows.standing, isPaused, waiting: commands.yetToAct };
	}

	/** Runs to the end, whatever the end is. Does not throw for what goes wrong in the run. */
	async run(): Promise<RunEnd> {
		this.machine.start();
		this.startedMs = this.world.nowMs();
		try {
			await this.listen();
			await this.orFailure(this.lead());
		} catch (error) {
			this.error ??= error instanceof Error ? error : new Error(String(error));
			// Whoever waits for an answer may hear of it first.
			if (error instanceof BusClosedError) this.isBusLost = true;
			this.machine.send({ type: 'FAIL', message: this.error.message });
		}
		this.over = true;
		this.membership.giveUp();
		this.windows.close();
		this.waker.wakeAll();
		// Said once: a window that a late word completes after this is not in what the hosts keep.
		const simulatedUntilUs = this.windows.clock.completedUs;
		if (!this.isFinished) {
			// Asked also where an error is known already: hosts elsewhere hear of the end by this alone.
			const error = await this.endOrGiveUp();
			this.error ??= error;
		}
		const isGivenUp = this.isEndGivenUp;
		if (!this.isBusLost) await this.keeper.close();
		this.machine.send({ type: 'STOPPED' });
		const { outcome, reason } = this.machine.getSnapshot().context;
		const end = {
			...{ outcome, reason, error: null, simulatedUntilUs, isBusLost: this.isBusLost },
			...this.counts,
			wishes: this.wishes,
			refusals: this.refusals.tally(),
		};
		if (isGivenUp && outcome === 'complete')
			return { ...end, outcome: 'interrupted', reason: INTERRUPTED };
		if (outcome === 'interrupted' || this.error === null) return end;
		return { ...end, outcome: 'failed', reason: this.error.message, error: this.error };
	}

	/**
	 * Ends the run in order before its time: after the window that is being simulated, if there is one.
	 *
	 * @param atOnce whether not to wait for the window; asked again, or while something keeps the run, it does not
	 */
	interrupt(atOnce: boolean = this.stopping() !== null || this.watch.isHeld): void {
		if ((this.over || this.isFinishing) && (atOnce || this.watch.isHeld)) this.giveUpEnding();
		if (this.isFinishing) return;
		this.machine.send({ type: 'INTERRUPT' });
		if (atOnce || this.windows.clock.pending.length === 0)
			this.abort(new SimulationError(INTERRUPTED));
		this.waker.wakeAll();
	}

	/**
	 * All is simulated, and every host hears of it. What one that is gone by then has recorded is whole to the last window;
	 * one that hangs may have half of the end, so that is simulated again.
	 *
	 * @throws HostsLostError naming all hosts: those that have ended are gone too
	 */
	private async finish(): Promise<void> {
		this.machine.send({ type: 'FINISHED' });
		this.isFinishing = true;
		const [first, ...rest] = this.membership.joined;
		const error = await this.endOrGiveUp();
		this.isFinishing = false;
		this.isFinished = true;
		const isHung = error instanceof RequestTimeoutError;
		if (!isHung || first === undefined || this.world.replaceHost === undefined) {
			this.error = error;
			return;
		}
		this.isFinished = false;
		this.machine.send({ type: 'AGAIN' });
		throw new HostsLostError([first, ...rest], `A host hangs at the end: ${error.message}`);
	}

	/** Tells that a host's process has ended by itself. */
	hostDied(host: string, how: string): void {
		const actors = this.places.actorsOf(host);
		const at = this.windows.clock.completedUs;
		const what =
			actors.length === 1 && actors[0] === host ? `"${host}"` : `"${host}" (${someOf(actors)})`;
		const error = new LostError(
			`Lost ${what} after ${formatSimTime(at)} of simulated time: ${how}`,
			{ actor: actors[0] ?? host, timeUs: at },
		);
		this.gone.set(host, error);
		this.faults.raise({ hosts: [host], error });
	}

	/** From the first hello to the end of the last window, as often as it takes. */
	private async lead(): Promise<void> {
		const { membership, world, wiring, windows, keeper, plan, faults } = this;
		let isOpen = false;
		let attempt = plan.from === undefined ? 0 : plan.from.checkpoint.attempt + 1;
		for (;;) {
			try {
				await faults.orFault(this.gathering.gather());
				windows.clock = { ...windows.clock, hosts: this.places.hosts };
				this.machine.send({ type: 'READY' });
				world.hostsReady?.([...membership.identities.values()]);
				const lengths = await faults.orFault(wiring.wire());
				windows.clock = { ...windows.clock, ...lengths };
				// Whatever came between before: once.
				if (!isOpen) await keeper.open(plan.from?.read ?? null);
				isOpen = true;
				if (attempt > 0) {
					windows.clock = goneBack(windows.clock, attempt, keeper.last);
					await faults.orFault(wiring.restore(keeper.last, attempt));
					const { window, fromUs } = keeper.last;
					world.event?.({ event: 'restored', attempt, window, fromUs });
				}
				this.machine.send({ type: 'WIRED' });
				if (this.wantsPause) this.machine.send({ type: 'PAUSE' });
				this.isSimulating = true;
				await faults.orFault(windows.simulate());
				if (this.stopping() === null) await this.finish();
				return;
			} catch (error) {
				this.isSimulating = false;
				await this.goBack(error);
				// What others still say under the old one counts for nothing from here on.
				attempt = Math.max(attempt + 1, windows.clock.attempt);
			}
		}
	}

	/**
	 * Makes ready for another try from the last checkpoint.
	 *
	 * @throws what no other try can cure, or has come too often
	 */
	private async goBack(caught: unknown): Promise<void> {
		const faults = this.faults.take();
		if (!(caught instanceof Interrupted)) {
			const isCurable = caught instanceof LostError || caught instanceof NoResponderError;
			if (!isCurable) throw caught;
			const hosts = caught instanceof HostsLostError ? caught.hosts : [];
			if (caught instanceof LostError) faults.push({ hosts, error: caught });
		}
		const [first] = faults;
		if (first === undefined || this.stopping() !== null) throw first?.error ?? caught;
		const lost = new Set(faults.flatMap(({ hosts }) => hosts));
		const { external } = this.plan;
		const { replaceHost } = this.world;
		if (replaceHost === undefined && [...lost].some((host) => !external.has(host)))
			throw first.error;
		const { clock } = this.windows;
		const failed = faults.filter(({ isLeave }) => isLeave !== true);
		const waitMs = failed.length === 0 ? 0 : this.setbacks.note(failed, clock.window);
		this.keeper.abandon();
		if (faults.some(({ error }) => error instanceof CheckpointError)) await this.keeper.reject();
		const from = formatSimTime(this.keeper.last.fromUs);
		const said = (failed[0] ?? first).error.message;
		this.world.notice(
			failed.length === 0
				? `${said}; going on from ${from} as soon as another worker has its place`
				: `${said}; going on from ${from} (setback ${this.setbacks.count})`,
		);
		if (failed.length > 0) this.tellSetback(said, [...lost], waitMs);
		// Nothing that is under way belongs to the run any more.
		this.windows.clock = { ...clock, attempt: clock.attempt + 1, pending: [] };
		this.questions.giveUp(new Interrupted());
		this.membership.giveUp();
		if (waitMs > 0) await this.waker.sleep(waitMs);
		// Only now: a process that was started for the place before must not take it from the one that is started next.
		for (const host of lost) {
			if (!this.released.has(host)) this.tellReplaced(host);
			this.membership.forget(host);
			this.silentSinceMs.delete(host);
			this.gone.delete(host);
			if (!external.has(host)) replaceHost?.(host);
			this.released.get(host)?.();
		}
	}

	private tellSetback(text: string, hosts: readonly string[], waitMs: number): void {
		const { attempt } = this.windows.clock;
		const { window, fromUs } = this.keeper.last;
		const actors = this.plan.roster.filter(({ host }) => hosts.includes(host));
		this.world.event?.({
			...{ event: 'setback', attempt, window, fromUs, text, hosts: [...hosts] },
			actors: actors.map(({ name }) => name),
			...{ setbacks: this.setbacks.count, waitMs },
		});
	}

	/** Whoever was taken for dead and wakes up hears that it need not go on. */
	private tellReplaced(host: string): void {
		const { membership, subjects, bus } = this;
		if (!membership.joined.has(host)) return;
		const subject = subjects.host(host, membership.seatOf(host));
		bus.publish(subject, encode({ type: 'replaced', host }));
	}

	/** A worker wants to leave; answered when nothing of it is needed any more. */
	private async letGo(host: string): Promise<Uint8Array> {
		const actors = namesText(this.places.actorsOf(host));
		const seat = this.membership.seatOf(host);
		this.world.notice(`The worker with ${actors} leaves at the end of a window`);
		// Before the first window, and while somebody is awaited, the last checkpoint is where everybody is.
		const isKept = !this.isSimulating || (await this.keeper.want());
		if (this.membership.seatOf(host) !== seat) return encode({ type: 'ok' });
		if (!isKept) {
			const reason =
				this.over || this.isFinishing
					? 'the run ends'
					: 'no checkpoints of this run are kept, so it needs the worker to its end';
			this.world.notice(`The worker with ${actors} cannot leave: ${reason}`);
			return encode({ type: 'refused', reason, retry: false });
		}
		const released = new Promise<void>((resolve) => void this.released.set(host, resolve));
		const error = new LostError(`The worker with ${actors} left`, { actor: host });
		this.faults.raise({ hosts: [host], error, isLeave: true });
		await released;
		this.released.delete(host);
		return encode({ type: 'ok' });
	}

	private makeKeeper(): Keeper {
		const { plan, world, limits, bus, subjects } = this;
		const open = { create: true, maxBytes: STORE_BYTES_MAX };
		return new Keeper(
			{
				get roster() {
					return plan.roster;
				},
				keeping: limits.keeping,
				openStore: () => bus.openStore(subjects.store, open),
				nowMs: () => world.nowMs(),
				notice: (text) => world.notice(text),
				...(world.keep === undefined ? {} : { keep: world.keep }),
				event: (event) => world.event?.(event),
				onStale: (error) => this.abort(error),
			},
			plan.from?.checkpoint ?? BEGINNING,
		);
	}

	private async askStatus(host: string, timeoutMs: number): Promise<StatusReport> {
		const { questions } = this;
		const report = await questions.ask({
			...{ host, message: { type: 'status' }, timeoutMs, types: ['status-report'] },
			refusal: (answer) => reportRefusal(this.plan.roster, host, answer),
		});
		this.silentSinceMs.delete(host);
		questions.heard(host, report.carriesOut);
		return report;
	}

	/**
	 * The server says that nobody answers for a host. On a server that others use anybody can say so, so it is believed
	 * when nothing was heard of the host for as long as a limit.
	 */
	private nobodyAnswers(host: string): void {
		if (!this.membership.joined.has(host)) return;
		const nowMs = this.world.nowMs();
		const sinceMs = this.silentSinceMs.get(host) ?? nowMs;
		this.silentSinceMs.set(host, sinceMs);
		if (!this.plan.trust.isSealed || nowMs - sinceMs >= this.limits.waitLimitMs)
			this.hostDied(host, 'its process is gone');
	}

	private async listen(): Promise<void> {
		this.membership.listen({
			onFailed: (message) => this.hostFailed(message),
			onLeave: (host) => this.letGo(host),
		});
		// Sealed on every server, with a key of its own: whoever has it may stop the run.
		const controls = sealBus(this.openBus, controlKey(this.plan.trust.runKey), (dropped) =>
			this.refusals.refuse(dropped),
		);
		this.steering.listen(controls, this.bus);
		void this.bus.closed.then((reason) => {
			// What the server does not permit, another one of the same kind does not either.
			const isDenied = reason instanceof NotPermittedError;
			if (!this.over) this.isBusLost = !isDenied;
			const lost = new LostError(`Lost the bus: ${reason?.message ?? 'it was closed'}`);
			this.abort(isDenied ? reason : lost);
		});
		await this.bus.flush();
	}

	/** A host could not make its actors. */
	private hostFailed(message: Parameters<typeof failedError>[0]): void {
		const error = failedError(message);
		if (error instanceof LostError) this.faults.raise({ hosts: [message.host], error });
		else this.abort(error);
	}

	/** Before the first window there is nothing to pause yet. */
	private setPaused(isPaused: boolean): void {
		this.wantsPause = isPaused;
		this.machine.send({ type: isPaused ? 'PAUSE' : 'RESUME' });
	}

	private state(): Promise<RunState> {
		const { plan, membership, world, windows, keeper } = this;
		return runState({
			...{ plan, membership, clock: windows.clock, ...this.counts },
			...{ pace: windows.pace, lagMs: windows.lagMs },
			phase: this.machine.getSnapshot().value,
			elapsedMs: world.nowMs() - this.startedMs,
			checkpointUs: keeper.last.fromUs,
			refusals: this.refusals.tally(),
			ask: (host, timeoutMs) => this.askStatus(host, timeoutMs),
		});
	}

	/** The first error of a host; null also if somebody did not want to wait for it. */
	private async endOrGiveUp(): Promise<Error | null> {
		const givenUp = new Promise<null>((resolve) => {
			this.giveUpEnding = () => {
				this.isEndGivenUp = true;
				resolve(null);
			};
		});
		return Promise.race([this.endHosts(), givenUp]);
	}

	/** @returns the first error of a host */
	private async endHosts(): Promise<Error | null> {
		const simulatedUntilUs = this.windows.clock.completedUs;
		const { outcome, reason } = this.machine.getSnapshot().context;
		const { plan, world, limits, membership, questions, watch, refusals, subjects } = this;
		const goneHow = (host: string) => this.gone.get(host) ?? null;
		const about = { plan, world, limits, membership, questions, watch, refusals, subjects };
		const context = { ...about, goneHow, isGivenUp: () => this.isEndGivenUp };
		const stop = { type: 'stop', outcome, reason, simulatedUntilUs } as const;
		const error = await endHosts(context, stop);
		if (error instanceof BusClosedError) this.isBusLost = true;
		return error;
	}

	/** Whether the run shall end before its time, and whether at once. */
	private stopping(): 'after the window' | 'at once' | null {
		if (this.over) return 'at once';
		return this.machine.getSnapshot().matches('stopping') ? 'after the window' : null;
	}

	private orFailure<T>(work: Promise<T>): Promise<T> {
		return Promise.race([work, this.failure]);
	}
}
