import { basename, join } from 'node:path';
import { namedPrng } from '../kernel/actor/random.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import type { LoggedCommand } from '../protocol/run-folder/commands.ts';
import type { SimTime } from '../protocol/time.ts';
import { logCommand, readCommands } from '../run/launch/command-log.ts';
import { holdFolder } from '../run/launch/hold-folder.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import {
	readCheckpointFile,
	writeCheckpointFile,
	writeResumeFile,
} from '../run/launch/resume-files.ts';
import { replayRun } from '../run/replay.ts';
import { lockName, type Plan } from '../run/resolve/plan.ts';
import { beginSites } from '../run/resolve/site-folders.ts';
import { endRun } from '../run/run-ending.ts';
import { RunAborted, RunFailed, type RunResult } from '../run/run-result.ts';
import { resumeRun } from '../run/run-scenario.ts';
import { simulate } from '../run/simulate.ts';
import type { Checkpoint } from '../services/coordinator/checkpoints.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import { VirtualTime } from '../services/coordinator/virtual-time.test-support.ts';
import { kindsWith } from '../services/kinds.ts';
import { TABLES } from '../services/recorder/run-files.ts';
import { FaultFound, type SeedEnd, wrongInEnd } from './fault-seeds.test-support.ts';
import {
	type Climate,
	drawClimate,
	FAULTS,
	FAULTS_OF_FILES,
	type FaultKind,
} from './fault-weather.test-support.ts';
import { checkLog, Teller } from './faulty-commands.test-support.ts';
import { duringOtherDates, FaultyDisk } from './faulty-files.test-support.ts';
import { difference, type Folder, folderOf } from './faulty-folders.test-support.ts';
import { type FaultyEnd, type FaultyPlan, FaultyRun } from './faulty-run.test-support.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';
import { balances } from './steered-runs.test-support.ts';
import { filesOf, planOf } from './whole-run.test-support.ts';

/** All that can go wrong where real kinds run and write their folder. */
export const WHOLE_FAULTS: readonly FaultKind[] = [...FAULTS, ...FAULTS_OF_FILES];

/** Struck so often on average at the messages of a whole run, if it had no end to that. */
const STRIKES = [1, 3, 10];
/** Stores are asked much less often than messages are sent. */
const STORE_CHANCE = 0.03;
const NOTHING: Climate = { kinds: [], chance: 0, most: 0 };

/** What a run without faults leaves, and how many messages it takes with its actors here and there. */
interface Reference {
	readonly folder: Folder;
	readonly messages: number;
}

const references = new WeakMap<KindScenario, Promise<Reference>>();

/** The product's own run in one process, without anything of this. */
function referenceOf(one: KindScenario): Promise<Reference> {
	const known = references.get(one) ?? makeReference(one);
	references.set(one, known);
	return known;
}

async function makeReference(one: KindScenario): Promise<Reference> {
	const plan = await planOf(one.scenario, one.files);
	const path = join(plan.folder, '..', 'scenario.yaml');
	const out = join(plan.folder, '..', 'reference');
	const result = await simulate(path, { out, placement: 'in-process', report: false });
	const folder = folderOf(result);
	const { messages } = await runFaulty(plan, 1, NOTHING);
	return { folder, messages };
}

export interface WholeSeedOptions {
	/** Default: drawn. */
	readonly kinds?: readonly FaultKind[];
	/** All together. Default: drawn. */
	readonly most?: number;
	/** Whether it is told something now and then; then its folder is that of its repetition. Default: it is not. */
	readonly isCommanded?: boolean;
	/** About so many would strike, if there was no end to them. Default: drawn. */
	readonly strikes?: number;
}

/**
 * Runs a scenario of real kinds under faults that are drawn by the seed, with its actors, windows and checkpoints as the
 * seed has them. It ends with the folder of a run without faults, byte for byte; or by name, with the beginning of that
 * folder, and then goes on to it.
 *
 * @throws FaultFound with the whole story, if it ends otherwise
 */
export async function runWholeSeed(
	seed: number,
	one: KindScenario,
	{ kinds, most, strikes, isCommanded = false }: WholeSeedOptions = {},
): Promise<SeedEnd> {
	const reference = await referenceOf(one);
	const plan = await planOf(one.scenario, one.files, isCommanded);
	const teller = isCommanded ? new Teller(seed, plan) : null;
	const drawn = drawClimate(namedPrng(`${seed}/climate`), WHOLE_FAULTS, STRIKES);
	const weather: Climate = {
		...{ kinds: kinds ?? drawn.kinds, most: most ?? drawn.most },
		chance: (strikes ?? drawn.chance) / reference.messages,
		storeChance: STORE_CHANCE,
	};
	try {
		const { end, struck, story } = await runFaulty(plan, seed, weather, telling(plan, teller));
		const isComplete = end.outcome === 'complete';
		const { reason, setbacks } = end;
		const seedEnd = { isComplete, reason, setbacks, struck, story };
		if (isRefused(end, struck)) return { ...seedEnd, isRefused: true };
		const wrong = isComplete ? null : wrongInEnd(end, struck);
		if (wrong !== null) throw new Error(`${wrong}\n${story.join('\n')}`);
		const expected = teller === null ? reference.folder : null;
		const result = isComplete ? await ended(plan, end) : await goneOn(plan, end, expected);
		const other =
			teller === null || readCommands(plan.folder).length === 0
				? difference(folderOf(result), reference.folder)
				: await repeatedOtherwise(plan, teller);
		if (other !== null) throw new Error(`${other}\n${story.join('\n')}`);
		return teller === null ? seedEnd : { ...seedEnd, acted: readCommands(plan.folder).length };
	} catch (error) {
		throw new FaultFound(`Seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
	}
}

/** What a run is told, with its log; as a command begins it, with what feeds gave before. */
function telling(plan: Plan, teller: Teller | null): Partial<FaultyPlan> {
	if (teller === null) return {};
	const { heard } = teller;
	const logged = (command: LoggedCommand) => logCommand(plan.folder, command);
	return { ...(heard === undefined ? {} : { heard }), logCommand: logged };
}

/** What a run that was told something is repeated with by its log: the first thing that is not the same; null if all is. */
async function repeatedOtherwise(plan: Plan, teller: Teller): Promise<string | null> {
	checkLog(plan.folder, teller, plan.commands);
	for (const { folder } of plan.sites ?? [plan]) balances(folder);
	const { tables } = await replayRun(plan.folder, { placement: IN_PROCESS, report: false });
	const hasSteps = tables.same.some((path) => path.endsWith('timeseries.csv'));
	if (tables.different.length === 0 && hasSteps) return null;
	return `repeated it has other bytes in ${tables.different.join(', ')}`;
}

/** Its folder cannot be written when it begins: nobody can run that, and nothing is left of it. */
function isRefused({ error, simulatedUntilUs }: RunEnd, struck: readonly FaultKind[]): boolean {
	const isDisk = struck.some((kind) => kind === 'full' || kind === 'readonly');
	return isDisk && simulatedUntilUs === 0 && error instanceof ConfigError;
}

/**
 * Runs a scenario that dies with each of its checkpoints, and goes on from it each time as another process leads it that
 * knows its folder alone, with its actors elsewhere.
 */
export async function runMoving(one: KindScenario) {
	const plan = await planOf(one.scenario, one.files);
	const windows = new Set<number>();
	const endsWith = ({ window }: Checkpoint) => windows.size < windows.add(window).size;
	const moving = { endsWith, keeping: { everyMs: 0 }, latencyMs: 1, windowUs: windowOf(plan, 6) };
	const { end } = await runFaulty(plan, 1, NOTHING, moving);
	await ended(plan, end);
	return { files: filesOf(plan.folder), moves: windows.size };
}

/** The run itself, up to the end of its processes. */
async function runFaulty(
	plan: Plan,
	seed: number,
	climate: Climate,
	changed: Partial<FaultyPlan> & { readonly windowUs?: SimTime } = {},
): Promise<FaultyEnd> {
	let busy = 0;
	const during = async <T>(work: Promise<T>): Promise<T> => {
		busy++;
		return work.finally(() => busy--);
	};
	const time = new VirtualTime(() => busy > 0);
	const disk = new FaultyDisk(plan.folder, time.nowMs);
	const held = holdFolder(plan.folder, lockName(plan.run), () => {});
	try {
		beginSites(plan);
		writeResumeFile(plan);
		for (const command of plan.commands ?? []) logCommand(plan.folder, command);
		return await duringOtherDates((setBy) =>
			disk.during(() => {
				const strike: FaultyPlan['strike'] = (kind, draw) => {
					if (kind === 'date') setBy(draw(1, 1e9) - draw(1, 1e9));
					if (kind !== 'full' && kind !== 'readonly') return;
					const how = { room: draw(1, 100_000) - 1, hasNames: draw(1, 4) < 2 };
					disk.strike(kind, draw(10, 100_000), how);
				};
				const drawn = faultyPlan(plan, seed);
				const { windowUs = drawn.plan.windowUs, ...rest } = changed;
				const about = { ...drawn, plan: { ...drawn.plan, windowUs }, ...rest };
				return new FaultyRun({ ...about, climate, time, during, strike }).run();
			}),
		);
	} finally {
		held.release();
	}
}

/** The length of a window so that there are about so many. */
function windowOf({ frame: { untilUs, stepUs } }: Plan, windows: number): SimTime {
	return Math.max(stepUs, Math.round(untilUs / windows / stepUs) * stepUs);
}

function faultyPlan(plan: Plan, seed: number): FaultyPlan {
	const draws = namedPrng(`${seed}/whole`);
	const pick = <T>(list: readonly T[]) => list[Math.floor(draws.uniform() * list.length)] as T;
	const { run, wires, external, modules, frame } = plan;
	const { untilUs } = frame;
	const hosts = pick([1, 2, 3, 5]);
	const place = () => `host-${Math.floor(draws.uniform() * hosts)}`;
	const placed = (before: Plan['roster']) => before.map((entry) => ({ ...entry, host: place() }));
	const windowUs = windowOf(plan, pick([2, 5, 9]));
	const { commands, scenario } = plan;
	const max = scenario.serving?.scaling?.max;
	const told = {
		...(commands === undefined ? {} : { commands }),
		...(max === undefined ? {} : { replicasMax: max }),
	};
	const times = { run, seed: frame.seed, untilUs, windowUs, pace: null, ...told };
	return {
		...{ seed, plan: { ...times, roster: placed(plan.roster), wires, external, modules } },
		keeping: pick(['never', 'auto', { everyMs: 0 }, { everyMs: 0 }, { everyMs: 300 }] as const),
		latencyMs: pick([0, 0, 1, 40]),
		isSealed: draws.uniform() < 0.5,
		pick: (count) => Math.floor(draws.uniform() * count),
		find: kindsWith(modules),
		replace: placed,
		shelf: {
			keep: (checkpoint, read) => writeCheckpointFile(plan, checkpoint, read),
			kept: () => readCheckpointFile(plan, () => {}),
		},
	};
}

/** As `gridbeat run` ends. */
async function ended(plan: Plan, end: FaultyEnd['end']): Promise<RunResult> {
	return endRun(plan, end, { report: false, isHasty: false, notice: () => {} });
}

/** It has ended before its time: its folder is the beginning of the other, and it goes on to the end from there. */
async function goneOn(
	plan: Plan,
	end: FaultyEnd['end'],
	reference: Folder | null,
): Promise<RunResult> {
	const error = await ended(plan, end).then(
		() => null,
		(caught: unknown) => caught,
	);
	const isEnd = error instanceof RunFailed || error instanceof RunAborted;
	if (!isEnd) throw new Error(`it ends otherwise: ${messageOf(error)}`, { cause: error });
	for (const [path, text] of filesOf(plan.folder)) {
		const isTable = TABLES.includes(basename(path)) && path.endsWith('.csv');
		if (isTable && reference !== null && reference.get(path)?.startsWith(text) !== true)
			throw new Error(`${path} is not the beginning of that of a run without faults`);
	}
	return resumeRun(plan.folder, { placement: IN_PROCESS, report: false });
}
