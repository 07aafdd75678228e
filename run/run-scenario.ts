import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Outside } from '../kernel/actor/contract.ts';
import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { realFolder } from '../kernel/files/open-below.ts';
import { ConfigError, SimulationError } from '../protocol/errors.ts';
import { Name } from '../protocol/readings.ts';
import type { RunEvent } from '../protocol/run-events.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import type { Origin } from '../services/coordinator/run-plan.ts';
import { MONITOR } from '../services/gateway/monitor/outside-key.ts';
import { EXCHANGE, Exchange } from '../services/gateway/openai/exchange.ts';
import { removeRun } from '../services/recorder/run-files.ts';
import {
	type Execution,
	execute,
	NotBegun,
	type RepeatedRun,
	unlessAborted,
} from './launch/execute.ts';
import { placeCrew } from './launch/fast-loops.ts';
import { type HeldFolder, holdFolder } from './launch/hold-folder.ts';
import { readCheckpointFile, readResumeFile } from './launch/resume-files.ts';
import { makeRunHandle, type RunHandle } from './launch/run-handle.ts';
import { makePlan } from './make-plan.ts';
import { tellerOf } from './progress-teller.ts';
import { lockName, type Plan } from './resolve/plan.ts';
import { beginSites } from './resolve/site-folders.ts';
import type { ValueOrigins } from './resolve/value-origins.ts';
import { endRun } from './run-ending.ts';
import type { RunProgress } from './run-progress.ts';
import { RunAborted, type RunResult } from './run-result.ts';

/** How a scenario is run; every key may be left out. */
export interface RunOptions {
	/** The run folder, from the working directory; default: runs/<id>. */
	readonly out?: string | undefined;
	/** The id of the run, a name; default: that of the scenario with the time and some chance. */
	readonly id?: string | undefined;
	/** Whether a run that is in the folder goes; default: it is refused. */
	readonly overwrite?: boolean | undefined;
	/** Whether report.html, plots/ and simulation_metrics.txt are written; default: they are. */
	readonly report?: boolean | undefined;
	/** Variables that say how to reach NATS, as in docs/nats.md; default: those of the process. */
	readonly env?: NatsEnv | undefined;
	/** What repeats the run, for its metadata and its report; default: nothing in a line does. */
	readonly command?: string | undefined;
	/** Where the values of the scenario are from; default: not known. */
	readonly origins?: ValueOrigins | undefined;
	/** Aborted: the run ends after the window that is being simulated, and its folder says `incomplete`. */
	readonly signal?: AbortSignal | undefined;
	/** Aborted: the run ends now, its processes are killed, and no report is written. */
	readonly stopAtOnce?: AbortSignal | undefined;
	/** What the scenario comes to, once, before anything is written. */
	readonly onPlan?: ((plan: Plan) => void) | undefined;
	/** How far the run is: when it begins, at the end of each window, now and then within one that takes long, and at the end. */
	readonly onProgress?: ((progress: RunProgress) => void) | undefined;
	/** Something worth knowing, in a line: what was fetched, who is awaited, what was refused. */
	readonly onNotice?: ((text: string) => void) | undefined;
	/** What happens beside the simulation: who joined, windows, checkpoints, setbacks, what was said, the end. */
	readonly onEvent?: ((event: RunEvent) => void) | undefined;
	/** By which the run can be steered while it goes on: called once, before it is under way. */
	readonly onHandle?: ((handle: RunHandle) => void) | undefined;
	/** Whether the user speaks to it from other processes also where all of it is in this one; default: only over a server. */
	readonly isReachable?: boolean | undefined;
	/** Whether the folder is taken from a process that cannot be seen from here; default: it is refused. */
	readonly takeOver?: boolean | undefined;
	/**
	 * What is beside the simulation in this process, such as a MonitorView as `monitor`: the run is served, and has a monitor.
	 * Default: nothing is, and it has none. No result depends on it.
	 */
	readonly outside?: Outside | undefined;
	/** A log of requests from outside that come again as they came there; default: they come from whoever is outside. */
	readonly arrivalsLog?: string | undefined;
	/** What the lock of the folder says, where whoever calls has taken it for this run and for more. */
	readonly lockedAs?: string | undefined;
}

/**
 * Runs a scenario to its end and reports. Nothing is written to the terminal, and no signal of the process is listened to.
 * Several may run at a time.
 *
 * @throws ConfigError for what cannot be run, with nothing left behind; RunFailed for a run that failed under way;
 * RunAborted for one that was ended before its time
 */
export async function runScenario(
	scenario: Scenario,
	options: RunOptions = {},
): Promise<RunResult> {
	const { signal = NEVER, stopAtOnce = NEVER, onNotice = () => {} } = options;
	const ends = AbortSignal.any([signal, stopAtOnce]);
	try {
		const { out, id, command = null, lockedAs, takeOver, outside, arrivalsLog, onHandle } = options;
		const isServed = outside !== undefined;
		const isSteered = isServed || onHandle !== undefined || scenario.pace !== null;
		if (id !== undefined && !Name.safeParse(id).success)
			throw new ConfigError(
				`Cannot use "${id}" as the id of a run: it starts with a letter and has only letters, digits, "_" and "-"`,
			);
		if (scenario.requests.source !== 'generated' && arrivalsLog === undefined)
			refuseUnserved(outside);
		const plan = await unlessAborted(
			makePlan(scenario, {
				...{ out, id, command, lockedAs, isServed, isSteered, arrivalsLog },
				origins: options.origins,
			}),
			ends,
		);
		const held =
			lockedAs !== undefined
				? null
				: holdFolder(plan.folder, lockName(plan.run), onNotice, takeOver);
		try {
			return await runHeld(plan, held, { ...options, ends });
		} finally {
			held?.release();
		}
	} catch (error) {
		if (error instanceof NotBegun) throw new RunAborted(error.message, null, null);
		throw error;
	}
}

/** Nobody would ever ask. */
function refuseUnserved(outside: Outside | undefined): void {
	if (outside?.[EXCHANGE] instanceof Exchange) return;
	throw new ConfigError(
		'Cannot run a scenario whose requests come from outside where nobody can reach it: use gridbeat serve, or gridbeat run --serve; or set requests.source to generated',
	);
}

/** How a run goes on; every key may be left out. */
export interface ResumeOptions
	extends Omit<RunOptions, 'out' | 'id' | 'overwrite' | 'command' | 'lockedAs'> {
	/** Where its actors run from here on; default: as before. */
	readonly placement?: Scenario['placement'] | undefined;
}

/**
 * Goes on with a run that has not reached its end (its processes or its machine died, it was interrupted, it failed) from
 * its last checkpoint, with the results that it would have had.
 *
 * @param path its run folder
 * @throws ConfigError for what is no such folder, or is at work; else as runScenario()
 */
export async function resumeRun(path: string, options: ResumeOptions = {}): Promise<RunResult> {
	const { signal = NEVER, stopAtOnce = NEVER, onNotice = () => {}, placement } = options;
	const ends = AbortSignal.any([signal, stopAtOnce]);
	const folder = realFolder(path);
	const plan = placedAs(readResumeFile(folder), placement);
	if (options.outside?.[MONITOR] !== undefined && !plan.roster.some(isMonitor))
		onNotice(UNMONITORED);
	const held = holdFolder(folder, lockName(plan.run), onNotice, options.takeOver);
	try {
		const from = readCheckpointFile(plan, onNotice);
		return await runHeld(plan, null, { ...options, ends, from });
	} catch (error) {
		if (error instanceof NotBegun) throw new RunAborted(error.message, folder, null);
		throw error;
	} finally {
		held.release();
	}
}

/** Actors are those of the checkpoint, which has none for whoever looks on only now. */
const UNMONITORED =
	'The run was begun without being served, so it has no monitor: it can be steered, but its live values and metrics stay empty';

const isMonitor = ({ kind }: Plan['roster'][number]) => kind === 'monitor';

/** The same, placed otherwise; undefined: as it is. */
export function placedAs(plan: Plan, placement: Scenario['placement'] | undefined): Plan {
	if (placement === undefined) return plan;
	const scenario = { ...plan.scenario, placement };
	const { roster, wires, frame } = plan;
	const crew = { actors: roster, wires, stepUs: frame.stepUs };
	return { ...plan, scenario, ...placeCrew(crew, placement) };
}

/** For whoever never wants a run to end before its time. */
export const NEVER: AbortSignal = new AbortController().signal;

type HeldOptions = RunOptions & {
	readonly ends: AbortSignal;
	/** Where the run goes on; left out: it begins. */
	readonly from?: Origin;
	/** What it repeats; left out: nothing. */
	readonly repeats?: RepeatedRun;
};

/** Runs a plan whose folder is held. */
export async function runHeld(
	plan: Plan,
	held: HeldFolder | null,
	options: HeldOptions,
): Promise<RunResult> {
	const { report = true, stopAtOnce = NEVER, onNotice: notice = () => {}, onEvent } = options;
	const stop = new AbortController();
	const {
		handle,
		leadBy,
		tell: tellListeners,
	} = makeRunHandle({ id: plan.run, folder: plan.folder }, () => stop.abort());
	const heard = {
		...options,
		ends: AbortSignal.any([options.ends, stop.signal]),
		onEvent(event: RunEvent) {
			onEvent?.(event);
			tellListeners(event);
		},
	};
	const { watcher, tell } = tellerOf(plan, heard);
	options.onHandle?.(handle);
	let end: RunEnd;
	try {
		end = await launched(plan, heard, {
			watcher: {
				...watcher,
				led(steering) {
					watcher.led(steering);
					leadBy(steering);
				},
			},
			begun: () => tell('begun'),
		});
		if (end.error instanceof ConfigError && end.simulatedUntilUs === 0) throw end.error;
	} catch (error) {
		// What cannot be run leaves nothing behind, so that its folder is free for the next try.
		if (error instanceof ConfigError || error instanceof NotBegun) held?.forget();
		throw error;
	}
	heard.onEvent(endedEvent(end));
	tell('reporting');
	return endRun(plan, end, { report, isHasty: stopAtOnce.aborted, notice });
}

async function launched(
	plan: Plan,
	options: HeldOptions,
	heard: Pick<Execution, 'watcher' | 'begun'>,
): Promise<RunEnd> {
	const { overwrite = false, stopAtOnce = NEVER, env = process.env, ends: signal, from } = options;
	const { outside, repeats, isReachable = false } = options;
	if (from === undefined) refuseOldRun(plan.folder, overwrite);
	options.onPlan?.(plan);
	options.onEvent?.(begunEvent(plan, from));
	const begin = () => {
		if (from !== undefined) return;
		// From here on the folder is the new run's: one that was there goes as a whole, the files of two do not mix.
		if (overwrite) removeRun(plan.folder);
		beginSites(plan);
	};
	const where = from === undefined ? {} : { from };
	const beside = { outside, repeats, isReachable };
	return execute(plan, { ...heard, ...where, ...beside, env, signal, stopAtOnce, begin });
}

function endedEvent(end: RunEnd): RunEvent {
	const { outcome, reason: text, simulatedUntilUs, refusals, setbacks, checkpoints, error } = end;
	const { count: refused, duplicates } = refusals;
	const { actor, timeUs } =
		error instanceof SimulationError ? error : { actor: null, timeUs: null };
	return {
		...{ event: 'ended', outcome, text, simulatedUntilUs, refused, duplicates },
		...{ setbacks, checkpoints, actor, timeUs },
	};
}

function begunEvent({ folder, frame, roster }: Plan, from: Origin | undefined): RunEvent {
	const { untilUs } = frame;
	const fromUs = from?.checkpoint.fromUs ?? 0;
	const hosts = new Set(roster.map(({ host }) => host)).size;
	return { event: 'begun', folder, fromUs, untilUs, actors: roster.length, hosts };
}

function refuseOldRun(folder: string, overwrite: boolean): void {
	if (
		overwrite ||
		!['metadata.yaml', 'repeats.yaml'].some((name) => existsSync(join(folder, name)))
	)
		return;
	throw new ConfigError(
		`Cannot write the run to "${folder}": it already holds a run; give another --out, or --overwrite`,
	);
}
