import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LineLog } from '../../kernel/files/line-log.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { ARRIVALS_FILE } from '../../protocol/run-folder/arrivals.ts';
import { COMMANDS_FILE, LoggedCommand } from '../../protocol/run-folder/commands.ts';

/** Keeps a command before it acts; it is on the disk when this returns, or not in the log. @throws what the disk says */
export function logCommand(folder: string, command: LoggedCommand): void {
	const log = new LineLog(join(folder, COMMANDS_FILE));
	try {
		log.keep(JSON.stringify(command));
	} finally {
		log.close();
	}
}

/**
 * The commands that acted in a run so far. What was cut short as it was written did not act, and goes.
 *
 * @throws ConfigError for a file of other things
 */
export function readCommands(folder: string): LoggedCommand[] {
	const path = join(folder, COMMANDS_FILE);
	if (!existsSync(path)) return [];
	const bytes = readFileSync(path);
	const end = bytes.lastIndexOf('\n') + 1;
	if (end < bytes.length) truncateSync(path, end);
	const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
	return lines.map((line, i) => {
		const command = LoggedCommand.safeParse(parsed(line)).data;
		if (command !== undefined) return command;
		throw new ConfigError(`Cannot read "${path}": line ${i + 1} is no command of a run`);
	});
}

/** What a run heard that is repeated, before any of it acts. */
export function writeHeard(
	folder: string,
	from: { readonly folder: string; readonly commands: readonly LoggedCommand[] },
): void {
	for (const command of from.commands) logCommand(folder, command);
	const arrivals = join(from.folder, ARRIVALS_FILE);
	if (existsSync(arrivals)) copyFileSync(arrivals, join(folder, ARRIVALS_FILE));
}

/** A run begins anew in the folder. */
export function removeCommands(folder: string): void {
	rmSync(join(folder, COMMANDS_FILE), { force: true });
}

/** The same for requests from outside. */
export function removeArrivals(folder: string): void {
	rmSync(join(folder, ARRIVALS_FILE), { force: true });
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}
