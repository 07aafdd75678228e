import type { RunEnding } from '../kernel/actor/contract.ts';
import { SimulationError } from '../protocol/errors.ts';
import { plainText } from '../protocol/plain-text.ts';
import type { Reported } from '../protocol/run-folder/summary.ts';
import type { SimTime } from '../protocol/time.ts';

/** What a run came to. */
export interface RunResult {
	/** The run's id. */
	readonly run: string;
	/** Absolute path of the run folder. */
	readonly folder: string;
	/** Absolute path of the report, a page by itself; null if none was wanted. */
	readonly report: string | null;
	/** `complete`; in what an error carries also `interrupted` or `failed`. */
	readonly outcome: RunEnding['outcome'];
	/** Why the run ended, in a line. */
	readonly reason: string;
	/** Simulated time up to which the run is recorded, microseconds from its start. */
	readonly simulatedUntilUs: SimTime;
	/** Messages that were not of the run and were refused, and those that came twice. */
	readonly messages: { readonly refused: number; readonly duplicates: number };
	/** The figures, as `--json` prints them; NaN, null there, stands for one that does not exist. */
	readonly summary: Reported;
}

/** A run was ended before its time because its signal was aborted. Known by its `name`, AbortError, as everywhere. */
export class RunAborted extends Error {
	override readonly name = 'AbortError';
	readonly code = 'ABORT_ERR';
	/** The run folder, or null if the run did not begin. */
	readonly folder: string | null;
	/** What was recorded up to the last whole window; null if that is nothing, or if the run was stopped at once. */
	readonly result: RunResult | null;

	constructor(message: string, folder: string | null, result: RunResult | null) {
		super(plainText(message, Number.POSITIVE_INFINITY));
		this.folder = folder;
		this.result = result;
	}
}

/** A run that failed under way. */
export class RunFailed extends SimulationError {
	/** Why, in a line; the message says what is kept, too. */
	readonly reason: string;
	readonly folder: string;
	/** What was recorded up to the last whole window; null if that is nothing. */
	readonly result: RunResult | null;

	constructor(
		message: string,
		about: Pick<RunFailed, 'reason' | 'folder' | 'result'> & {
			readonly where: { actor?: string; timeUs?: number };
			readonly cause: unknown;
		},
	) {
		super(message, about.where, { cause: about.cause });
		this.reason = about.reason;
		this.folder = about.folder;
		this.result = about.result;
	}
}
