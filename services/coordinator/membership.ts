import {
	type Answer,
	type Bus,
	NoResponderError,
	type Subscription,
} from '../../kernel/bus/bus.ts';
import { Exchange, messageKey } from '../../kernel/bus/keys.ts';
import { encode } from '../../protocol/codec.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { ActorPorts, Ready, Welcome } from '../../protocol/messages.ts';
import { PROTOCOL_VERSION } from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import { JOIN_SUBJECT, type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import type { Failed } from '../../protocol/window-messages.ts';
import { someOf } from './diagnosis.ts';
import { Door, type Guest } from './door.ts';
import { HostsLostError } from './faults.ts';
import { readyRefusal, unreadyRefusal } from './host-words.ts';
import type { CoordinatorLimits, HostIdentity, TrustedPlan, World } from './run-plan.ts';
import { LAST_MULTIPLE, NOTICE_MULTIPLES } from './run-plan.ts';
import type { Waker } from './waker.ts';

/** A worker that was welcomed gets this long until it must be heard: on a busy machine it is slow to subscribe. */
const JOIN_GRACE_MS = 5_000;

export interface MembershipContext {
	/** The bus of the run. */
	readonly bus: Bus;
	/** The same without the seal of the run, which those that say hello do not have yet. */
	readonly openBus: Bus;
	readonly plan: TrustedPlan;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly waker: Waker;
	readonly refusals: Refusals;
	/** Whether a host answers, or its process works. */
	isAlive(host: string): Promise<boolean>;
}

/** Who takes part in a run: gives hosts their places, and waits until all of them are ready. */
export class Membership {
	/** Hosts that have a place. */
	readonly joined = new Set<string>();
	/** Hosts that have made their actors, with the ports of these. */
	readonly ready = new Map<string, readonly ActorPorts[]>();
	/** Who has which place. */
	readonly identities = new Map<string, HostIdentity>();
	private readonly context: MembershipContext;
	private readonly door: Door;
	private readonly subjects: RunSubjects;
	private readonly hosts: readonly string[];
	/** Workers that were given a place and are not ready yet, by host. */
	private readonly welcomed = new Map<
		string,
		{ readonly worker: string; readonly sinceMs: number }
	>();
	/** Open until every worker is ready: whoever asks reaches no run that could only refuse it. */
	private joining: Subscription | null = null;
	/** Processes that had each place before. */
	private readonly seats = new Map<string, number>();
	/** Counts the times that somebody stopped waiting. */
	private givenUp = 0;

	constructor(context: MembershipContext) {
		this.context = context;
		const { plan, refusals, world } = context;
		const { maxBytes } = context.openBus;
		this.door = new Door({ plan, maxBytes, refusals, notice: (text) => world.notice(text) });
		this.subjects = runSubjects(context.plan.run);
		this.hosts = [...new Set(context.plan.roster.map((entry) => entry.host))];
	}

	/** Answers hosts from now on; `onFailed` hears of hosts that could not make their actors. */
	listen(onFailed: (message: Failed) => void): void {
		const { bus, openBus, refusals } = this.context;
		const { hello, ready } = this.subjects;
		openBus.subscribe(hello, (bytes) => this.greet(bytes, hello));
		this.openOrCloseDoor();
		bus.subscribe(
			ready,
			guarded({ subject: ready, refusals, types: ['ready', 'failed'] }, (message) => {
				const refused = this.refusalOf(message);
				if (refused !== null) {
					const reason = `a ${message.type} that does not fit: ${refused}`;
					refusals.refuse({ subject: ready, kind: 'unexpected', reason });
					return encode({ type: 'refused', reason, retry: false });
				}
				if (message.type === 'failed') onFailed(message);
				else this.takeReady(message);
				return encode({ type: 'ok' });
			}),
		);
	}

	private refusalOf(message: Ready | Failed): string | null {
		const { roster } = this.context.plan;
		const participants = { roster, joined: this.joined, ready: this.ready };
		return message.type === 'ready'
			? readyRefusal(participants, message)
			: unreadyRefusal(participants, message);
	}

	/** The first time: said again it is the same. */
	private takeReady({ host, actors }: Ready): void {
		if (this.ready.has(host)) {
			const reason = `a ready of "${host}" came again`;
			this.context.refusals.refuse({ subject: this.subjects.ready, kind: 'duplicate', reason });
			return;
		}
		this.welcomed.delete(host);
		this.ready.set(host, actors);
		this.context.world.event?.({ event: 'ready', host, seat: this.seatOf(host) });
		this.openOrCloseDoor();
		this.context.waker.wakeAll();
	}

	/** Which of the processes that had the place of a host has it now, counted from 0. */
	seatOf(host: string): number {
		return this.seats.get(host) ?? 0;
	}

	/** The process of a host is gone, or given up: its place is free for another, and nothing is sent to the old one. */
	forget(host: string): void {
		this.ready.delete(host);
		this.joined.delete(host);
		this.welcomed.delete(host);
		this.seats.set(host, this.seatOf(host) + 1);
		this.openOrCloseDoor();
	}

	/** Nobody waits any more until all are ready; somebody may again. */
	giveUp(): void {
		this.givenUp++;
	}

	private greet(bytes: Uint8Array, subject: string): Answer {
		const knock = this.door.knock(bytes, subject);
		if (knock.type === 'done') return knock.answer;
		const { guest } = knock;
		const { hello } = guest;
		const worker = `${hello.machine}/${hello.pid}/${hello.host}`;
		const host = this.placeFor(guest, worker);
		if (host === null) {
			const reason = 'no place is free for such a host in this run';
			return guest.answer(encode({ type: 'refused', reason, retry: true }));
		}
		const challenge = this.door.challengeFor(guest);
		if (challenge !== null) return guest.answer(challenge);
		const welcome = this.welcome(host, guest);
		if (welcome === null) {
			const reason = 'nothing can be encrypted for its public key';
			return guest.answer(encode({ type: 'refused', reason, retry: false }));
		}
		this.joined.add(host);
		this.welcomed.set(host, { worker, sinceMs: this.context.world.nowMs() });
		const { machine, pid, program } = hello;
		this.identities.set(host, { host, machine, pid, program });
		const { world } = this.context;
		const actors = welcome.actors.map(({ name }) => name);
		world.event?.({ event: 'joined', host, seat: welcome.seat, machine, pid, actors });
		world.hostJoined?.(host);
		this.context.waker.wakeAll();
		return guest.answer(encode(welcome));
	}

	/** Null for a public key that is none: some that have the right length are not. */
	private welcome(host: string, { hello, secret }: Guest): Welcome | null {
		const { run, seed, untilUs, roster, wires, trust } = this.context.plan;
		const actors = roster.filter((entry) => entry.host === host);
		const names = new Set(actors.map(({ name }) => name));
		const own = wires.filter(({ from, to }) => names.has(from.actor) || names.has(to.actor));
		let wrapped: Welcome['messageKey'] = null;
		try {
			if (trust.isSealed)
				wrapped = new Exchange().wrap(messageKey(trust.runKey), hello.publicKey, secret);
		} catch {
			return null;
		}
		return {
			...{ type: 'welcome', version: PROTOCOL_VERSION, run, host, seat: this.seatOf(host) },
			...{ seed, untilUs, actors },
			wires: own,
			messageKey: wrapped,
		};
	}

	private openOrCloseDoor(): void {
		const open = [...this.context.plan.external].some((host) => !this.ready.has(host));
		if (open)
			this.joining ??= this.context.openBus.subscribe(JOIN_SUBJECT, (bytes) =>
				this.greet(bytes, JOIN_SUBJECT),
			);
		else {
			this.joining?.unsubscribe();
			this.joining = null;
		}
	}

	/** A place that is not external goes to its own process and to nobody else, and that process gets no other. */
	private placeFor({ hello, place }: Guest, worker: string): string | null {
		// It asks again: our first answer was lost, or another run's came before.
		const asksAgain = (host: string) => this.welcomed.get(host)?.worker === worker;
		if (place !== null) return !this.joined.has(place) || asksAgain(place) ? place : null;
		const { external, roster } = this.context.plan;
		const places = this.hosts.filter((host) => external.has(host));
		const again = places.find(asksAgain);
		if (again !== undefined) return again;
		const free = places.filter((host) => !this.joined.has(host));
		if (free.includes(hello.host)) return hello.host;
		const fits = (host: string) =>
			roster.every((entry) => entry.host !== host || hello.kinds.includes(entry.kind));
		return free.find(fits) ?? null;
	}

	/**
	 * Waits until every host of the roster is ready. The limits run from the last time that anything happened: on a busy
	 * machine many processes take long to start, one after the other.
	 *
	 * @throws HostsLostError naming our own that do not come, or are silent before they are ready
	 */
	async gather(): Promise<void> {
		const { world, limits, waker } = this.context;
		let movedMs = world.nowMs();
		let notices = 0;
		let looks = 0;
		let before = '';
		const { givenUp } = this;
		while (this.givenUp === givenUp && this.ready.size < this.hosts.length) {
			await waker.sleep(limits.pollMs);
			if (this.givenUp !== givenUp) return;
			await this.freePlaces();
			const missing = this.hosts.filter((host) => !this.joined.has(host));
			const started = missing.filter((host) => world.isWaiting?.(host) !== true);
			const moved = `${this.joined.size}/${this.ready.size}/${started.length}`;
			if (moved !== before || this.isAnyAtWork(started)) movedMs = world.nowMs();
			if (moved !== before) notices = looks = 0;
			before = moved;
			const waitedMs = world.nowMs() - movedMs;
			if (waitedMs >= (looks + 1) * LAST_MULTIPLE * limits.waitLimitMs) {
				looks++;
				await this.checkOwn(waitedMs, started);
			}
			const multiple = NOTICE_MULTIPLES[notices];
			if (multiple === undefined || waitedMs < multiple * limits.waitLimitMs) continue;
			notices++;
			world.notice(this.describeMissing(waitedMs, started));
		}
	}

	/** Our own that have not come after all this time, or have joined and are silent since. */
	private async checkOwn(waitedMs: number, started: readonly string[]): Promise<void> {
		const { plan, isAlive } = this.context;
		const text = this.describeMissing(waitedMs, started);
		const unready = this.hosts.filter((host) => this.joined.has(host) && !this.ready.has(host));
		const alive = await Promise.all(unready.map((host) => isAlive(host)));
		const silent = unready.filter((host, i) => alive[i] === false && !this.ready.has(host));
		const [first, ...rest] = [...started, ...silent].filter((host) => !plan.external.has(host));
		if (first !== undefined) throw new HostsLostError([first, ...rest], text);
	}

	/** Processes of our own that have not joined and work: they are late, no more. */
	private isAnyAtWork(started: readonly string[]): boolean {
		return started.map((host) => this.context.world.isAtWork?.(host)).includes(true);
	}

	private describeMissing(waitedMs: number, started: readonly string[]): string {
		const { external } = this.context.plan;
		const unready = this.hosts.filter((host) => this.joined.has(host) && !this.ready.has(host));
		const parts = [
			...started.map(
				(host) =>
					`${host} has not joined${external.has(host) ? ' (started elsewhere, as with: make worker NATS_URL=...)' : ''}`,
			),
			...unready.map((host) => `${host} is still making its actors`),
		];
		return `Waiting since ${Math.round(waitedMs / 1000)} s for ${parts.length} of ${this.hosts.length} hosts: ${someOf(parts, '; ')}`;
	}

	/** A worker that took a place and never came (it died, or joined another run) makes way for the next. */
	private async freePlaces(): Promise<void> {
		const request = encode({ type: 'status' });
		for (const [host, { sinceMs }] of this.welcomed) {
			if (!this.context.plan.external.has(host)) continue;
			if (this.context.world.nowMs() - sinceMs < JOIN_GRACE_MS) continue;
			try {
				await this.context.bus.request(
					this.subjects.status(host, this.seatOf(host)),
					request,
					this.context.limits.pollMs,
				);
			} catch (error) {
				if (!(error instanceof NoResponderError) || !this.welcomed.delete(host)) continue;
				this.joined.delete(host);
				this.context.world.notice(
					`Waiting for ${host} again: the worker that took its place is gone`,
				);
			}
		}
	}
}
