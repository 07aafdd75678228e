import type { Command, CommandBy, ControlSpec } from '../../protocol/commands.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { RunStatus } from '../../protocol/run-folder/metadata.ts';
import type { RunState } from '../../protocol/status-messages.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { MonitorView } from './monitor/view.ts';
import type { Exchange } from './openai/exchange.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The runs that a gateway serves. The gateway knows runs by this alone: who starts them and reads their folders is handed
 * to it.
 */
export interface RunsHost {
	/** All of them, newest first. */
	list(): Promise<readonly RunListing[]>;
	/**
	 * Begins a run in this process.
	 *
	 * @param scenario YAML text, or an object with the keys of a scenario
	 * @throws ConfigError for what cannot be run; RunConflictError for an id that is taken
	 */
	start(scenario: unknown, options: StartOptions): Promise<RunListing>;
	/** A run that goes on and can be controlled from here; null: there is none of that id. */
	running(id: string): ServedRun | null;
	/** All of those. */
	live(): readonly ServedRun[];
	/** What is recorded of a run; null: there is none of that id. */
	open(id: string): Promise<RunRecord | null>;
	/**
	 * Figures of several runs side by side.
	 *
	 * @throws ConfigError for runs that cannot be compared
	 */
	compare(ids: readonly string[]): Promise<unknown>;
}

/** How a run is begun. */
export interface StartOptions {
	/** The id of the run; left out: name and time. */
	readonly id?: string | undefined;
	/** Simulated seconds per real second; null: as fast as possible; left out: as the scenario says. */
	readonly speed?: number | null | undefined;
	/** Whether whoever asks has shown that they may: a scenario with code of its own is for them alone. */
	readonly isTrusted: boolean;
}

/** A run that cannot be begun or told something because of what there is already. */
export class RunConflictError extends Error {
	override readonly name = 'RunConflictError';
}

/** A run, in a line of a list. */
export interface RunListing {
	readonly id: string;
	/** `starting`: it has no folder yet. */
	readonly status: RunStatus | 'starting';
	/** Whether it goes on and can be controlled from here. */
	readonly isLive: boolean;
	/** Name of its scenario, and of its location. */
	readonly name: string;
	readonly location: string | null;
	/** Real times, ISO 8601. */
	readonly startedAt: string | null;
	readonly endedAt: string | null;
	/** Civil time of the first step, with its offset, and the zone that it is of. */
	readonly simStart: string | null;
	readonly timezone: string | null;
	/** Length of a step; how far it is, and where it ends; null: not known. */
	readonly stepUs: SimTime | null;
	readonly simulatedUs: SimTime | null;
	readonly untilUs: SimTime | null;
	/** Why it did not complete. */
	readonly reason: string | null;
}

/** A run that goes on, as its user controls it. @throws SimulationError where it is not under way */
export interface ControlledRun {
	readonly id: string;
	/** Its run folder. */
	readonly folder: string;
	/** Simulates no more once its window is over. */
	pause(): void;
	resume(): void;
	/** Pauses, and simulates so many steps of the microgrid; resolves when they are done, or nobody wants them any more. */
	step(count?: number): Promise<void>;
	/** Simulated seconds per real second; null: as fast as possible. */
	setSpeed(factor: number | null): void;
	/** Ends it after its window: its folder says `incomplete`. */
	stop(): void;
	/** Wants something of it from the start of its next window on, logged in the run folder. @returns why not, or null */
	command(command: Command, by: CommandBy): Promise<string | null>;
	/** What can be set, by actor; nothing before all are made. */
	controls(): readonly (ControlSpec & { readonly actor: string })[];
	/** How it stands. @throws SimulationError before it is under way and after it is over */
	state(): Promise<RunState>;
	/** Hears what happens until the returned function is called. */
	onEvent(listener: (event: RunEvent) => void): () => void;
}

/** The same, with what is seen of it. */
export interface ServedRun extends ControlledRun {
	/** What its monitor remembers. */
	readonly monitor: MonitorView;
	/** Where requests from outside meet it; without models where it takes none. */
	readonly exchange: Exchange;
	/** Its values now; null before the first step, and where they are not followed. */
	snapshot(): Snapshot | null;
	/** Hears of each step, or now and then, until the returned function is called. */
	onStep(listener: () => void): () => void;
}

/** A site of a run with its members. */
export interface SiteAbout {
	readonly name: string;
	readonly location: string | null;
	readonly latitude: number | null;
	readonly longitude: number | null;
	readonly actors: readonly ActorAbout[];
}

export interface ActorAbout {
	readonly name: string;
	/** Its kind, such as `solar` or `battery`. */
	readonly kind: string;
	/** What is known of it, such as the capacity of a battery. */
	readonly about: Readonly<Record<string, unknown>>;
}

/** Which part of a table is wanted. */
export interface HistoryQuery {
	/** Its site; null: the first. */
	readonly site: string | null;
	/** File without ending, such as `timeseries`. */
	readonly table: string;
	/** The replica or site whose rows are wanted, where a table has those of several; null: it has not. */
	readonly of: string | null;
	/** Whether the rows that a table has of several at one time are added up: those of columns that count or sum something. */
	readonly sum: boolean;
	/** Names of columns; null: all of numbers. */
	readonly columns: readonly string[] | null;
	readonly fromUs: SimTime;
	/** Null: to its end. */
	readonly toUs: SimTime | null;
	/** Rows at most: of more the least and the greatest value of each stretch are kept. */
	readonly points: number;
}

/** A part of a table, by columns. */
export interface History {
	readonly site: string;
	readonly table: string;
	/** Rows that there are between the two times, and how many one stretch has; 1: nothing was thinned. */
	readonly rows: number;
	readonly perBucket: number;
	/** Simulated time of each row. */
	readonly timeUs: readonly number[];
	readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
	readonly units: Readonly<Record<string, string>>;
}

/** Which part of the requests is wanted. */
export interface LatencyQuery {
	/** Its site; null: the first. */
	readonly site: string | null;
	readonly fromUs: SimTime;
	/** Null: to its end. */
	readonly toUs: SimTime | null;
	/** Stretches of time at most. */
	readonly points: number;
}

/** How long requests took that were completed in each stretch of time, s. Stretches without any are left out. */
export interface LatencyHistory {
	readonly site: string;
	/** End of each stretch. */
	readonly timeUs: number[];
	readonly requests: number[];
	readonly ttftP50S: number[];
	readonly ttftP99S: number[];
	readonly e2eP50S: number[];
	readonly e2eP99S: number[];
}

/** A row of timeseries.csv, nested by the dots in its columns, as Vessim has it. */
export type StepRow = Readonly<Record<string, unknown>>;

/** What a run has recorded. */
export interface RunRecord {
	readonly listing: RunListing;
	sites(): Promise<readonly SiteAbout[]>;
	/** The values in the last step that is recorded; null: there is none. */
	snapshot(): Promise<Snapshot | null>;
	/** @throws ConfigError for a site, table or column that it does not have */
	history(query: HistoryQuery): Promise<History>;
	/** @throws ConfigError for a site that it does not have */
	latency(query: LatencyQuery): Promise<LatencyHistory>;
	/** The last rows of a site, at most so many, in the order of time. */
	lastRows(site: string, count: number): Promise<readonly StepRow[]>;
	/** What was wanted of it in its course. */
	commands(): Promise<readonly unknown[]>;
	/** The scenario with all that was left out. */
	scenario(): Promise<unknown>;
	/** Its figures, as `gridbeat report --json` prints them. */
	summary(): Promise<unknown>;
	/** What Vessim says of a microgrid before its first step. */
	microgrid(site: string): Promise<unknown>;
}
