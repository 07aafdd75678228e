import { encode } from '../../protocol/codec.ts';
import { ConfigError, messageOf, ProtocolError, SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Failed, Grant, StatusReport, Stop, Welcome, Wired } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { portPath } from '../../protocol/readings.ts';
import { Refusals } from '../../protocol/refusals.ts';
import { type RunSubjects, runSubjects } from '../../protocol/subjects.ts';
import { FOREVER_US } from '../../protocol/time.ts';
import { type Breather, TIRELESS } from '../bus/breather.ts';
import type { Answer, Bus } from '../bus/bus.ts';
import { ActorGroup } from './actor-group.ts';
import type { Actor, ActorKind } from './contract.ts';
import { nodeOf } from './graph.ts';
import { type HostPhase, onDone, onRequest, startPhase } from './host-phase.ts';
import { listenTo } from './inbox.ts';
import { MessageOutlet } from './message-outlet.ts';
import { parseConfig } from './parse-config.ts';
import { namedPrng } from './random.ts';

const READY_TIMEOUT_MS = 60_000;
/** Windows are not run again yet. */
const ATTEMPT = 0;

interface PendingGrant {
	readonly grant: Grant;
	readonly stepsBefore: number;
	answer(bytes: Uint8Array): void;
}

export interface HostOptions {
	readonly refusals?: Refusals;
	/** Says when long work is put down so that the process stays alive to others; default: never. */
	readonly breather?: Breather;
	/** Where it is asked how far it is; default: the bus that carries the readings. */
	readonly statusBus?: Bus;
}

/** Finds the kind of an actor by name; a process loads only the kinds it runs. */
export type FindKind = (kind: string) => Promise<ActorKind>;

/**
 * The actors of one process in a run: answers the coordinator's requests, executes granted windows, and
 * exchanges readings with other hosts. Everything it does follows from messages; it knows no wall clock.
 */
export class Host {
	readonly name: string;
	/** Messages that were refused; told to the coordinator with every word of ours. */
	readonly refusals: Refusals;
	/** Resolves when the coordinator has ended the run, with its last word. */
	readonly ended: Promise<Stop>;
	private readonly bus: Bus;
	private readonly welcome: Welcome;
	private readonly subjects: RunSubjects;
	private readonly actors = new Map<string, Actor>();
	private group: ActorGroup | null = null;
	private outlet: MessageOutlet | null = null;
	private phase: HostPhase;
	/** The window that is being simulated, and who waits for it. */
	private grant: PendingGrant | null = null;
	/** What the requests that may come again were answered. */
	private readonly answers: Partial<Record<'wired' | 'grant' | 'stop', Promise<Uint8Array>>> = {};
	private failure: Failed | null = null;
	private readonly breather: Breather;
	private readonly statusBus: Bus;
	/** The work was put down; it is taken up after the rest, whatever comes in between. */
	private isResting = false;
	private isOver = false;
	private end: (stop: Stop) => void = () => {};

	constructor(
		bus: Bus,
		welcome: Welcome,
		{ refusals = new Refusals(), breather = TIRELESS, statusBus = bus }: HostOptions = {},
	) {
		this.bus = bus;
		this.breather = breather;
		this.statusBus = statusBus;
		this.welcome = welcome;
		this.refusals = refusals;
		this.name = welcome.host;
		this.subjects = runSubjects(welcome.run);
		const names = welcome.actors.map(({ name }) => name);
		this.phase = startPhase(names, welcome.untilUs);
		this.ended = new Promise((resolve) => {
			this.end = resolve;
		});
	}

	/** Makes the actors, listens to the coordinator and tells it that the host is ready (or why not). */
	async start(findKind: FindKind): Promise<void> {
		const subject = this.subjects.host(this.name);
		this.bus.subscribe(
			subject,
			guarded({ subject, refusals: this.refusals, types: ['wired', 'grant', 'stop'] }, (message) =>
				this.answer(message),
			),
		);
		const status = this.subjects.status(this.name);
		this.statusBus.subscribe(
			status,
			guarded({ subject: status, refusals: this.refusals, types: ['status'] }, () =>
				encode(this.report()),
			),
		);
		await Promise.all([this.bus.flush(), this.statusBus.flush()]);
		const bytes = encode(await this.makeActors(findKind));
		await this.bus.request(this.subjects.ready, bytes, READY_TIMEOUT_MS, { patient: true });
	}

	private async makeActors(findKind: FindKind) {
		for (const { name, kind, config } of this.welcome.actors) {
			if (this.breather.isDue()) await this.breather.rest();
			try {
				const found = await findKind(kind);
				const env = {
					name,
					random: (purpose: string) => namedPrng(`${this.welcome.seed}/${name}/${purpose}`),
					announce: (timeUs: number, values: Readonly<Record<string, number | null>>) =>
						this.bus.publish(
							this.subjects.progress,
							encode({ type: 'progress', actor: name, timeUs, values: { ...values } }),
						),
				};
				const actor = await found.create(parseConfig(found, name, config), env);
				this.actors.set(name, actor);
			} catch (error) {
				return this.failed(error, name);
			}
		}
		const actors = [...this.actors].map(([name, actor]) => {
			const node = nodeOf(name, actor);
			return {
				...node,
				inputs: [...node.inputs],
				outputs: [...node.outputs],
				alignedPorts: [...node.alignedPorts],
			};
		});
		return { type: 'ready' as const, host: this.name, actors };
	}

	private answer(message: Wired | Grant | Stop): Answer | Promise<Answer> {
		const [phase, verdict] = onRequest(this.phase, message);
		if (verdict.type === 'refuse') return this.refuse(message.type, verdict.reason);
		this.phase = phase;
		const { type } = message;
		if (verdict.type === 'act') this.answers[type] = this.carryOut(message);
		else {
			const subject = this.subjects.host(this.name);
			this.refusals.refuse({ subject, kind: 'duplicate', reason: `a ${type} came again` });
		}
		return this.answers[type];
	}

	/** The answer may be asked for again: it is kept, and nothing is done twice. */
	private carryOut(message: Wired | Grant | Stop): Promise<Uint8Array> {
		if (message.type === 'wired') return this.wire(message.components);
		return message.type === 'grant' ? this.simulate(message) : this.stop(message);
	}

	private refuse(type: string, why: string): Uint8Array {
		const reason = `a ${type} that does not fit: ${why}`;
		const subject = this.subjects.host(this.name);
		this.refusals.refuse({ subject, kind: 'unexpected', reason });
		return encode({ type: 'refused', reason, retry: false });
	}

	private async wire(components: readonly (readonly string[])[]): Promise<Uint8Array> {
		const componentOf = new Map(
			components.flatMap((names, index) => names.map((name) => [name, index] as const)),
		);
		this.outlet = new MessageOutlet(this.bus, this.subjects);
		const graph = { components, componentOf, alignUs: 1 };
		const around = { outlet: this.outlet, breather: this.breather };
		const group = new ActorGroup(this.actors, this.welcome.wires, graph, around);
		this.group = group;
		listenTo(group, {
			...{ bus: this.bus, subjects: this.subjects, refusals: this.refusals, attempt: ATTEMPT },
			onRows: () => this.pump(),
			onFailure: (error) => this.fail(error),
		});
		await this.bus.flush();
		return encode({ type: 'ok' });
	}

	private async simulate(grant: Grant): Promise<Uint8Array> {
		if (this.failure !== null) return encode(this.failure);
		const group = this.group;
		if (group === null) throw new ProtocolError('Cannot simulate before the graph is known');
		return new Promise((answer) => {
			this.grant = { grant, stepsBefore: stepsOf(group), answer };
			try {
				group.grant(grant.untilUs);
				this.pump();
			} catch (error) {
				this.fail(error);
			}
		});
	}

	private pump(): void {
		const { group, grant } = this;
		if (group === null || grant === null || this.failure !== null) return;
		if (this.isResting || this.isOver) return;
		const how = group.pump();
		if (how === 'tired') this.rest();
		if (how !== 'done') return;
		for (const runtime of group.runtimes) runtime.windowDone(grant.grant.untilUs);
		this.grant = null;
		this.phase = onDone(this.phase);
		const { attempt, window } = grant.grant;
		const steps = stepsOf(group) - grant.stepsBefore;
		const refusals = this.refusals.tally();
		grant.answer(encode({ type: 'done', host: this.name, attempt, window, steps, refusals }));
	}

	private rest(): void {
		this.isResting = true;
		void this.breather.rest().then(() => {
			this.isResting = false;
			try {
				this.pump();
			} catch (error) {
				this.fail(error);
			}
		});
	}

	/** Remembers the failure and tells the coordinator as the answer to this or the next grant. */
	private fail(error: unknown): void {
		this.failure ??= this.failed(error, null);
		this.grant?.answer(encode(this.failure));
		this.grant = null;
	}

	private failed(error: unknown, actor: string | null): Failed {
		const place = error instanceof SimulationError ? error : { actor: null, timeUs: null };
		return {
			type: 'failed',
			host: this.name,
			actor: place.actor ?? actor,
			timeUs: place.timeUs,
			cause: error instanceof ConfigError ? 'configuration' : 'simulation',
			message: plainText(messageOf(error)),
		};
	}

	private report(): StatusReport {
		const runtimes = this.group?.runtimes ?? [];
		const limitUs = this.grant?.grant.untilUs ?? 0;
		const actors = runtimes.map((runtime) => ({
			name: runtime.name,
			progressUs: runtime.progressUs,
			waits: runtime.waits(limitUs).map(({ wire, knownUntilUs }) => ({
				from: portPath(wire.from),
				actor: wire.from.actor,
				knownUntilUs: Math.min(knownUntilUs, FOREVER_US),
			})),
		}));
		return { type: 'status-report', host: this.name, actors };
	}

	private async stop(stop: Stop): Promise<Uint8Array> {
		this.isOver = true;
		try {
			if (this.group !== null) {
				for (const runtime of this.group.runtimes) await runtime.finish(stop);
			} else for (const actor of this.actors.values()) await actor.finish?.(actor.init(), stop);
		} catch (error) {
			return encode(this.failed(error, null));
		} finally {
			queueMicrotask(() => this.end(stop));
		}
		return encode({ type: 'stopped', host: this.name, refusals: this.refusals.tally() });
	}
}

function stepsOf(group: ActorGroup): number {
	return group.runtimes.reduce((sum, runtime) => sum + runtime.steps, 0);
}
