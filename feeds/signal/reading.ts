import * as z from 'zod';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import { TraceReading } from '../../protocol/scenario/parts.ts';

/** What a scenario says of how a trace is written, for a reader that would otherwise go by the file; null: by the file. */
export const Reading = z.strictObject({
	...TraceReading,
	/** From one row to the next where rows have no times, us; null: they have. */
	interval: z.int().positive().nullable(),
});
export type Reading = z.infer<typeof Reading>;

/** Nothing is said: all is as the file has it. */
export const AS_WRITTEN: Reading = {
	...{ columns: null, timeUnit: null, dates: null, decimal: null, interval: null, begins: null },
};

type Keys = { readonly [Key in keyof typeof TraceReading]?: unknown };

/** The keys of a section that say how its file is written, apart from the others; undefined where none says anything. */
export function splitReading<Section extends Keys>(
	section: Section,
): { reading: Reading | undefined; rest: Omit<Section, keyof Keys> } {
	const { columns, timeUnit, dates, decimal, interval, begins, ...rest } = section;
	const said = { columns, timeUnit, dates, decimal, interval, begins };
	if (Object.values(said).every((value) => (value ?? null) === null))
		return { reading: undefined, rest };
	const intervalUs =
		typeof interval === 'string' || typeof interval === 'number'
			? parseDuration(interval, 'interval')
			: null;
	return { reading: Reading.parse({ ...said, interval: intervalUs }), rest };
}
