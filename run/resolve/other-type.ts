import type * as z from 'zod';
import type { Raw } from './file-problems.ts';

/**
 * A value laid over a file that makes a section one of another type takes off what only its type before had: with
 * `--intervals poisson` over `{ type: gamma, cv: 2 }` there is no cv. What no type knows stays, to be refused.
 *
 * @param before the file alone
 * @param raw the same with the values over it, from which keys go
 */
export function dropOtherTypes(
	schema: z.ZodType,
	{ before, raw }: { readonly before: Raw; readonly raw: Raw },
	overrides: ReadonlyMap<string, unknown>,
): void {
	const changed = [...overrides.keys()]
		.filter((key) => key.endsWith('.type') && at(before, key) !== at(raw, key))
		.map((key) => key.slice(0, -'.type'.length))
		.filter((section) => typeof at(before, section) === 'object');
	if (changed.length === 0) return;
	const wrongBefore = new Set(unknownKeys(schema, before));
	for (const key of unknownKeys(schema, raw)) {
		const [section, name] = [
			key.slice(0, key.lastIndexOf('.')),
			key.slice(key.lastIndexOf('.') + 1),
		];
		if (!changed.includes(section) || wrongBefore.has(key) || overrides.has(key)) continue;
		delete (at(raw, section) as Raw)[name];
	}
}

/** Dotted paths of keys that a mapping has and its schema has not. */
function unknownKeys(schema: z.ZodType, raw: Raw): string[] {
	const issues = schema.safeParse(raw).error?.issues ?? [];
	return issues.flatMap((issue) =>
		issue.code === 'unrecognized_keys'
			? issue.keys.map((key) => [...issue.path, key].map(String).join('.'))
			: [],
	);
}

function at(raw: Raw, path: string): unknown {
	return path
		.split('.')
		.reduce<unknown>((node, key) => (node as Raw | null | undefined)?.[key], raw);
}
