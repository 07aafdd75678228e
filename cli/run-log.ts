import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { RunEvent, WorkerEvent } from '../protocol/run-events.ts';
import { LineFile } from './line-file.ts';
import type { LogLevel } from './log-level.ts';

/** What a log says beside the events: what could not be done at all. */
export interface LogError {
	readonly event: 'error';
	readonly text: string;
}

/** A log of runs: a line of JSON for each thing that happens. */
export interface RunLog {
	event(event: RunEvent | WorkerEvent | LogError): void;
	/** All lines from here on say this too: the run, or the host that this process is there. */
	about(what: Readonly<Record<string, string>>): void;
	close(): void;
}

/** Of each event; windows come many times a second. */
const LEVELS: Readonly<Record<(RunEvent | WorkerEvent | LogError)['event'], LogLevel>> = {
	begun: 'info',
	joined: 'info',
	ready: 'debug',
	granted: 'debug',
	done: 'debug',
	completed: 'debug',
	kept: 'debug',
	checkpoint: 'info',
	'no-checkpoint': 'warn',
	setback: 'warn',
	restored: 'info',
	paused: 'info',
	resumed: 'info',
	paced: 'info',
	notice: 'info',
	failed: 'error',
	left: 'warn',
	ended: 'info',
	error: 'error',
};

/**
 * Opens a log at the end of a file, which is made if there is none.
 *
 * @param path `-`: standard error
 * @param notice hears that the file could not be written
 * @throws ConfigError if it cannot be opened
 */
export function openLog(path: string, level: LogLevel, notice: (text: string) => void): RunLog {
	const file = new LineFile(path, { what: 'log', append: true, gatherBytes: 0, notice });
	const all: Logger = pino(
		{
			...{ level, base: null, timestamp: stdTimeFunctions.isoTime },
			formatters: { level: (label) => ({ level: label }) },
		},
		file,
	);
	let logger = all;
	return {
		event(event) {
			const isBad = event.event === 'ended' && event.outcome === 'failed';
			logger[isBad ? 'error' : LEVELS[event.event]](event);
		},
		about(what) {
			logger = all.child(what);
		},
		close: () => file.close(),
	};
}
