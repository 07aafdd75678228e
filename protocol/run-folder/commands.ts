import * as z from 'zod';
import { Command, CommandBy } from '../commands.ts';

/** What came to a run in its course, a JSON object a line, in the order of time; only there where something did. */
export const COMMANDS_FILE = 'commands.jsonl';

/** A command, the simulated time from which on it acted, in microseconds since the start of the run, and how it came. */
export const LoggedCommand = z.strictObject({
	fromUs: z.int().nonnegative(),
	/** Who wanted it, and when it came; neither changes a result. */
	by: CommandBy,
	at: z.iso.datetime(),
	command: Command,
});
export type LoggedCommand = z.infer<typeof LoggedCommand>;
