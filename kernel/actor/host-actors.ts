import type { Command } from '../../protocol/commands.ts';
import type { Welcome, Wired } from '../../protocol/messages.ts';
import { portPath } from '../../protocol/readings.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import { FOREVER_US, type SimTime } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
import type { Bus } from '../bus/bus.ts';
import { ActorGroup } from './actor-group.ts';
import { type ActorRuntime, firstState } from './actor-runtime.ts';
import { type Actor, NotYetError, type RunEnding } from './contract.ts';
import type { HostPhase } from './host-phase.ts';
import { Inbox } from './inbox.ts';
import { type Pumped, pump } from './loop.ts';
import { MessageOutlet } from './message-outlet.ts';
import type { ActorMoment } from './moment.ts';
import { momentsToBytes } from './moment-bytes.ts';
import { type Hearers, OnItsWay } from './on-its-way.ts';

/** A host that was not told whom to ask sends as it goes. */
const NOBODY: Hearers = { actors: [], aheadBytes: Number.POSITIVE_INFINITY };

/** What the actors of a host need of it. */
export interface HostContext {
	readonly bus: Bus;
	readonly subjects: RunSubjects;
	readonly refusals: Refusals;
	readonly breather: Breather;
	/** Where the host is: what it says and hears is of that attempt. */
	phase(): HostPhase;
	/** Readings of others have come, or more is known of outside. */
	onRows(): void;
	/** Readings are missing, or an actor cannot go on with them. */
	onFailure(error: unknown): void;
	/** Others are at a later attempt, of which this host was told nothing. */
	onLeftBehind(attempt: number): void;
}

/** The actors of a host once the graph is known, and what they say to other hosts and hear of them. */
export class HostActors {
	private readonly group: ActorGroup;
	private readonly inbox: Inbox;
	private readonly onItsWay: OnItsWay;
	/** Actors that have yet to take in that a window is done; null: nobody was told. */
	private untold: ActorRuntime[] | null = null;
	private readonly onMore: () => void;

	constructor(
		actors: ReadonlyMap<string, Actor>,
		wires: Welcome['wires'],
		{ components, together = [], hearers }: Wired,
		context: HostContext,
	) {
		const { bus, subjects, breather } = context;
		const componentOf = new Map(
			components.flatMap((names, index) => names.map((name) => [name, index] as const)),
		);
		const graph = { components, componentOf, alignUs: 1 };
		this.onItsWay = new OnItsWay(bus, subjects, hearers ?? NOBODY);
		const about = { bus, subjects };
		const outlet = new MessageOutlet(about, this.onItsWay, () => context.phase().attempt);
		this.group = new ActorGroup(actors, wires, graph, { outlet, breather });
		const byName = new Map(this.group.runtimes.map((runtime) => [runtime.name, runtime]));
		outlet.speakTogether(
			together.flatMap((names) => {
				const own = names.flatMap((name) => byName.get(name) ?? []);
				return own.length > 0 ? [own] : [];
			}),
		);
		this.onMore = () => context.onRows();
		this.inbox = new Inbox(this.group, together, context);
	}

	/** Steps taken so far. */
	get steps(): number {
		return this.group.runtimes.reduce((sum, { steps }) => sum + steps, 0);
	}

	/** Hears other hosts, and what is outside, from now on. */
	listen(): void {
		this.inbox.listen();
		for (const { actor } of this.group.runtimes)
			if (actor.timing === 'event') actor.live?.onMore(this.onMore);
	}

	/** Resolves once more may be sent to other hosts. */
	room(): Promise<void> {
		return this.onItsWay.room();
	}

	/** Goes on with a window as far as it can. */
	pump(windowEndUs: SimTime): Pumped {
		return pump(this.group, windowEndUs);
	}

	/** Lets commands act on all actors from the start of a window on. */
	command(windowStartUs: SimTime, commands: readonly Command[]): void {
		for (const command of commands)
			for (const runtime of this.group.runtimes) runtime.command(windowStartUs, command);
	}

	/**
	 * Tells all actors that a window is done.
	 *
	 * @returns why one of them cannot take it in yet: the next call tells it again; null once all have
	 */
	windowDone(windowEndUs: SimTime): string | null {
		this.untold ??= [...this.group.runtimes];
		try {
			for (let next = this.untold[0]; next !== undefined; next = this.untold[0]) {
				next.windowDone(windowEndUs);
				this.untold.shift();
			}
		} catch (error) {
			if (error instanceof NotYetError) return error.message;
			throw error;
		}
		this.untold = null;
		return null;
	}

	/** How far each actor is towards `limitUs`. */
	report(limitUs: SimTime): StatusReport['actors'] {
		return this.group.runtimes.map((runtime) => ({
			name: runtime.name,
			progressUs: runtime.progressUs,
			waits: runtime.waits(limitUs).map(({ wire, knownUntilUs }) => ({
				from: portPath(wire.from),
				actor: wire.from.actor,
				knownUntilUs: Math.min(knownUntilUs, FOREVER_US),
			})),
		}));
	}

	/** @param wait resolves when what could not be done for that reason may be tried again */
	async finish(end: RunEnding, wait: (reason: string) => Promise<void>): Promise<void> {
		await finishEach(this.group.runtimes, async (runtime) => {
			for (;;) {
				try {
					return await runtime.finish(end);
				} catch (error) {
					if (!(error instanceof NotYetError)) throw error;
					await wait(error.message);
				}
			}
		});
	}

	/** The moments of all actors as bytes; not within a step. */
	takeBytes(): Uint8Array {
		return momentsToBytes(this.group.takeMoment({ share: true }));
	}

	/**
	 * Goes on at the start of a window from moments there of its own actors, among others perhaps.
	 *
	 * @throws SimulationError if one is missing or does not fit
	 */
	beginAt(moments: readonly ActorMoment[], windowStartUs: SimTime): void {
		this.untold = null;
		this.onItsWay.forget();
		this.group.beginAt(moments, windowStartUs);
		this.inbox.beginAt(windowStartUs);
	}
}

/** Ends actors that never got to know the graph, each in its first state. */
export function finishUnbegun(actors: ReadonlyMap<string, Actor>, end: RunEnding): Promise<void> {
	return finishEach(actors, async ([name, actor]) => actor.finish?.(firstState(name, actor), end));
}

/** One after the other, also after one that throws: a sink keeps what it has whatever becomes of the rest. Throws the first error. */
async function finishEach<T>(all: Iterable<T>, finish: (one: T) => Promise<void>): Promise<void> {
	const errors: unknown[] = [];
	for (const one of all) await finish(one).catch((error: unknown) => void errors.push(error));
	if (errors.length > 0) throw errors[0];
}
