import * as z from 'zod';
import type { Actor, Outputs } from '../kernel/actor/contract.ts';
import { namedPrng } from '../kernel/actor/random.ts';
import { LostError } from '../protocol/errors.ts';
import type { Keeping } from '../services/coordinator/checkpoint-interval.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import type { Climate, FaultKind } from './fault-weather.test-support.ts';
import { FaultyRun } from './faulty-run.test-support.ts';
import * as fc from './properties.test-support.ts';
import { type Case, caseOf, oracle, topologyOf } from './random-graphs.test-support.ts';
import { runTopology, type StepLog } from './topology.ts';

/** A run came to an end that faults do not excuse. */
export class FaultFound extends Error {
	override readonly name = 'FaultFound';
}

/** What came of a seed. */
export interface SeedEnd {
	readonly isComplete: boolean;
	/** Why it is not. */
	readonly reason: string;
	/** Its folder could not be written when it began. */
	readonly isRefused?: boolean;
	readonly setbacks: number;
	/** Commands that acted, where it was told something. */
	readonly acted?: number;
	readonly struck: readonly FaultKind[];
	readonly story: readonly string[];
}

export interface SeedOptions {
	/** Default: drawn. */
	readonly climate?: Climate;
	/** Actors that report averages are among them. */
	readonly averages?: boolean;
	/** Actors that hear of what is outside bit by bit are among them. */
	readonly lives?: boolean;
	readonly keeping?: Keeping;
}

/** The steps of a run without faults. */
async function expectedOf(one: Case): Promise<readonly string[]> {
	if (one.nodes.every(({ kind }) => kind !== 'averaging')) return oracle(one);
	return (await runTopology(topologyOf(one))).log;
}

/** So few faults end no run. */
const HARMLESS_MAX = 2;
/** What may end a run by itself: nobody can do anything about it. */
const FATAL: readonly FaultKind[] = ['stale'];

/**
 * Runs a graph that is drawn by the seed under faults that are drawn by it too.
 *
 * @throws FaultFound with the whole story, if a run ends otherwise than it should
 */
export async function runSeed(
	seed: number,
	{ climate, averages = false, lives = false, keeping }: SeedOptions = {},
): Promise<SeedEnd> {
	const plain = (['timed', 'eventful', 'averaging'] as const).slice(0, averages ? 3 : 2);
	const kinds = lives ? ([...plain, 'live'] as const) : plain;
	const [one] = fc.sample(caseOf(kinds), { seed, numRuns: 1 }) as [Case];
	const draws = namedPrng(`${seed}/run`);
	const pick = <T>(list: readonly T[]) => list[Math.floor(draws.uniform() * list.length)] as T;
	const { actors, wires, untilUs } = topologyOf(one);
	const ended = new Map<string, readonly string[]>();
	const place = () => `host-${Math.floor(draws.uniform() * 3)}`;
	const roster = Object.keys(actors).map((name) => {
		return { name, kind: name, host: place(), config: null };
	});
	const { windowUs } = one;
	const times = { run: 'faults', seed: '1', untilUs, windowUs, pace: null };
	const run = new FaultyRun({
		...{ seed, plan: { ...times, roster, wires, external: new Set<string>() } },
		keeping:
			keeping ?? pick(['never', 'auto', { everyMs: 0 }, { everyMs: 0 }, { everyMs: 300 }] as const),
		latencyMs: pick([0, 0, 1, 40]),
		isSealed: draws.uniform() < 0.5,
		...(climate === undefined ? {} : { climate }),
		pick: (count) => Math.floor(draws.uniform() * count),
		replace: (before) => before.map((entry) => ({ ...entry, host: place() })),
		find: async (kind) => ({
			...{ kind, config: z.unknown() },
			create: () => remembering(kind, actors[kind] as (log: StepLog) => Actor, ended),
		}),
	});
	const { end, story, struck } = await run.run().catch((error: unknown) => {
		throw new FaultFound(`Seed ${seed}: ${(error as Error).stack}`);
	});
	const wrong = wrongIn(end, struck, ended, await expectedOf(one));
	if (wrong !== null) throw new FaultFound(`Seed ${seed}: ${wrong}\n${story.join('\n')}`);
	const { outcome, reason, setbacks } = end;
	return { isComplete: outcome === 'complete', reason, setbacks, struck, story };
}

/** What is wrong with an end; null if nothing is. */
function wrongIn(
	end: RunEnd,
	struck: readonly FaultKind[],
	ended: ReadonlyMap<string, readonly string[]>,
	expected: readonly string[],
): string | null {
	if (end.outcome !== 'complete') return wrongInEnd(end, struck);
	const steps = inOrder([...ended.values()].flat());
	if (steps.join('\n') === inOrder(expected).join('\n')) return null;
	return `it took other steps: ${steps.join(' / ')}, not ${expected.join(' / ')}`;
}

/** What is wrong with the end of a run that is not complete; null if faults excuse it, and it names them. */
export function wrongInEnd({ error, reason }: RunEnd, struck: readonly FaultKind[]): string | null {
	if (struck.length === 0) return `it ends without a fault: ${reason}`;
	const isExcused = struck.length > HARMLESS_MAX || struck.some((kind) => FATAL.includes(kind));
	if (!isExcused) return `it ends for so few faults: ${error?.stack ?? reason}`;
	const isNamed = error instanceof LostError || /another process leads this run/.test(reason);
	return isNamed ? null : `it ends without a name for the fault: ${error?.stack ?? reason}`;
}

/** The actor, which remembers each of its steps in its state: what it says at the end has none twice, and misses none. */
function remembering(
	name: string,
	make: (log: StepLog) => Actor,
	ended: Map<string, readonly string[]>,
): Actor {
	const taken: string[] = [];
	const actor = make(taken);
	interface Memory {
		readonly inner: unknown;
		readonly steps: readonly string[];
	}
	const step = (state: Memory, at: never, inputs: never, outputs: Outputs): Memory => {
		const inner = actor.step(state.inner, at, inputs, outputs);
		return { inner, steps: [...state.steps, ...taken.splice(0)] };
	};
	const asked =
		(ask: (state: unknown, ...rest: never[]) => number) =>
		(state: Memory, ...rest: never[]) =>
			ask(state.inner, ...rest);
	return {
		...actor,
		step,
		init: (): Memory => ({ inner: actor.init(), steps: [] }),
		...('nextUs' in actor ? { nextUs: asked(actor.nextUs) } : {}),
		...('promiseUs' in actor ? { promiseUs: asked(actor.promiseUs as never) } : {}),
		// A host that is lost at the end has said all by then.
		windowDone: ({ steps }: Memory) => {
			if (steps.length >= (ended.get(name)?.length ?? 0)) ended.set(name, steps);
		},
		finish: async ({ steps }: Memory) => void ended.set(name, steps),
	} as Actor;
}

function inOrder(log: readonly string[]): string[] {
	const timeOf = (line: string) => Number(/@(\d+)/.exec(line)?.[1]);
	return [...log].sort((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : a > b ? 1 : 0));
}
