import { encode } from '../../protocol/codec.ts';
import type { Command } from '../../protocol/commands.ts';
import { LostError, SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Ready, Replaced, Stop, Welcome, Wired } from '../../protocol/messages.ts';
import { Refusals } from '../../protocol/refusals.ts';
import type { HostEvent } from '../../protocol/run-events.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import { type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import type { Failed, Grant, Restore } from '../../protocol/window-messages.ts';
import { type Breather, TIRELESS } from '../bus/breather.ts';
import type { Answer, Bus } from '../bus/bus.ts';
import { Attendants } from './attendants.ts';
import { type Actor, NotYetError, type Outside } from './contract.ts';
import { failureOf } from './failure.ts';
import { finishUnbegun, HostActors } from './host-actors.ts';
import { HostKeeping } from './host-keeping.ts';
import * as course from './host-phase.ts';
import { type FindKind, makeActor, portsOf } from './make-actor.ts';
import { momentsFromBytes } from './moment-bytes.ts';
import { sayReady } from './say-ready.ts';

export interface HostOptions {
	readonly refusals?: Refusals;
	/** Says when long work is put down so that the process stays alive to others; default: never. */
	readonly breather?: Breather;
	/** Where it is asked how far it is; default: the bus that carries the readings. */
	readonly statusBus?: Bus;
	/** Measures what keeping a moment costs, in milliseconds; default: not measured. */
	readonly stopwatchMs?: () => number;
	/** Main memory of the process; default: not known. */
	readonly memoryBytes?: () => number;
	/** Hears what happens to the host; default: nobody does. */
	readonly onEvent?: (event: HostEvent) => void;
	/** Resolves after so many milliseconds. Default: nobody waits, and what an actor cannot do yet fails the host. */
	readonly sleep?: (ms: number) => Promise<void>;
	/** What its actors meet beside the simulation; default: nothing. */
	readonly outside?: Outside;
}

const REQUESTS = ['wired', 'restore', 'grant', 'stop', 'replaced'] as const;
/** What an actor cannot do yet is tried again after this time. */
const AGAIN_MS = 200;

/** The window that is being simulated, and who waits for it. */
interface Stepping {
	readonly grant: Grant;
	readonly stepsBefore: number;
	answer(bytes: Uint8Array): void;
}

/**
 * The actors of one process in a run: answers the coordinator's requests, executes granted windows, and
 * exchanges readings with other hosts. Everything it does follows from messages; it knows no wall clock.
 */
export class Host {
	readonly name: string;
	/** Messages that were refused; reported to the coordinator with every message of ours. */
	readonly refusals: Refusals;
	/** Resolves when the coordinator has ended the run, with its last word. @throws LostError if another process has its place */
	readonly ended: Promise<Stop>;
	private readonly bus: Bus;
	private readonly statusBus: Bus;
	private readonly welcome: Welcome;
	private readonly frame: course.HostFrame;
	private readonly subjects: RunSubjects;
	private readonly breather: Breather;
	private readonly memoryBytes: HostOptions['memoryBytes'];
	private readonly actors = new Map<string, Actor>();
	private readonly attendants = new Attendants();
	private connected: HostActors | null = null;
	private phase = course.startPhase();
	private stepping: Stepping | null = null;
	/** What the requests that may come again were answered. */
	private readonly answers: Partial<Record<course.HostRequest['type'], Promise<Uint8Array>>> = {};
	/** So often each of them was made before, as far as is known. */
	private readonly heardAgain: Partial<Record<course.HostRequest['type'], number>> = {};
	/** The request that is being carried out. */
	private carried: course.HostRequest | null = null;
	private readonly keeping: HostKeeping;
	/** What its actors were at first. */
	private beginning: Uint8Array | null = null;
	/** The work was put down; it is taken up after the rest, whatever comes in between. */
	private isResting = false;
	private readonly sleep: HostOptions['sleep'];
	private readonly tell: (event: HostEvent) => void;
	private readonly outside: Outside | undefined;
	/** Why an actor cannot do yet what is next; null: nothing keeps it. */
	private held: string | null = null;
	private end: (stop: Stop) => void = () => {};
	private giveUpPlace: (why: LostError) => void = () => {};

	constructor(
		bus: Bus,
		welcome: Welcome,
		{
			refusals = new Refusals(),
			breather = TIRELESS,
			statusBus = bus,
			stopwatchMs = () => 0,
			memoryBytes,
			sleep,
			onEvent = () => {},
			outside,
		}: HostOptions = {},
	) {
		this.sleep = sleep;
		this.tell = onEvent;
		this.outside = outside;
		this.bus = bus;
		this.breather = breather;
		this.statusBus = statusBus;
		this.memoryBytes = memoryBytes;
		this.welcome = welcome;
		this.refusals = refusals;
		this.name = welcome.host;
		this.subjects = runSubjects(welcome.run);
		const { untilUs, actors } = welcome;
		this.frame = { untilUs, actors: actors.map(({ name }) => name) };
		this.keeping = new HostKeeping({
			...{ host: this.name, bus, stopwatchMs },
			store: this.subjects.store,
			attempt: () => this.phase.attempt,
			tell: onEvent,
		});
		this.ended = new Promise((resolve, reject) => {
			this.end = resolve;
			this.giveUpPlace = reject;
		});
		this.ended.catch(() => {});
	}

	/** Makes the actors, listens to the coordinator and reports that the host is ready (or why not). */
	async start(findKind: FindKind): Promise<void> {
		await this.listen();
		const word = await this.make(findKind);
		if (this.isOver()) return;
		await sayReady(this.bus, this.subjects, word);
	}

	private async listen(): Promise<void> {
		const { refusals } = this;
		const subject = this.ownSubject();
		this.bus.subscribe(
			subject,
			guarded({ subject, refusals, types: REQUESTS }, (message) =>
				message.type === 'replaced' ? this.hearReplaced(message) : this.answer(message),
			),
		);
		const status = this.subjects.status(this.name, this.welcome.seat);
		this.statusBus.subscribe(
			status,
			guarded({ subject: status, refusals, types: ['status'] }, () => encode(this.report())),
		);
		for (const { name } of this.welcome.actors) {
			const heard = { subject: this.subjects.heard(name), refusals, types: ['heard'] } as const;
			this.bus.subscribe(
				heard.subject,
				guarded(heard, () => encode({ type: 'ok' })),
			);
		}
		await Promise.all([this.bus.flush(), this.statusBus.flush()]);
	}

	private ownSubject(): string {
		return this.subjects.host(this.name, this.welcome.seat);
	}

	/** Makes the actors, unless the run ends meanwhile. */
	private async make(findKind: FindKind): Promise<Ready | Failed> {
		const making = {
			...{ findKind, seed: this.welcome.seed },
			...(this.outside === undefined ? {} : { outside: this.outside }),
			announce: (actor: string, timeUs: number, values: Readonly<Record<string, number | null>>) =>
				this.bus.publish(
					this.subjects.progress,
					encode({ type: 'progress', actor, timeUs, values: { ...values } }),
				),
			propose: (actor: string, command: Command) => this.propose(actor, command),
		};
		for (const entry of this.welcome.actors) {
			if (this.breather.isDue()) await this.breather.rest();
			if (this.isOver()) break;
			try {
				this.actors.set(entry.name, await this.madeInTime(() => makeActor(entry, making)));
			} catch (error) {
				if (this.isOver()) break;
				const failed = failureOf(this.name, error, entry.name);
				this.phase = course.onFailed(this.phase, failed);
				this.tellFailed(failed);
				return { ...failed, seat: this.welcome.seat };
			}
		}
		this.phase = course.onMade(this.phase);
		const actors = [...this.actors].map(([name, actor]) => portsOf(name, actor));
		return { type: 'ready', host: this.name, seat: this.welcome.seat, actors };
	}

	private propose(actor: string, command: Command): void {
		if (this.isOver()) return;
		const { host, seat } = this.welcome;
		this.bus.publish(
			this.subjects.proposals,
			encode({ type: 'proposal', host, seat, actor, command }),
		);
	}

	/** Tries again as long as something keeps the actor from being made that may pass, and the run is not over. */
	private async madeInTime(make: () => Promise<Actor>): Promise<Actor> {
		for (;;) {
			try {
				return await make();
			} catch (error) {
				if (!(error instanceof NotYetError) || this.isOver()) throw error;
				await this.hold(error.message);
			}
		}
	}

	private isOver(): boolean {
		return this.phase.stage === 'ended';
	}

	private answer(message: course.HostRequest): Answer | Promise<Answer> {
		const [phase, verdict] = course.onRequest(this.phase, message, this.frame);
		if (verdict.type === 'refuse') return this.refuse(message.type, verdict.reason);
		this.phase = phase;
		const { type, again = 0 } = message;
		// One that was made anew is no copy.
		const isCopy = again <= (this.heardAgain[type] ?? 0);
		if (verdict.type === 'act' || !isCopy) this.heardAgain[type] = again;
		if (verdict.type === 'act') {
			this.carried = message;
			this.answers[type] = this.carryOut(message).finally(() => {
				if (this.carried === message) this.carried = null;
			});
		} else if (isCopy) {
			const subject = this.ownSubject();
			this.refusals.refuse({ subject, kind: 'duplicate', reason: `a ${type} came again` });
		}
		return this.answers[type];
	}

	private hearReplaced({ host }: Replaced): undefined {
		if (host === this.name) this.leave('it was taken for dead');
		else {
			const reason = `a replaced that is of "${host}"`;
			this.refusals.refuse({ subject: this.ownSubject(), kind: 'unexpected', reason });
		}
	}

	/** Another process has this one's place: nothing that it still says counts, and nothing more is done. */
	private leave(why: string): void {
		if (this.phase.stage === 'ended') return;
		this.attendants.end();
		this.phase = course.onReplaced(this.phase);
		this.stepping = null;
		this.giveUpPlace(
			new LostError(`Another process has the place of "${this.name}" by now: ${why}`),
		);
	}

	/** The answer may be asked for again: it is kept, and nothing is done twice. */
	private carryOut(message: course.HostRequest): Promise<Uint8Array> {
		if (message.type === 'wired') return this.wire(message);
		if (message.type === 'restore') return this.restore(message);
		return message.type === 'grant' ? this.simulate(message) : this.stop(message);
	}

	private refuse(type: string, why: string): Uint8Array {
		const reason = `a ${type} that does not fit: ${why}`;
		const subject = this.ownSubject();
		this.refusals.refuse({ subject, kind: 'unexpected', reason });
		return refusedFor(reason);
	}

	/** Actors take their first state here: one that throws fails the host, as one that cannot be made does. */
	private async wire(wired: Wired): Promise<Uint8Array> {
		try {
			const connected = this.connect(wired);
			this.beginning = connected.takeBytes();
			connected.listen();
			await this.bus.flush();
			return encode({ type: 'ok' });
		} catch (error) {
			return encode(this.fail(error));
		}
	}

	private connect(wired: Wired): HostActors {
		const { bus, subjects, refusals, breather } = this;
		this.connected = new HostActors(this.actors, this.welcome.wires, wired, {
			...{ bus, subjects, refusals, breather },
			phase: () => this.phase,
			onRows: () => this.pump(),
			onFailure: (error) => this.fail(error),
			onLeftBehind: (attempt) => {
				// Without a seal anybody could say so.
				if (this.welcome.messageKey !== null) this.leave(`the run is at attempt ${attempt}`);
			},
		});
		return this.connected;
	}

	private async simulate(grant: Grant): Promise<Uint8Array> {
		if (this.phase.failed !== null) return encode(this.phase.failed);
		const { connected } = this;
		const { type: _, ...about } = grant;
		this.tell({ event: 'granted', ...about });
		if (grant.keep && connected !== null) this.keeping.keep(grant, () => connected.takeBytes());
		if (this.welcome.isReplay !== true)
			this.attendants.begin(this.actors, (actor, error) => this.fail(error, actor));
		try {
			connected?.command(grant.fromUs, grant.commands ?? []);
		} catch (error) {
			return encode(this.fail(error));
		}
		return new Promise((answer) => {
			this.stepping = { grant, stepsBefore: this.connected?.steps ?? 0, answer };
			this.pump();
		});
	}

	/** Goes on with the window that is being simulated, if there is one. */
	private pump(): void {
		const { connected, stepping } = this;
		if (connected === null || stepping === null || this.phase.stage !== 'stepping') return;
		if (this.isResting) return;
		try {
			const { untilUs } = stepping.grant;
			const how = connected.pump(untilUs);
			if (how === 'tired') this.rest();
			if (how === 'full') this.rest(connected.room());
			if (how !== 'done') return;
			const reason = connected.windowDone(untilUs);
			if (reason === null) this.done(stepping);
			else this.rest(this.hold(reason));
		} catch (error) {
			this.fail(error);
		}
	}

	private done({ grant, stepsBefore, answer }: Stepping): void {
		const { attempt, window } = grant;
		const steps = (this.connected?.steps ?? 0) - stepsBefore;
		const refusals = this.refusals.tally();
		const { kept } = this.keeping;
		const done = { type: 'done', host: this.name, attempt, window, steps, kept, refusals } as const;
		this.phase = course.onDone(this.phase, done);
		this.stepping = null;
		this.tell({ event: 'done', attempt, window, steps });
		answer(encode(done));
	}

	/** Goes back to where a window begins; whoever waits for the one that was being simulated has gone back too. */
	private async restore({ attempt, window, fromUs, objects }: Restore): Promise<Uint8Array> {
		this.stepping?.answer(refusedFor('it goes back'));
		this.stepping = null;
		this.keeping.kept = null;
		try {
			const bytes = objects.length === 0 ? [this.beginning] : await this.keeping.fetch(objects);
			if (this.phase.attempt !== attempt || this.phase.stage !== 'restoring')
				return refusedFor('it goes elsewhere by now');
			const moments = bytes.flatMap((one) => (one === null ? [] : momentsFromBytes(one)));
			this.connected?.beginAt(moments, fromUs);
			this.phase = course.onRestored(this.phase);
			this.tell({ event: 'restored', attempt, window, fromUs });
			return encode({ type: 'ok' });
		} catch (error) {
			return encode(this.fail(error));
		}
	}

	private rest(rested: Promise<void> = this.breather.rest()): void {
		this.isResting = true;
		void rested.then(() => {
			this.isResting = false;
			this.pump();
		});
	}

	/** Waits a while for what keeps an actor from its work, and says so to whoever asks meanwhile. */
	private hold(reason: string): Promise<void> {
		if (this.sleep === undefined) throw new SimulationError(reason);
		this.held = reason;
		return this.sleep(AGAIN_MS).then(() => {
			this.held = null;
		});
	}

	/** Remembers the failure and reports it to the coordinator as the answer to this or the next grant. */
	private fail(error: unknown, actor: string | null = null): Failed {
		const failed = failureOf(this.name, error, actor);
		this.phase = course.onFailed(this.phase, failed);
		this.tellFailed(failed);
		this.stepping?.answer(encode(this.phase.failed ?? failed));
		this.stepping = null;
		return this.phase.failed ?? failed;
	}

	private tellFailed({ actor, timeUs, message: text }: Failed): void {
		this.tell({ event: 'failed', attempt: this.phase.attempt, actor, timeUs, text });
	}

	private report(): StatusReport {
		const actors = this.connected?.report(this.stepping?.grant.untilUs ?? 0) ?? [];
		const memoryBytes = this.memoryBytes?.();
		const memory = memoryBytes === undefined ? {} : { memoryBytes };
		const held = this.held === null ? {} : { held: this.held };
		const about = { host: this.name, carriesOut: this.carried?.type ?? null };
		return { type: 'status-report', ...about, ...memory, actors, ...held };
	}

	private async stop(stop: Stop): Promise<Uint8Array> {
		this.attendants.end();
		try {
			const wait = (reason: string) => this.hold(reason);
			await (this.connected?.finish(stop, wait) ?? finishUnbegun(this.actors, stop));
		} catch (error) {
			return encode(failureOf(this.name, error));
		} finally {
			const { outcome, reason: text, simulatedUntilUs } = stop;
			const { count: refused, duplicates } = this.refusals.tally();
			this.tell({ event: 'ended', outcome, text, simulatedUntilUs, refused, duplicates });
			queueMicrotask(() => this.end(stop));
		}
		return encode({ type: 'stopped', host: this.name, refusals: this.refusals.tally() });
	}
}

function refusedFor(reason: string): Uint8Array {
	return encode({ type: 'refused', reason, retry: false });
}
