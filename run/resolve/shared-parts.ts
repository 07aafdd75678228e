import type { SchemaNode } from './named-values.ts';

/** Shorter ones are not worth a reference. */
const LEAST_LENGTH = 160;

/** Keys of a node with one schema, with a list of them and with schemas by name. */
const ONE = ['items', 'additionalProperties', 'not'];
const LISTS = ['anyOf', 'oneOf', 'allOf'];

/**
 * A JSON Schema in which parts that stand in several places are one, under `definitions`: a scenario has the same signals and
 * sections at many keys.
 *
 * @param prefix of the names of the definitions, those that are there already among them
 */
export function withSharedParts(schema: SchemaNode, prefix: string): SchemaNode {
	const own = JSON.parse(
		JSON.stringify(schema).replaceAll('#/definitions/__schema', `#/definitions/${prefix}-loop-`),
	) as SchemaNode;
	const { definitions = {}, ...whole } = own;
	const known = Object.entries(definitions as Readonly<Record<string, SchemaNode>>);
	const counts = new Map<string, number>();
	const count = (node: SchemaNode): SchemaNode => {
		const text = JSON.stringify(node);
		counts.set(text, (counts.get(text) ?? 0) + 1);
		return text.length < LEAST_LENGTH || counts.get(text) !== 1 ? node : mapped(node, count);
	};
	mapped(whole, count);
	for (const [, node] of known) mapped(node, count);
	const parts = new Map<string, { readonly name: string; node: SchemaNode }>();
	const share = (node: SchemaNode): SchemaNode => {
		const text = JSON.stringify(node);
		if (text.length < LEAST_LENGTH) return node;
		if ((counts.get(text) ?? 0) < 2) return mapped(node, share);
		const there = parts.get(text);
		const part = there ?? { name: `${prefix}-part-${parts.size + 1}`, node };
		if (there === undefined) {
			parts.set(text, part);
			part.node = mapped(node, share);
		}
		return { $ref: `#/definitions/${part.name}` };
	};
	const shared = mapped(whole, share);
	const loops = known.map(([name, node]) => [
		name.replace('__schema', `${prefix}-loop-`),
		mapped(node, share),
	]);
	const named = [...parts.values()].map(({ name, node }) => [name, node]);
	return { ...shared, definitions: Object.fromEntries([...loops, ...named]) };
}

/** A node with another schema in the place of each of its own. */
function mapped(node: SchemaNode, of: (child: SchemaNode) => SchemaNode): SchemaNode {
	const isNode = (value: unknown): value is SchemaNode =>
		typeof value === 'object' && value !== null;
	return Object.fromEntries(
		Object.entries(node).map(([key, value]) => {
			if (ONE.includes(key) && isNode(value) && !Array.isArray(value)) return [key, of(value)];
			if (LISTS.includes(key) && Array.isArray(value))
				return [key, value.map((one) => (isNode(one) ? of(one) : one))];
			if (key !== 'properties' || !isNode(value)) return [key, value];
			const inner = Object.entries(value).map(([name, child]) => [
				name,
				isNode(child) ? of(child) : child,
			]);
			return [key, Object.fromEntries(inner)];
		}),
	);
}
