import { type Command, Option } from 'commander';
import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { RunEvent } from '../protocol/run-events.ts';
import { LOG_LEVELS } from './log-level.ts';
import type { RunLog } from './run-log.ts';
import type { WindowTrace } from './window-trace.ts';

/** What is written beside a run for whoever watches it. */
export interface LogFlags {
	readonly log?: string;
	readonly logLevel?: string;
	readonly trace?: string;
}

const GROUP = 'Watching:';

/** Adds the flags of a log. */
export function addLogFlags(command: Command): Command {
	const flags = [
		new Option(
			'--log <file>',
			'what happens, as lines of JSON at the end of the file; -: to standard error; default: GRIDBEAT_LOG, or none',
		),
		new Option(
			'--log-level <level>',
			`from which level on: ${LOG_LEVELS.join(', ')}; debug has each window; default: GRIDBEAT_LOG_LEVEL, or info`,
		),
	];
	for (const flag of flags) command.addOption(flag.helpGroup(GROUP));
	return command;
}

/** The same, and that of a trace. */
export function addTraceFlags(command: Command): Command {
	const trace = new Option(
		'--trace <file>',
		'windows, waits, checkpoints and setbacks over real time, for ui.perfetto.dev or chrome://tracing',
	);
	return addLogFlags(command).addOption(trace.helpGroup(GROUP));
}

/** What flags and environment ask for. */
export function logFlags(options: object, env: NatsEnv): LogFlags {
	const { log, logLevel, trace } = options as LogFlags;
	const path = log ?? (env['GRIDBEAT_LOG'] || undefined);
	const level = logLevel ?? (env['GRIDBEAT_LOG_LEVEL'] || undefined);
	if (path === undefined && logLevel !== undefined)
		throw new ConfigError('Cannot choose a --log-level without a log: give --log');
	return {
		...(path === undefined ? {} : { log: path }),
		...(level === undefined ? {} : { logLevel: level }),
		...(trace === undefined ? {} : { trace }),
	};
}

/** A log, if one is wanted. What writes it is loaded then only. */
export async function logFor(
	{ log, logLevel = 'info' }: LogFlags,
	notice: (text: string) => void,
): Promise<RunLog | null> {
	if (log === undefined) return null;
	const level = LOG_LEVELS.find((one) => one === logLevel);
	if (level === undefined)
		throw new ConfigError(
			`Cannot log from the level "${logLevel}" on: there are ${LOG_LEVELS.join(', ')}`,
		);
	const { openLog } = await import('./run-log.ts');
	return openLog(log, level, notice);
}

/** What is written of a run while it goes on. */
export interface Watching {
	readonly log: RunLog | null;
	readonly trace: WindowTrace | null;
	event(event: RunEvent): void;
	close(): void;
}

/** @throws ConfigError for what cannot be written */
export async function watchingFor(
	flags: LogFlags,
	notice: (text: string) => void,
): Promise<Watching> {
	const log = await logFor(flags, notice);
	let trace: WindowTrace | null = null;
	if (flags.trace !== undefined) {
		const { WindowTrace: Trace } = await import('./window-trace.ts');
		trace = new Trace(flags.trace, { nowMs: () => performance.now(), notice });
	}
	return {
		...{ log, trace },
		event(event) {
			log?.event(event);
			trace?.event(event);
		},
		close() {
			trace?.close();
			log?.close();
		},
	};
}
