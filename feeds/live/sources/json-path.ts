import { ConfigError } from '../../../protocol/errors.ts';

/** A way into a JSON document: keys, positions (from the end where negative), each of a list. */
export type JsonPath = readonly (string | number | typeof EACH)[];
const EACH = Symbol('each');

/** `name` at the beginning, `.name`, `.*`, `[0]`, `[-1]`, `[*]`, `["any text"]`. */
const STEP = /(?:^|\.)([^.[\]"*]+|\*)|\[(-?\d+|\*)\]|\[("(?:[^"\\]|\\.)*")\]/;

/**
 * Reads a path such as `data[0].value`, `data[*].value` or `["a.b"][-1]`. `$.` may stand before it.
 *
 * @param what for messages
 * @throws ConfigError with the place where it breaks off
 */
export function parseJsonPath(text: string, what: string): JsonPath {
	const path: (string | number | typeof EACH)[] = [];
	const bare = text.replace(/^\$\.?/, '');
	let at = 0;
	while (at < bare.length) {
		const match = new RegExp(STEP, 'y');
		match.lastIndex = at;
		const { 1: name, 2: index, 3: key } = match.exec(bare) ?? [];
		const step = name ?? index;
		if (step === '*') path.push(EACH);
		else if (index !== undefined) path.push(Number(index));
		else if (name !== undefined) path.push(name);
		else if (key !== undefined) path.push(keyOf(key));
		else
			throw new ConfigError(
				`Cannot use ${what} "${text}": it breaks off at "${bare.slice(at)}"; write such as data[0].value, [-1] for the last, [*] for each`,
			);
		at = match.lastIndex;
	}
	return path;
}

function keyOf(literal: string): string {
	try {
		return String(JSON.parse(literal));
	} catch {
		return literal.slice(1, -1);
	}
}

/**
 * What stands at a path: one value, or as many as the lists have that it goes through, in their order. Undefined where there is
 * nothing; a list in which some have nothing has undefined at their places, so that two paths through it go side by side.
 */
export function atPath(document: unknown, path: JsonPath): unknown {
	let here = document;
	for (const [depth, step] of path.entries()) {
		if (step === EACH) {
			if (!Array.isArray(here)) return undefined;
			const rest = path.slice(depth + 1);
			const found = here.map((item: unknown) => atPath(item, rest));
			return rest.includes(EACH) ? found.flat() : found;
		}
		here = child(here, step as string | number);
	}
	return here;
}

function child(here: unknown, step: string | number): unknown {
	if (Array.isArray(here)) {
		if (typeof step === 'number') return here.at(step);
		return /^\d+$/.test(step) ? here[Number(step)] : undefined;
	}
	if (typeof here !== 'object' || here === null) return undefined;
	const key = String(step);
	return Object.hasOwn(here, key) ? (here as Record<string, unknown>)[key] : undefined;
}
