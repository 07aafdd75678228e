import * as z from 'zod';
import type {
	Actor,
	ActorKind,
	EventActor,
	SpanActor,
	TimeActor,
} from '../kernel/actor/contract.ts';
import { Host } from '../kernel/actor/host.ts';
import { type Applicant, joinRun } from '../kernel/actor/join.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { placeKey } from '../kernel/bus/keys.ts';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import type { BrokerOptions } from '../kernel/bus/memory-options.ts';
import { PROTOCOL_VERSION } from '../protocol/messages.ts';
import type { PortSpec, Wire } from '../protocol/readings.ts';
import { runSubjects } from '../protocol/subjects.ts';
import type { SimTime } from '../protocol/time.ts';
import { Coordinator, type RunEnd } from '../services/coordinator/coordinator.ts';
import { testTrust } from '../services/coordinator/trust.test-support.ts';

/**
 * Small topologies for tests of the kernel. Every actor puts out the time of its own step, so what a step
 * saw names the steps it depends on: `B@2 <- A@2 C@0` says that B's step at 2 saw A's of 2 and C's of 0.
 */
export type StepLog = string[];

const FIELD = [{ name: 'step', unit: 'us' }] as const;
const HELD: PortSpec = { name: 'out', kind: 'interval', fields: [...FIELD] };
const HELD_IN = { name: 'in', kind: 'interval', fields: [...FIELD], optional: true } as const;
const EVENT: PortSpec = { name: 'event', kind: 'event', fields: [...FIELD] };
const EVENT_IN = {
	name: 'on',
	kind: 'event',
	fields: [...FIELD],
	optional: true,
	trigger: true,
} as const;

/** Steps every `stepUs`; input `in`, output `out`, both held. */
export function timed(name: string, stepUs: SimTime, log: StepLog): TimeActor<null> {
	return {
		timing: 'time',
		stepUs,
		inputs: [{ ...HELD_IN, fields: [...FIELD] }],
		outputs: [HELD],
		init: () => null,
		step(state, { fromUs }, inputs, outputs) {
			log.push(`${name}@${fromUs}${seen(inputs[0])}`);
			outputs[0]?.append(fromUs, [fromUs]);
			return state;
		},
	};
}

/** Steps at `times` and whenever something arrives on `on`; puts out an event and a held value each time. */
export function eventful(
	name: string,
	times: readonly SimTime[],
	log: StepLog,
): EventActor<{ next: number }> {
	return {
		timing: 'event',
		inputs: [
			{ ...EVENT_IN, fields: [...FIELD] },
			{ ...HELD_IN, fields: [...FIELD] },
		],
		outputs: [EVENT, HELD],
		init: () => ({ next: 0 }),
		nextUs: (state) => times[state.next] ?? Number.POSITIVE_INFINITY,
		step(state, timeUs, inputs, outputs) {
			const events: string[] = [];
			for (const wire of inputs[0] ?? []) {
				while (wire.take(timeUs + 1)) events.push(` !${wire.source}@${wire.value(0)}`);
			}
			log.push(
				`${name}@${timeUs}${events.length > 0 ? ' <-' : ''}${events.join('')}${seen(inputs[1])}`,
			);
			outputs[0]?.append(timeUs, [timeUs]);
			outputs[1]?.append(timeUs, [timeUs]);
			const next = times[state.next] === timeUs ? state.next + 1 : state.next;
			return { next };
		},
	};
}

/** Something outside, of which more is known turn by turn of the event loop; it goes on whatever becomes of who hears it. */
export interface Outsider {
	knownUntilUs(): SimTime;
	onMore(wake: () => void): void;
}

export function outsider(untilUs: SimTime): Outsider {
	let knownUs = 0;
	const wakes: (() => void)[] = [];
	const more = () => {
		knownUs++;
		for (const wake of wakes) wake();
		if (knownUs < untilUs) setImmediate(more);
	};
	return {
		knownUntilUs: () => knownUs,
		onMore(wake) {
			if (wakes.length === 0) setImmediate(more);
			wakes.push(wake);
		},
	};
}

/** The actor, which knows what happens at its times only once that is known outside. */
export function livedOutside<State>(actor: EventActor<State>, live: Outsider): EventActor<State> {
	return { ...actor, live };
}

/** Puts out, for each step of `alignUs`, the number of events seen in it, once the step is over. */
export function averaging(
	name: string,
	alignUs: SimTime,
	log: StepLog,
): SpanActor<{ events: number; fromUs: SimTime }> {
	return {
		timing: 'span',
		alignUs,
		inputs: [
			{ name: 'on', kind: 'event', fields: [...FIELD], optional: true },
			{ ...HELD_IN, fields: [...FIELD] },
		],
		outputs: [HELD],
		init: () => ({ events: 0, fromUs: 0 }),
		step(state, { untilUs }, inputs, outputs) {
			let { events, fromUs } = state;
			const endUs = Math.floor(untilUs / alignUs) * alignUs;
			for (; fromUs < endUs; fromUs += alignUs) {
				for (const wire of inputs[0] ?? []) while (wire.take(fromUs + alignUs)) events++;
				for (const wire of inputs[1] ?? []) wire.seek(fromUs);
				log.push(`${name}@${fromUs} ${events}${seen(inputs[1])}`);
				outputs[0]?.append(fromUs, [events]);
				events = 0;
			}
			return { events, fromUs };
		},
		promiseUs: (_, __, untilUs) => Math.floor(untilUs / alignUs) * alignUs,
	};
}

function seen(
	wires:
		| readonly {
				source: string;
				timeUs: number;
				value(field: number): number;
				seek(t: number): boolean;
		  }[]
		| undefined,
): string {
	const parts = (wires ?? []).map((wire) => {
		const value = wire.value(0);
		return ` ${wire.source}@${value === undefined ? '-' : value < 0 ? 'initial' : value}`;
	});
	return parts.length === 0 ? '' : ` <-${parts.join('')}`;
}

/** `A.out -> B.in`, optionally `~3` for a delay of 3 (with the initial value -1 on held ports). */
export function wire(text: string): Wire {
	const match = /^(\w+)\.(\w+) -> (\w+)\.(\w+)(?: ~(\d+))?$/.exec(text);
	if (match === null) throw new Error(`not a wire: ${text}`);
	const [, fromActor, fromPort, toActor, toPort, delay] = match as unknown as string[];
	const delayUs = Number(delay ?? 0);
	return {
		from: { actor: fromActor as string, port: fromPort as string },
		to: { actor: toActor as string, port: toPort as string },
		delayUs,
		initial: delayUs > 0 && fromPort === 'out' ? [-1] : null,
	};
}

export interface Topology {
	readonly actors: Readonly<Record<string, (log: StepLog) => Actor>>;
	readonly wires: readonly Wire[];
	readonly untilUs: SimTime;
	readonly windowUs?: SimTime;
	/** Host of each actor; default: all in one. */
	readonly placement?: Readonly<Record<string, string>>;
	readonly broker?: BrokerOptions;
	/** What carries the run; default: a broker in memory. */
	readonly connect?: () => Promise<Bus>;
}

/** Runs a topology through the real coordinator, hosts and bus, and returns every step, ordered by time. */
export async function runTopology(topology: Topology): Promise<{ log: string[]; end: RunEnd }> {
	const log: StepLog = [];
	const trust = testTrust();
	const broker = new MemoryBroker(topology.broker);
	const connect = topology.connect ?? (async () => broker.connect());
	const roster = Object.keys(topology.actors).map((name) => ({
		name,
		kind: name,
		host: topology.placement?.[name] ?? 'one',
		config: null,
	}));
	const plan = {
		run: 'test',
		seed: '1',
		untilUs: topology.untilUs,
		windowUs: topology.windowUs ?? topology.untilUs,
		roster,
		wires: topology.wires,
		external: new Set<string>(),
		pace: null,
		trust,
	};
	const world = {
		nowMs: () => 0,
		sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref()),
		notice: () => {},
	};
	const coordinator = new Coordinator(await connect(), plan, world, {
		waitLimitMs: 100,
		pollMs: 20,
		keeping: 'never',
	});
	const running = coordinator.run();
	const hosts = [...new Set(roster.map(({ host }) => host))];
	const find = async (kind: string): Promise<ActorKind> => ({
		kind,
		config: z.unknown(),
		create: () => (topology.actors[kind] as (log: StepLog) => Actor)(log),
	});
	const { breather } = topology.broker ?? {};
	const buses: Bus[] = [];
	for (const name of hosts) {
		const bus = await connect();
		buses.push(bus);
		const who: Applicant = {
			...{ type: 'hello', version: PROTOCOL_VERSION, host: name, machine: 'test', pid: 1 },
			...{ kinds: ['any'], program: trust.program },
		};
		const { welcome } = await joinRun(bus, who, {
			...{ subject: runSubjects('test').hello, secret: placeKey(trust.runKey, name) },
			...{ isSecret: true, again: async () => true },
		});
		const host = new Host(bus, welcome, breather === undefined ? {} : { breather });
		await host.start(find);
	}
	const end = await running;
	if (topology.connect !== undefined) await coordinator.bus.close();
	for (const bus of buses) await bus.close();
	return { log: inTimeOrder(log), end };
}

function inTimeOrder(log: StepLog): string[] {
	const timeOf = (line: string) => Number(/@(\d+)/.exec(line)?.[1]);
	return [...log].sort((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : a > b ? 1 : 0));
}
