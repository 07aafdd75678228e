import type { Actor, ActorKind } from '../kernel/actor/contract.ts';
import { Host } from '../kernel/actor/host.ts';
import { type Applicant, joinRun } from '../kernel/actor/join.ts';
import type { FindKind } from '../kernel/actor/make-actor.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { placeKey } from '../kernel/bus/keys.ts';
import type { MemoryConnection } from '../kernel/bus/memory-options.ts';
import { sealIf } from '../kernel/bus/sealed-bus.ts';
import { PROTOCOL_VERSION } from '../protocol/messages.ts';
import { Refusals } from '../protocol/refusals.ts';
import { runSubjects } from '../protocol/subjects.ts';
import type { RunTrust } from '../services/coordinator/run-plan.ts';
import type { VirtualTime } from '../services/coordinator/virtual-time.test-support.ts';
import type { Afloat } from './fault-weather.test-support.ts';

const AGAIN_MS = 200;

/** A process of the run: a host's, or one that leads it. */
export interface Process extends Afloat {
	readonly bus: MemoryConnection;
	isDead: boolean;
	/** It holds the folder of the run: no other can be at work there. */
	readonly hasRecorder: boolean;
}

export interface ProcessContext {
	readonly run: string;
	readonly trust: RunTrust;
	readonly time: VirtualTime;
	/** A number like a process's. */
	readonly pid: number;
	/** What carries its messages and has its stores. */
	readonly bus: Bus;
	readonly find: FindKind;
	/** While it lasts, no time passes. */
	during<T>(work: Promise<T>): Promise<T>;
	tell(text: string): void;
}

const never = <T>(): Promise<T> => new Promise(() => {});

/**
 * Takes part in a run as a host's process does, until the run is over.
 *
 * @throws what ends the process
 */
export async function takePart(process: Process, context: ProcessContext): Promise<void> {
	const { run, trust, time, pid, tell } = context;
	const { name } = process;
	const who: Applicant = {
		...{ type: 'hello', version: PROTOCOL_VERSION, host: name, machine: 'test' },
		...{ pid, kinds: ['any'], program: trust.program },
	};
	const again = async () => {
		await time.sleep(AGAIN_MS);
		return !process.isDead;
	};
	const { welcome, messageKey } = await joinRun(process.bus, who, {
		...{ subject: runSubjects(run).hello, secret: placeKey(trust.runKey, name) },
		...{ isSecret: true, again },
	});
	const refusals = new Refusals((text) => tell(`${name}: ${text}`));
	const bus = sealIf(context.bus, messageKey, (dropped) => refusals.refuse(dropped));
	const sleep = async (ms: number) => {
		for (let waitMs = ms; waitMs > 0; waitMs = process.stalledUntilMs - time.nowMs())
			await time.sleep(waitMs);
		if (process.isDead) await never();
	};
	const host = new Host(bus, welcome, { refusals, stopwatchMs: time.nowMs, sleep });
	await host.start(mortal(process, context));
	await host.ended;
	// Its last answer leaves it.
	await time.sleep(1);
}

/** Kinds whose actors do nothing any more once their process is dead; nothing of it ends by itself here. */
function mortal(process: Process, { find, during }: ProcessContext): FindKind {
	const alive = async <T>(work: T | Promise<T>): Promise<T> => {
		if (process.isDead) await never();
		const made = await during(Promise.resolve(work));
		return process.isDead ? never() : made;
	};
	return async (kind): Promise<ActorKind> => {
		const found = await alive(find(kind));
		const create: ActorKind['create'] = async (config, env): Promise<Actor> => {
			if (process.isDead) await never();
			const actor = await alive(found.create(config, env));
			// Whoever tells the run something does it in its time.
			const { finish, attend: _, ...rest } = actor;
			if (finish === undefined) return rest as Actor;
			return { ...rest, finish: (state: never, end) => alive(finish(state, end)) } as Actor;
		};
		return { kind, config: found.config, create };
	};
}
