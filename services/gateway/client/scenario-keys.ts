/** A scenario as the gateway gives it: all keys, what was left out too. */
export type Json =
	| null
	| boolean
	| number
	| string
	| readonly Json[]
	| { readonly [key: string]: Json };

/** A value of a scenario that is no object. */
export type Leaf = null | boolean | number | string;

/** Every value of a scenario by its dotted path, in the order of the scenario. */
export function leavesOf(node: Json, path = ''): [path: string, value: Leaf][] {
	if (typeof node !== 'object' || node === null) return path === '' ? [] : [[path, node]];
	const entries: [string, Json][] = isList(node)
		? node.map((item, i) => [String(i), item])
		: Object.entries(node);
	return entries.flatMap(([key, value]) => leavesOf(value, path === '' ? key : `${path}.${key}`));
}

/** The same scenario with another value at a path. */
export function withLeaf(node: Json, path: readonly string[], value: Leaf): Json {
	const [key, ...rest] = path;
	if (key === undefined || typeof node !== 'object' || node === null) return value;
	if (isList(node))
		return node.map((item, i) => (String(i) === key ? withLeaf(item, rest, value) : item));
	return Object.fromEntries(
		Object.entries(node).map(([name, item]) => [
			name,
			name === key ? withLeaf(item, rest, value) : item,
		]),
	);
}

/**
 * What somebody typed in the place of a value.
 *
 * @param before which says of what type it is; of null it may be any
 */
export function leafOf(text: string, before: Leaf): Leaf {
	const typed = text.trim();
	if (typed === '' || typed === 'null')
		return typeof before === 'string' && typed === '' ? '' : null;
	if (typeof before === 'string') return text;
	if (typed === 'true' || typed === 'false') return typed === 'true';
	const number = Number(typed);
	return Number.isFinite(number) ? number : text;
}

function isList(node: Json): node is readonly Json[] {
	return Array.isArray(node);
}
