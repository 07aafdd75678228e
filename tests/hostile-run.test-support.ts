import * as z from 'zod';
import type { Actor, ActorKind } from '../kernel/actor/contract.ts';
import { Host } from '../kernel/actor/host.ts';
import { type Applicant, joinRun } from '../kernel/actor/join.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { placeKey } from '../kernel/bus/keys.ts';
import { sealIf } from '../kernel/bus/sealed-bus.ts';
import type { Control } from '../protocol/control-messages.ts';
import { PROTOCOL_VERSION } from '../protocol/messages.ts';
import { Refusals } from '../protocol/refusals.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { Coordinator, type RunEnd } from '../services/coordinator/coordinator.ts';
import { testTrust } from '../services/coordinator/trust.test-support.ts';
import { averaging, eventful, type StepLog, timed, wire } from './topology.ts';

/**
 * A run of four hosts that a stranger attacks between and during its windows: two actors in a loop, one that goes by
 * events, one that averages. Each data subject has exactly one listener, so that what is refused can be counted.
 */
const RUN = 'attacked';
export const subjects = runSubjects(RUN);
const UNTIL_US = 24;
const WINDOW_US = 2;
const POLL_MS = 1_000;

const ACTORS: Readonly<Record<string, (log: StepLog) => Actor>> = {
	A: (log) => timed('A', 1, log),
	B: (log) => timed('B', 1, log),
	C: (log) => eventful('C', [0, 3, 4, 9, 15, 22], log),
	D: (log) => averaging('D', 2, log),
};
const WIRES = ['A.out -> B.in', 'B.out -> A.in ~2', 'A.out -> D.in', 'C.event -> D.on'].map(wire);

/** Every subject of the run on which somebody listens. */
export const SUBJECTS: readonly string[] = [
	...[subjects.hello, subjects.ready, subjects.control],
	...['A', 'B', 'C', 'D'].flatMap((host) => [subjects.host(host, 0), subjects.status(host, 0)]),
	...[subjects.loop('A'), subjects.loop('B')],
	...[subjects.block('A', 'out'), subjects.block('C', 'event')],
];

export interface Attack {
	/** Called when so many windows are done, but for the last; the next is granted when it is over. */
	strike(windowsDone: number): Promise<void>;
}

export interface Outcome {
	readonly log: readonly string[];
	readonly end: RunEnd;
	readonly notices: readonly string[];
}

/** Runs it on buses that `connect` makes; sealed where others use the server. */
export async function runAttacked(
	connect: () => Promise<Bus>,
	isSealed: boolean,
	attack: Attack | null,
): Promise<Outcome> {
	const log: StepLog = [];
	const notices: string[] = [];
	const trust = testTrust({ isSealed });
	const roster = Object.keys(ACTORS).map((name) => ({
		...{ name, kind: name, host: name, config: null },
	}));
	const plan = {
		...{ run: RUN, seed: '1', untilUs: UNTIL_US, windowUs: WINDOW_US, roster, wires: WIRES },
		...{ external: new Set<string>(), pace: 1, trust },
	};
	let nowMs = 0;
	let [done, struck] = [0, 0];
	let striking: Promise<void> | null = null;
	const strike = async () => {
		await attack?.strike(done);
		struck = done;
	};
	const world = {
		nowMs: () => nowMs,
		/** With a pace the coordinator sleeps between windows: then it is attacked, and time passes afterwards. */
		async sleep(ms: number) {
			await new Promise((resolve) => setTimeout(resolve, 1));
			// Polls during a window are long: time passes between windows alone, so that the pace makes it sleep there.
			if (ms >= POLL_MS) return;
			if (striking === null && done > struck && done < UNTIL_US / WINDOW_US)
				striking = strike().finally(() => {
					striking = null;
				});
			await striking;
			nowMs += ms;
		},
		notice: (text: string) => void notices.push(text),
		windowDone: () => void done++,
	};
	const buses: Bus[] = [await connect()];
	const limits = { waitLimitMs: 1e7, pollMs: POLL_MS, keeping: 'never' } as const;
	const coordinator = new Coordinator(buses[0] as Bus, plan, world, limits);
	const running = coordinator.run();
	for (const name of Object.keys(ACTORS)) {
		const bus = await connect();
		buses.push(bus);
		const who: Applicant = {
			...{ type: 'hello', version: PROTOCOL_VERSION, host: name, machine: 'test', pid: 1 },
			...{ kinds: ['any'], program: trust.program },
		};
		const { welcome, messageKey } = await joinRun(bus, who, {
			...{ subject: subjects.hello, secret: placeKey(trust.runKey, name) },
			...{ isSecret: true, again: async () => true },
		});
		const refusals = new Refusals();
		const own = sealIf(bus, messageKey, (dropped) => refusals.refuse(dropped));
		const find = async (kind: string): Promise<ActorKind> => ({
			...{ kind, config: z.unknown() },
			create: () => (ACTORS[kind] as (log: StepLog) => Actor)(log),
		});
		await new Host(own, welcome, { refusals }).start(find);
	}
	const end = await running;
	for (const bus of buses) await bus.close();
	return { log: [...log].sort(), end, notices };
}

/** Requests that whoever has no key would like to make. */
export const CONTROLS: readonly Control[] = [
	{ type: 'control', command: 'stop' },
	{ type: 'control', command: 'pause' },
	{ type: 'control', command: 'pace', factor: 0.001 },
];
