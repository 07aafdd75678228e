import { dirname, resolve } from 'node:path';
import type * as z from 'zod';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Raw } from '../../run/resolve/file-problems.ts';
import { parseRaw, type RawFile, readYaml, scenarioOf } from '../../run/resolve/scenario-file.ts';
import type { Point } from '../sweep/design.ts';

/** A file about many scenarios: what it says, and the scenario that they vary. */
export interface Study<T> {
	readonly file: T;
	readonly base: RawFile;
}

/**
 * Reads the file of a sweep or a capacity search. Its `base` is a scenario file, relative to it, or the keys of one.
 *
 * @throws ConfigError naming file, line, key, value and what would do
 */
export function readStudy<T extends { readonly base: string | Record<string, unknown> }>(
	path: string,
	schema: z.ZodType<T>,
	what: string,
): Study<T> {
	const { raw, lineOf } = readYaml(path, what);
	const folder = dirname(resolve(path));
	const file = parseRaw(schema, { raw, folder, file: path, lineOf });
	if (typeof file.base !== 'string') {
		const inline = (keys: readonly string[]) => lineOf(['base', ...keys]);
		return { file, base: { raw: file.base as Raw, folder, file: path, lineOf: inline } };
	}
	const basePath = resolve(folder, file.base);
	const base = readYaml(basePath);
	return { file, base: { ...base, folder: dirname(basePath), file: basePath } };
}

/**
 * The scenario at a point of a design; whole sections are laid over the base before keys inside them.
 *
 * @throws ConfigError as for a scenario file
 */
export function scenarioAt(base: RawFile, point: Point): Scenario {
	const depth = (key: string) => key.split('.').length;
	const overrides = Object.entries(point).sort(([a], [b]) => depth(a) - depth(b));
	return scenarioOf({ ...base, raw: structuredClone(base.raw) }, new Map(overrides));
}
