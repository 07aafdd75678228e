import { decode, encode } from '../../protocol/codec.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import {
	type ActorPorts,
	type Failed,
	type Hello,
	PROTOCOL_VERSION,
} from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import { JOIN_SUBJECT, type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import { type Bus, NoResponderError, type Subscription } from '../bus/bus.ts';
import type { CoordinatorLimits, RunPlan, World } from './run-plan.ts';
import { NOTICE_MULTIPLES } from './run-plan.ts';
import type { Waker } from './waker.ts';

/** A worker that was welcomed gets this long until it must be heard: on a busy machine it is slow to subscribe. */
const JOIN_GRACE_MS = 5_000;

export interface MembershipContext {
	readonly bus: Bus;
	readonly plan: RunPlan;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly waker: Waker;
	readonly refusals: Refusals;
}

/** Who takes part in a run: gives hosts their places, and waits until all of them are ready. */
export class Membership {
	/** Hosts that have a place. */
	readonly joined = new Set<string>();
	/** Hosts that have made their actors, with the ports of these. */
	readonly ready = new Map<string, readonly ActorPorts[]>();
	private readonly context: MembershipContext;
	private readonly subjects: RunSubjects;
	private readonly hosts: readonly string[];
	/** Workers that were given a place and are not ready yet, by host. */
	private readonly welcomed = new Map<
		string,
		{ readonly worker: string; readonly sinceMs: number }
	>();
	/** Open until every worker is ready: whoever asks reaches no run that could only refuse it. */
	private joining: Subscription | null = null;
	private closed = false;

	constructor(context: MembershipContext) {
		this.context = context;
		this.subjects = runSubjects(context.plan.run);
		this.hosts = [...new Set(context.plan.roster.map((entry) => entry.host))];
	}

	/** Answers hosts from now on; `onFailed` hears of hosts that could not make their actors. */
	listen(onFailed: (message: Failed) => void): void {
		const { bus, waker, refusals } = this.context;
		const { hello, ready } = this.subjects;
		bus.subscribe(hello, (bytes) => this.greet(bytes, hello));
		this.openOrCloseDoor();
		bus.subscribe(
			ready,
			guarded({ subject: ready, refusals, types: ['ready', 'failed'] }, (message) => {
				if (message.type === 'ready') {
					this.welcomed.delete(message.host);
					this.ready.set(message.host, message.actors);
					this.openOrCloseDoor();
					waker.wakeAll();
				} else onFailed(message);
				return encode({ type: 'ok' });
			}),
		);
	}

	/** Stops waiting. */
	close(): void {
		this.closed = true;
	}

	/** Whoever may ask here is a stranger: nothing it says may end the run. */
	private greet(bytes: Uint8Array, subject: string): Uint8Array {
		const refuse = (reason: string, retry: boolean) => encode({ type: 'refused', reason, retry });
		let hello: Hello;
		try {
			hello = decode(bytes, 'hello');
		} catch (error) {
			this.context.refusals.refuse({ subject, kind: 'unreadable', reason: messageOf(error) });
			return refuse(`this run cannot read its hello (${messageOf(error)})`, false);
		}
		if (hello.version !== PROTOCOL_VERSION) {
			return refuse(
				`protocol version ${hello.version}, this run speaks ${PROTOCOL_VERSION}; ` +
					'install the same version of Gridbeat on both sides',
				false,
			);
		}
		const worker = `${hello.machine}/${hello.pid}/${hello.host}`;
		const host = this.placeFor(hello, worker);
		if (host === null) return refuse('no place is free for such a host in this run', true);
		this.joined.add(host);
		this.welcomed.set(host, { worker, sinceMs: this.context.world.nowMs() });
		this.context.waker.wakeAll();
		const actors = this.context.plan.roster.filter((entry) => entry.host === host);
		const names = new Set(actors.map(({ name }) => name));
		const wires = this.context.plan.wires.filter(
			(wire) => names.has(wire.from.actor) || names.has(wire.to.actor),
		);
		return encode({
			type: 'welcome',
			version: PROTOCOL_VERSION,
			run: this.context.plan.run,
			host,
			seed: this.context.plan.seed,
			untilUs: this.context.plan.untilUs,
			actors,
			wires,
		});
	}

	private openOrCloseDoor(): void {
		const open = [...this.context.plan.external].some((host) => !this.ready.has(host));
		if (open)
			this.joining ??= this.context.bus.subscribe(JOIN_SUBJECT, (bytes) =>
				this.greet(bytes, JOIN_SUBJECT),
			);
		else {
			this.joining?.unsubscribe();
			this.joining = null;
		}
	}

	private placeFor(hello: Hello, worker: string): string | null {
		// It asks again: our first answer was lost, or another run's came before.
		for (const [host, welcomed] of this.welcomed) if (welcomed.worker === worker) return host;
		if (this.hosts.includes(hello.host) && !this.joined.has(hello.host)) return hello.host;
		for (const host of this.hosts) {
			if (!this.context.plan.external.has(host) || this.joined.has(host)) continue;
			const kinds = this.context.plan.roster
				.filter((entry) => entry.host === host)
				.map(({ kind }) => kind);
			if (kinds.every((kind) => hello.kinds.includes(kind))) return host;
		}
		return null;
	}

	/** Waits until every host of the roster is ready. */
	async gather(): Promise<void> {
		const startedMs = this.context.world.nowMs();
		let notices = 0;
		while (!this.closed && this.ready.size < this.hosts.length) {
			await this.context.waker.sleep(this.context.limits.pollMs);
			await this.freePlaces();
			const waitedMs = this.context.world.nowMs() - startedMs;
			const multiple = NOTICE_MULTIPLES[notices];
			if (multiple === undefined || waitedMs < multiple * this.context.limits.waitLimitMs) continue;
			notices++;
			const missing = this.hosts.filter((host) => !this.joined.has(host));
			const unready = this.hosts.filter((host) => this.joined.has(host) && !this.ready.has(host));
			const parts = [
				...missing.map(
					(host) =>
						`${host} has not joined${this.context.plan.external.has(host) ? ' (start it with: make worker NATS_URL=...)' : ''}`,
				),
				...unready.map((host) => `${host} is still making its actors`),
			];
			const text = `Waiting since ${Math.round(waitedMs / 1000)} s for ${parts.length} of ${this.hosts.length} hosts: ${parts.join('; ')}`;
			const last = notices === NOTICE_MULTIPLES.length;
			if (last && missing.some((host) => !this.context.plan.external.has(host))) {
				throw new SimulationError(text, { actor: missing[0] as string, timeUs: 0 });
			}
			this.context.world.notice(text);
		}
	}

	/** A worker that took a place and never came (it died, or joined another run) makes way for the next. */
	private async freePlaces(): Promise<void> {
		const request = encode({ type: 'status' });
		for (const [host, { sinceMs }] of this.welcomed) {
			if (!this.context.plan.external.has(host)) continue;
			if (this.context.world.nowMs() - sinceMs < JOIN_GRACE_MS) continue;
			try {
				await this.context.bus.request(
					this.subjects.host(host),
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
