import * as z from 'zod';
import type { IntensityKind } from '../../../protocol/signals.ts';
import type { GridFileChoices, RawGridFile } from './grid-file.ts';

/** A date-time with an offset. */
export const Instant = z.iso.datetime({ offset: true });

/** Null: not this format. A text: this format, but of no use, and why. */
export type JsonParser = (data: unknown, choices: GridFileChoices) => RawGridFile | string | null;

/** Reads what has the shape of a schema. */
export function when<T>(
	schema: z.ZodType<T>,
	read: (data: T, choices: GridFileChoices) => RawGridFile | string,
): JsonParser {
	return (data, choices) => {
		const parsed = schema.safeParse(data);
		return parsed.success ? read(parsed.data, choices) : null;
	};
}

/** What is the same in all files of intensities, whose unit no file of them states. */
export function carbonFile(format: string, kind: IntensityKind, region: string | null) {
	const unit = { factor: 1, isStated: false };
	return { format, signal: 'carbon', kind, currency: null, region, unit } as const;
}
