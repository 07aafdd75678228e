import * as z from 'zod';
import { Command } from '../scaling.ts';

/** What was wanted of a run in its course, a JSON object a line, in the order of time; only there where something was. */
export const COMMANDS_FILE = 'commands.jsonl';

/** A command, and the simulated time from which on it acted, in microseconds since the start of the run. */
export const LoggedCommand = Command.extend({ fromUs: z.int().nonnegative() });
export type LoggedCommand = z.infer<typeof LoggedCommand>;
