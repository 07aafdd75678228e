import * as z from 'zod';
import { Count, Text, Value } from './outputs-of-data.ts';

/** What `--json` prints of runs that are compared. */

const Folder = z.string().describe('a run folder');

/** What would be compared. */
export const DryRunCases = z.strictObject({
	folder: Text.describe('where they would be'),
	cases: z.array(
		z.strictObject({
			label: Text,
			folder: Folder,
			repeats: Count.describe('runs of it, with seeds of their own'),
			scenario: z.record(z.string(), z.unknown()).describe('as resolved'),
		}),
	),
	changes: z
		.array(z.strictObject({ key: Text, values: z.array(Text) }))
		.describe('parts of the scenario that differ'),
});

/** Runs side by side. Others may stand in it: what is compared follows the runs. */
export const Comparison = z.looseObject({
	cases: z.array(
		z.looseObject({
			label: Text,
			runs: z.array(z.looseObject({ folder: Folder, seed: Text, status: Text })),
		}),
	),
	remarks: z.array(Text).describe('what is to be known of the runs before their figures'),
	answer: z
		.array(z.strictObject({ label: Text, sentences: z.array(Text) }))
		.describe('what each case but the first does against it, in words'),
	changes: z
		.array(z.strictObject({ key: Text, values: z.array(Text) }))
		.describe('parts of the scenario that differ, where they are one thing'),
	differingKeys: z
		.record(z.string(), z.array(z.unknown()))
		.describe('keys of the scenarios that differ, with the value of each case'),
	figures: z.array(
		z.looseObject({
			name: Text,
			unit: Text,
			cases: z.array(
				z.looseObject({
					count: Count,
					mean: Value,
					halfWidth: Value,
					difference: Value.describe('from the first case'),
					differenceHalfWidth: Value,
					percent: Value,
				}),
			),
		}),
	),
	folder: Text.exactOptional().describe('folder of all runs, where they were made to be compared'),
	report: Text.exactOptional().describe('its page'),
	failed: z.array(Text).exactOptional().describe('cases that failed, and why'),
});
