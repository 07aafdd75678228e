import type { Answer, Bus, Subscription } from '../../kernel/bus/bus.ts';
import { Exchange, messageKey } from '../../kernel/bus/keys.ts';
import { encode } from '../../protocol/codec.ts';
import { guarded } from '../../protocol/guarded.ts';
import {
	type ActorPorts,
	type Hello,
	PROTOCOL_VERSION,
	type Presence,
	type Ready,
	type Welcome,
} from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import { JOIN_SUBJECT, type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import type { Failed } from '../../protocol/window-messages.ts';
import { Door, type Guest } from './door.ts';
import { readyRefusal, unreadyRefusal } from './host-words.ts';
import { Offers } from './offers.ts';
import { fits, type Offer, type Place, type Places } from './places.ts';
import type { CoordinatorLimits, HostIdentity, TrustedPlan, World } from './run-plan.ts';
import type { Waker } from './waker.ts';

export interface MembershipContext {
	/** The bus of the run. */
	readonly bus: Bus;
	/** The same without the seal of the run, which those that say hello do not have yet. */
	readonly openBus: Bus;
	readonly plan: TrustedPlan;
	readonly places: Places;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly waker: Waker;
	readonly refusals: Refusals;
}

export interface MembershipListener {
	/** A host could not make its actors. */
	onFailed(message: Failed): void;
	/** A worker wants to leave; resolves with what it is answered. */
	onLeave(host: string): Promise<Uint8Array>;
}

/** Who takes part in a run: gives hosts their places. */
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
	readonly offers: Offers;
	/** Workers that were given a place and are not ready yet, by host. */
	readonly welcomed = new Map<string, { readonly worker: string; readonly sinceMs: number }>();
	/** Open until every worker is ready: whoever asks reaches no run that could only refuse it. */
	private joining: Subscription | null = null;
	/** Processes that had each place before. */
	private readonly seats = new Map<string, number>();
	/** Counts the times that somebody stopped waiting. */
	givenUp = 0;

	constructor(context: MembershipContext) {
		this.context = context;
		const { plan, refusals, world } = context;
		const { maxBytes } = context.openBus;
		this.door = new Door({ plan, maxBytes, refusals, notice: (text) => world.notice(text) });
		this.subjects = runSubjects(context.plan.run);
		this.offers = new Offers(plan.placing?.arrange ?? 'packed');
	}

	/** All that there are by now, joined or awaited. */
	get hosts(): readonly string[] {
		return this.context.places.hosts;
	}

	/** Answers hosts from now on. */
	listen({ onFailed, onLeave }: MembershipListener): void {
		const { bus, openBus, refusals } = this.context;
		const { hello, ready } = this.subjects;
		openBus.subscribe(hello, (bytes) => this.greet(bytes, hello));
		this.openOrCloseDoor();
		bus.subscribe(
			ready,
			guarded({ subject: ready, refusals, types: ['ready', 'failed', 'presence'] }, (message) => {
				if (message.type === 'presence') return this.attend(message, onLeave);
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

	private attend(
		{ host, seat, leaves }: Presence,
		onLeave: MembershipListener['onLeave'],
	): Uint8Array | Promise<Uint8Array> {
		const isThere =
			this.joined.has(host) && this.seatOf(host) === seat && this.context.plan.external.has(host);
		if (!isThere) {
			const reason = `another process has the place "${host}" by now`;
			return encode({ type: 'refused', reason, retry: false });
		}
		return leaves ? onLeave(host) : encode({ type: 'ok' });
	}

	private refusalOf(message: Ready | Failed): string | null {
		const { roster } = this.context.plan;
		const seatOf = (host: string) => this.seatOf(host);
		const participants = { roster, joined: this.joined, ready: this.ready, seatOf };
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
		this.identities.delete(host);
		this.context.places.free(host);
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
		const refuse = (reason: string) =>
			guest.answer(encode({ type: 'refused', reason, retry: true }));
		const places = this.placesFor(guest, worker);
		if (places.length === 0) return refuse('no place is free for such a host in this run');
		const challenge = this.door.challengeFor(guest);
		if (challenge !== null) return guest.answer(challenge);
		const taken = guest.place === null ? this.deal(guest, worker, places) : places;
		if (taken === null)
			return refuse(
				'places are dealt out once there is room for all of them and nobody else comes',
			);
		const host = this.context.places.join(taken);
		const welcome = this.welcome(host, guest);
		if (welcome === null) {
			const reason = 'nothing can be encrypted for its public key';
			return guest.answer(encode({ type: 'refused', reason, retry: false }));
		}
		this.joined.add(host);
		this.welcomed.set(host, { worker, sinceMs: this.context.world.nowMs() });
		const { machine, pid, program } = hello;
		const { world } = this.context;
		const actors = this.context.places.actorsOf(host);
		this.identities.set(host, { host, machine, pid, program, actors });
		world.event?.({ event: 'joined', host, seat: welcome.seat, machine, pid, actors: [...actors] });
		world.hostJoined?.(host);
		this.context.waker.wakeAll();
		return guest.answer(encode(welcome));
	}

	/** Null for a public key that is none: some that have the right length are not. */
	private welcome(host: string, { hello, secret }: Guest): Welcome | null {
		const { run, seed, untilUs, roster, wires, trust, isReplay } = this.context.plan;
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
			...(isReplay === true ? { isReplay } : {}),
			wires: own,
			messageKey: wrapped,
		};
	}

	private openOrCloseDoor(): void {
		const { external } = this.context.plan;
		const open = this.hosts.some((host) => external.has(host) && !this.ready.has(host));
		if (open)
			this.joining ??= this.context.openBus.subscribe(JOIN_SUBJECT, (bytes) =>
				this.greet(bytes, JOIN_SUBJECT),
			);
		else {
			this.joining?.unsubscribe();
			this.joining = null;
		}
	}

	/**
	 * Places that a host might have. One that is not external goes to its own process and to nobody else, and that process
	 * gets no other.
	 */
	private placesFor({ hello, place }: Guest, worker: string): readonly string[] {
		// It asks again: our first answer was lost, or another run's came before.
		const asksAgain = (host: string) => this.welcomed.get(host)?.worker === worker;
		if (place !== null) return !this.joined.has(place) || asksAgain(place) ? [place] : [];
		const again = [...this.welcomed.keys()].find(asksAgain);
		if (again !== undefined) return [again];
		const free = this.freePlacesNow();
		const named = free.find(({ host }) => host === hello.host);
		if (named !== undefined) return [named.host];
		return free.filter((one) => fits(one, offerOf(hello))).map(({ host }) => host);
	}

	/** Which of them a worker has; null: it has to wait. */
	private deal(
		{ hello }: Guest,
		worker: string,
		places: readonly string[],
	): readonly string[] | null {
		if (places.length === 1 && (this.joined.has(places[0] as string) || places[0] === hello.host))
			return places;
		const nowMs = this.context.world.nowMs();
		return this.offers.deal({ worker, offer: offerOf(hello), nowMs }, this.freePlacesNow());
	}

	private freePlacesNow(): readonly Place[] {
		const { plan, places } = this.context;
		return this.hosts
			.filter((host) => plan.external.has(host) && !this.joined.has(host))
			.map((host) => places.placeOf(host));
	}

	/** The worker that took a place is gone before it came. */
	vacate(host: string): boolean {
		if (!this.welcomed.delete(host)) return false;
		this.joined.delete(host);
		this.identities.delete(host);
		this.context.places.free(host);
		// It may come after all, late.
		this.seats.set(host, this.seatOf(host) + 1);
		return true;
	}
}

function offerOf({ kinds, capacity = 1, labels = {} }: Hello): Offer {
	return { kinds, capacity, labels };
}
