import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Actor, ActorEnv, ActorKind, Outputs } from '../kernel/actor/contract.ts';
import { Host } from '../kernel/actor/host.ts';
import { type Applicant, joinRun } from '../kernel/actor/join.ts';
import { placeKey } from '../kernel/bus/keys.ts';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import { PROTOCOL_VERSION } from '../protocol/messages.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { holdFolder } from '../run/launch/hold-folder.ts';
import { makePlan } from '../run/make-plan.ts';
import { lockName, type Plan } from '../run/resolve/plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { beginSites } from '../run/resolve/site-folders.ts';
import { Coordinator } from '../services/coordinator/coordinator.ts';
import { testTrust } from '../services/coordinator/trust.test-support.ts';
import { KIND_NAMES, kindsWith } from '../services/kinds.ts';
import { tempFolder } from './cli.ts';

/** A scenario as it stands in a file. */
export type ScenarioText = Readonly<Record<string, unknown>>;

/** An actor of a run, and how to make it. */
export interface Cast {
	readonly name: string;
	readonly kind: string;
	make(): Actor;
}

/** What takes the place of an actor in a run. */
export type Wrap = (cast: Cast) => Actor;

/** A run that has ended. */
export interface WholeRun {
	readonly plan: Plan;
	/** The text of each file of the run folder that the run decides alone, by its path there. */
	readonly files: ReadonlyMap<string, string>;
}

/**
 * Runs a scenario in this process, in the real host and with the real coordinator, with something else in the place of
 * each actor.
 *
 * @param files written beside the scenario
 */
export async function runWhole(
	scenario: ScenarioText,
	wrap: Wrap,
	files: Readonly<Record<string, string>> = {},
): Promise<WholeRun> {
	const plan = await planOf(scenario, files);
	const held = holdFolder(plan.folder, lockName(plan.run), () => {});
	try {
		beginSites(plan);
		await lead(plan, wrap);
	} finally {
		held.release();
	}
	return { plan, files: filesOf(plan.folder) };
}

/** A scenario made ready to run, in a folder of its own; with a monitor, as a run that is served, and requests from outside by their log if there is one. @param isSteered it may be told something */
export async function planOf(
	scenario: ScenarioText,
	files: Readonly<Record<string, string>>,
	isSteered = false,
) {
	const folder = tempFolder();
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	const path = join(folder, 'scenario.yaml');
	writeFileSync(path, stringify({ ...scenario, placement: { mode: 'in-process' } }));
	const out = join(folder, 'run');
	mkdirSync(out);
	const log = 'arrivals.jsonl' in files ? { arrivalsLog: join(folder, 'arrivals.jsonl') } : {};
	const about = { out, command: null, isServed: true, isSteered, ...log };
	return makePlan(readScenario(path, new Map()), about);
}

async function lead(plan: Plan, wrap: Wrap): Promise<void> {
	const { run, frame, roster, wires, external, modules } = plan;
	const findKind = kindsWith(modules);
	const { seed, untilUs, windowUs } = frame;
	const broker = new MemoryBroker();
	const trust = testTrust();
	const world = {
		nowMs: () => 0,
		sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref()),
		notice: () => {},
	};
	const runPlan = { run, seed, untilUs, windowUs, roster, wires, external, pace: null, trust };
	const limits = { waitLimitMs: 60_000, pollMs: 1000, keeping: 'never' } as const;
	const coordinator = new Coordinator(broker.connect(), runPlan, world, limits);
	const running = coordinator.run();
	const host = roster[0]?.host ?? '';
	const who: Applicant = {
		...{ type: 'hello', version: PROTOCOL_VERSION, host, machine: 'test', pid: 1 },
		...{ kinds: [...KIND_NAMES], program: trust.program },
	};
	const bus = broker.connect();
	const { welcome } = await joinRun(bus, who, {
		...{ subject: runSubjects(run).hello, secret: placeKey(trust.runKey, host) },
		...{ isSecret: true, again: async () => true },
	});
	await new Host(bus, welcome).start(async (kind) => {
		const found = await findKind(kind);
		const create = async (config: unknown, env: ActorEnv): Promise<Actor> => {
			const makes = await makerOf(found, config, env);
			return wrap({ name: env.name, kind, make: makes });
		};
		return { kind, config: found.config, create };
	});
	const end = await running;
	if (end.outcome !== 'complete') throw end.error ?? new Error(end.reason);
}

/** So many actors of a kind that takes its time to make one are made in advance; they are alike. */
const IN_ADVANCE = 400;

/** Makes actors at once, of whatever kind. */
export async function makerOf(
	kind: ActorKind,
	config: unknown,
	env: ActorEnv,
): Promise<() => Actor> {
	const first = kind.create(config, env);
	if (!(first instanceof Promise)) {
		const made = [first];
		return () => made.pop() ?? (kind.create(config, env) as Actor);
	}
	const rest = Array.from({ length: IN_ADVANCE }, () => kind.create(config, env));
	const made = await Promise.all([first, ...rest]);
	return () => {
		const next = made.pop();
		if (next === undefined) throw new Error(`more than ${IN_ADVANCE} actors of ${env.name}`);
		return next;
	};
}

/** All but what says when and where the run was. */
export function filesOf(folder: string): Map<string, string> {
	const paths = readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name !== 'metadata.yaml')
		.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
		.sort();
	return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** All that the actors of a run say, by actor and port, row after row: its time and its values. */
export type Said = Map<string, number[][]>;

/** The actor as it is; what it says is noted by `actor.port`. */
export function noted(name: string, actor: Actor, said: Said): Actor {
	const lists = actor.outputs.map((port) => {
		const rows: number[][] = [];
		said.set(`${name}.${port.name}`, rows);
		return rows;
	});
	const teed = new WeakMap<Outputs, Outputs>();
	const tee = (outputs: Outputs): Outputs => {
		const known = teed.get(outputs) ?? [];
		if (known.length > 0 || outputs.length === 0) return known;
		const ports = outputs.map((port, i) => ({
			append(timeUs: number, values: ArrayLike<number>) {
				lists[i]?.push([timeUs, ...Array.from(values)]);
				port.append(timeUs, values);
			},
		}));
		teed.set(outputs, ports);
		return ports;
	};
	const step = (state: unknown, at: never, inputs: never, outputs: Outputs) =>
		actor.step(state, at, inputs, tee(outputs));
	return { ...actor, step } as Actor;
}
