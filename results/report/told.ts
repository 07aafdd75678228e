import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readInputText } from '../../kernel/files/input-file.ts';
import { ARRIVALS_FILE } from '../../protocol/run-folder/arrivals.ts';
import { COMMANDS_FILE, LoggedCommand } from '../../protocol/run-folder/commands.ts';

/**
 * All that a run was told in its course, in the order in which it acted; a line that was torn when the run died is left out.
 *
 * @param folder of the whole run
 */
export function readTold(folder: string): LoggedCommand[] {
	const path = join(folder, COMMANDS_FILE);
	if (!existsSync(path)) return [];
	return readInputText(path)
		.split('\n')
		.flatMap((line) => LoggedCommand.safeParse(parsed(line)).data ?? []);
}

/** Whether requests came to a run from outside, as the log in its folder has them. */
export function hasArrivals(folder: string): boolean {
	return existsSync(join(folder, ARRIVALS_FILE));
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}
