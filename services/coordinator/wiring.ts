import { buildGraph, type Graph, type NodeSpec } from '../../kernel/actor/graph.ts';
import { NoResponderError, RequestTimeoutError } from '../../kernel/bus/bus.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import type { ActorPorts, Wired } from '../../protocol/messages.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Restore } from '../../protocol/window-messages.ts';
import { type Checkpoint, objectsOf } from './checkpoints.ts';
import { HostsLostError } from './faults.ts';
import { failedError } from './host-failure.ts';
import { placeRefusal } from './host-words.ts';
import type { Membership } from './membership.ts';
import type { Places } from './places.ts';
import type { Question, Questions } from './questions.ts';
import type { CoordinatorLimits, TrustedPlan } from './run-plan.ts';
import { hearersIn, speakTogether } from './speakers.ts';
import type { Watch } from './watch.ts';

/** What may be on its way to one host: well below what a NATS server keeps for a connection by default, 64 MiB. */
const AHEAD_BYTES = 32 * 1024 * 1024;

/** Hosts subscribe to what they need within this many limits. */
const WIRING_LIMITS = 24;

export interface WiringContext {
	readonly plan: TrustedPlan;
	readonly places: Places;
	readonly limits: CoordinatorLimits;
	readonly membership: Membership;
	readonly questions: Questions;
	readonly watch: Watch;
}

/** Makes one graph of all actors, and tells it to hosts; puts their actors back where a run goes on. */
export class Wiring {
	private readonly context: WiringContext;
	private graph: Graph | null = null;
	/** The seat of each host that knows the graph. */
	private readonly seats = new Map<string, number>();

	constructor(context: WiringContext) {
		this.context = context;
	}

	/**
	 * Tells the graph to every host that does not know it yet.
	 *
	 * @returns the most and the least of a window
	 * @throws ConfigError for a graph that cannot be
	 */
	async wire(): Promise<{ readonly windowUs: SimTime; readonly leastUs: SimTime }> {
		const { membership } = this.context;
		this.graph ??= this.makeGraph();
		const { graph } = this;
		const components = graph.components.map((names) => [...names]);
		const { places, plan, limits } = this.context;
		// Whoever shares a place of the scenario does so wherever that is, so the hosts that know the graph are not told again.
		const together = speakTogether(places.planned, plan.wires, graph);
		const hearersOf = hearersIn(places.planned, plan.wires, limits.aheadBytes ?? AHEAD_BYTES);
		const wired = (host: string): Wired => ({
			...{ type: 'wired', components, together },
			hearers: hearersOf(places.actorsOf(host)),
		});
		const unwired = membership.hosts.filter(
			(host) => this.seats.get(host) !== membership.seatOf(host),
		);
		await this.askAll(unwired, wired);
		for (const host of unwired) this.seats.set(host, membership.seatOf(host));
		return this.windowsOf(graph);
	}

	/** Takes all hosts back to a checkpoint, under another attempt. */
	async restore(checkpoint: Checkpoint, attempt: number): Promise<void> {
		const { places } = this.context;
		const { window, fromUs } = checkpoint;
		await Promise.all(
			this.context.membership.hosts.map((host) => {
				const objects = objectsOf(checkpoint, places.actorsOf(host));
				const message = { type: 'restore', attempt, window, fromUs, objects } as const;
				return this.askAll([host], () => message);
			}),
		);
	}

	private async askAll(
		hosts: readonly string[],
		messageTo: (host: string) => Wired | Restore,
	): Promise<void> {
		const timeoutMs = WIRING_LIMITS * this.context.limits.waitLimitMs;
		const all = Promise.all(
			hosts.map((host) => this.ask({ host, message: messageTo(host), timeoutMs })),
		);
		await this.context.watch.until(all, hosts);
	}

	private async ask(about: Pick<Question<never>, 'host' | 'message' | 'timeoutMs'>): Promise<void> {
		const { questions, plan } = this.context;
		const question: Question<'ok' | 'failed'> = {
			...{ ...about, types: ['ok', 'failed'] },
			refusal: (answer) =>
				answer.type === 'failed' ? placeRefusal(plan.roster, about.host, answer) : null,
		};
		try {
			const answer = await questions.ask(question, { patient: true });
			if (answer.type === 'failed') throw failedError(answer);
		} catch (error) {
			const isGone = error instanceof NoResponderError || error instanceof RequestTimeoutError;
			if (!isGone) throw error;
			throw new HostsLostError([about.host], `Lost "${about.host}": ${messageOf(error)}`);
		}
	}

	private makeGraph(): Graph {
		const { membership, plan } = this.context;
		const byName = new Map(
			[...membership.ready.values()].flat().map((ports) => [ports.name, ports]),
		);
		const nodes = plan.roster.map(({ name }) => {
			const ports = byName.get(name);
			if (ports === undefined)
				throw new ConfigError(`Cannot wire "${name}": its host did not make it`);
			return ports;
		});
		return buildGraph(nodes.map(nodeFrom), plan.wires);
	}

	private windowsOf(graph: Graph): { readonly windowUs: SimTime; readonly leastUs: SimTime } {
		const { untilUs, windowUs, stepUs = windowUs } = this.context.plan;
		if (untilUs % graph.alignUs !== 0) {
			throw new ConfigError(
				`Cannot run until ${formatSimTime(untilUs)}: it must be a multiple of the step of ` +
					`${formatSimTime(graph.alignUs)} over which actors report averages`,
			);
		}
		const { alignUs } = graph;
		return {
			windowUs: alignUs * Math.max(1, Math.round(windowUs / alignUs)),
			leastUs: alignUs * Math.max(1, Math.ceil(stepUs / alignUs)),
		};
	}
}

function nodeFrom({ inputs, ...node }: ActorPorts): NodeSpec {
	const specs = inputs.map(({ trigger, optional, ...port }) => ({
		...port,
		trigger: trigger ?? false,
		optional: optional ?? false,
	}));
	return { ...node, inputs: specs };
}
