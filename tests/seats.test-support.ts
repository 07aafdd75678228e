import type { Host } from '../kernel/actor/host.ts';
import type { FindKind } from '../kernel/actor/make-actor.ts';
import type { HostMoment } from '../kernel/actor/moment.ts';
import type { Bus, Handler, Subscription } from '../kernel/bus/bus.ts';
import { decode } from '../protocol/codec.ts';
import { runSubjects } from '../protocol/subjects.ts';

/** Which hosts of a run are replaced by new ones, and when. */
export interface Replacing {
	/** Whether a host is replaced before a window begins, once everybody is done with the one before. */
	chooses(window: number, host: string): boolean;
	/** How the moment of the old host comes to the new one. */
	carry(moment: HostMoment): HostMoment;
}

export interface SeatsContext {
	readonly connect: () => Promise<Bus>;
	readonly find: FindKind;
}

/** A place in a run: the host that sits there, and what it has subscribed to. */
interface Seat {
	readonly make: (bus: Bus) => Host;
	host: Host;
	/** Of what the coordinator says to it, by subject. */
	readonly handlers: Map<string, Handler>;
	subscriptions: Subscription[];
}

const subjects = runSubjects('test');

/**
 * The places of a run. Requests of the coordinator come to the place, which hands them to the host that sits there; a
 * grant is held back until all places have one, since everybody is done with the window before then.
 */
export class Seats {
	private readonly names: readonly string[];
	private readonly fronts: ReadonlySet<string>;
	private readonly replacing: Replacing | null;
	private readonly context: SeatsContext;
	private readonly seats = new Map<string, Seat>();
	private readonly buses: Bus[] = [];
	private error: unknown = null;
	private waiting: (() => void)[] = [];

	constructor(names: readonly string[], replacing: Replacing | null, context: SeatsContext) {
		this.names = names;
		this.fronts = new Set(
			names.flatMap((name) => [subjects.host(name, 0), subjects.status(name, 0)]),
		);
		this.replacing = replacing;
		this.context = context;
	}

	async start(make: (bus: Bus) => Host): Promise<void> {
		const { seat, host } = await this.sit({ make });
		const { name } = host;
		this.seats.set(name, seat);
		const front = await this.context.connect();
		this.buses.push(front);
		const hand = (subject: string, bytes: Uint8Array) => seat.handlers.get(subject)?.(bytes);
		front.subscribe(subjects.host(name, 0), async (bytes) => {
			const message = decode(bytes, 'wired', 'restore', 'grant', 'stop');
			if (message.type === 'grant' && message.window > 0) await this.meet(message.window);
			return (await hand(subjects.host(name, 0), bytes)) as Uint8Array;
		});
		front.subscribe(subjects.status(name, 0), (bytes) => hand(subjects.status(name, 0), bytes));
		await front.flush();
		await host.start(this.context.find);
	}

	/** @throws what went wrong while a host was replaced */
	async close(): Promise<void> {
		for (const bus of this.buses) await bus.close();
		if (this.error !== null) throw this.error;
	}

	private async sit({ make }: Pick<Seat, 'make'>): Promise<{ seat: Seat; host: Host }> {
		const bus = await this.context.connect();
		this.buses.push(bus);
		const place = { make, handlers: new Map<string, Handler>(), subscriptions: [] };
		const host = make(this.seen(bus, place));
		return { seat: { ...place, host }, host };
	}

	/** The bus as a host at a seat sees it. */
	private seen(bus: Bus, seat: Omit<Seat, 'host'>): Bus {
		return {
			publish: (subject, payload) => bus.publish(subject, payload),
			request: (subject, payload, timeoutMs, options) =>
				bus.request(subject, payload, timeoutMs, options),
			openStore: (name, options) => bus.openStore(name, options),
			flush: () => bus.flush(),
			close: () => bus.close(),
			closed: bus.closed,
			subscribe: (subject, handler) => {
				if (this.fronts.has(subject)) {
					seat.handlers.set(subject, handler);
					return { unsubscribe: () => {} };
				}
				const subscription = bus.subscribe(subject, handler);
				seat.subscriptions.push(subscription);
				return subscription;
			},
		};
	}

	/** Waits until every place has come to this window; the last one replaces hosts. */
	private async meet(window: number): Promise<void> {
		if (this.replacing === null) return;
		if (this.waiting.length + 1 < this.names.length) {
			await new Promise<void>((resolve) => this.waiting.push(resolve));
			return;
		}
		const chosen = this.names.filter((name) => this.replacing?.chooses(window, name));
		await this.replace(chosen).catch((error: unknown) => {
			this.error ??= error;
		});
		for (const resolve of this.waiting.splice(0)) resolve();
	}

	private async replace(names: readonly string[]): Promise<void> {
		const moments = names.map((name) => {
			const seat = this.seats.get(name) as Seat;
			const moment = this.replacing?.carry(seat.host.takeMoment()) as HostMoment;
			for (const one of seat.subscriptions.splice(0)) one.unsubscribe();
			return { seat, moment };
		});
		for (const { seat, moment } of moments) {
			const bus = await this.context.connect();
			this.buses.push(bus);
			seat.host = seat.make(this.seen(bus, seat));
			await seat.host.resume(this.context.find, moment);
		}
	}
}
