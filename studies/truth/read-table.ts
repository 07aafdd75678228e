import { parse } from 'csv-parse/sync';
import type * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/**
 * The rows of a table of measurements.
 *
 * @throws ConfigError naming file, line and column of what cannot be read
 */
export function readTable<T>(text: string, file: string, row: z.ZodType<T>): T[] {
	return (parse(text, { columns: true }) as unknown[]).map((cells, index) => {
		const result = row.safeParse(cells, PLAINLY);
		if (result.success) return result.data;
		const issue = result.error.issues[0];
		throw new ConfigError(
			`Cannot read "${file}" line ${index + 2}: ${issue?.path.join('.')}: ${issue?.message}`,
		);
	});
}
