import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/**
 * A table of the folder weather-data/.
 *
 * @throws ConfigError when the file is missing or broken
 */
export function readGridTable<T>(name: string, schema: z.ZodType<T>): T {
	const path = projectFile(`weather-data/${name}`);
	const parsed = schema.safeParse(jsonOf(path), PLAINLY);
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new ConfigError(
		`Cannot use weather-data/${name}: ${issue?.path.join('.')}: ${issue?.message}`,
	);
}

function jsonOf(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw new ConfigError(
			`Cannot read "${path}": ${messageOf(error)}; it is part of the project, restore it`,
		);
	}
}
