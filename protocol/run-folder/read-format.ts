import type * as z from 'zod';
import { ConfigError } from '../errors.ts';

/** Reading what a program of another version may have written. */

type Tree = { [key: string | number]: unknown };

/**
 * Refuses what a newer program has written.
 *
 * @param found the version that a file says it has; undefined: it is from before there was one
 * @param known the highest that this program reads
 * @throws ConfigError naming it
 */
export function checkFormat(found: unknown, known: number): void {
	if (found === undefined || found === null) return;
	if (Number.isSafeInteger(found) && Number(found) >= 1 && Number(found) <= known) return;
	const what = JSON.stringify(found) ?? String(found);
	throw new ConfigError(
		`its format is ${what.slice(0, 60)}, and this program reads those from 1 to ${known}; use a newer one`,
	);
}

/** `"gridbeat.seed": must be text, not a number`; of the whole without a name. */
export function issueText({ path, message }: z.core.$ZodIssue): string {
	return path.length === 0 ? message : `"${path.map(String).join('.')}": ${message}`;
}

/**
 * Reads as much as can be read: what does not fit the schema is left out, and named.
 *
 * @param value plain data; changed
 */
export function readable<T extends z.ZodType>(
	schema: T,
	value: unknown,
): { readonly value: z.infer<T>; readonly leftOut: readonly string[] } {
	let rest = value;
	let leftOut: string[] = [];
	for (;;) {
		const parsed = schema.safeParse(rest);
		if (parsed.success) return { value: parsed.data, leftOut };
		const [issue] = parsed.error.issues;
		const path = issue === undefined ? [] : removed(rest, issue.path as (string | number)[]);
		const name = path.join('.');
		// What was in it is named with it.
		leftOut = [...leftOut.filter((one) => !one.startsWith(`${name}.`)), name];
		if (path.length === 0) rest = {};
	}
}

/** Removes what stands at a path, or where nothing does what it is missing in; returns the path of it. */
function removed(root: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
	const last = path.at(-1);
	if (last === undefined) return [];
	const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Tree)?.[key], root);
	if (Array.isArray(parent) && Number(last) < parent.length) parent.splice(Number(last), 1);
	else if (isTree(parent) && Object.hasOwn(parent, last)) delete parent[last];
	else return removed(root, path.slice(0, -1));
	return path;
}

function isTree(value: unknown): value is Tree {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
