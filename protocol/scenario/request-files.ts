import * as z from 'zod';

/** In what times of files are, where they are numbers. */
export const TimeUnit = z.enum(['s', 'ms', 'us', 'ns']);
export type TimeUnit = z.infer<typeof TimeUnit>;
const timeUnit = TimeUnit.nullable()
	.default(null)
	.describe(
		'Unit of times that are numbers; null: as the column’s name or the format says, else s',
	);

const columnName = (what: string) =>
	z.string().min(1).nullable().default(null).describe(`Column of ${what}; null: a known name`);
/** Of a file of lengths alone. */
export const LengthColumns = {
	prompt: columnName('the prompts'),
	output: columnName('the answers'),
};
export const RequestColumns = z.strictObject({
	arrival: columnName('the arrivals'),
	...LengthColumns,
	session: columnName('what turns of a conversation have in common'),
});
/** How the quantities of a request are called in a file; null: as its format has them. */
export type TraceColumns = z.infer<typeof RequestColumns>;

/** Keys of a file that gives arrivals. */
export const ArrivalFile = {
	path: z.string().min(1).describe('CSV file or JSON lines, relative to the scenario file'),
	anchor: z
		.string()
		.nullable()
		.default(null)
		.describe(
			'Time in the file that is the start of the run, or first: its first row; null: 0, or the first row of dates',
		),
	timeScale: z
		.number()
		.positive()
		.default(1)
		.describe('Factor on the times: 0.5 makes requests arrive twice as fast'),
	timeUnit,
};
