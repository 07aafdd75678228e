import type { SchemaNode } from './named-values.ts';
import { impliedKeys, shortForm, wordFor } from './short-forms.ts';

/** A node with what of it is looked into. */
interface Node extends SchemaNode {
	readonly properties?: Readonly<Record<string, Node>>;
	readonly required?: readonly string[];
	readonly items?: Node;
	readonly anyOf?: readonly Node[];
	readonly oneOf?: readonly Node[];
}

/** The schema of scenarios with the short forms that are written out before it sees them. */
export function withShortForms(node: Node, keys: readonly string[] = []): Node {
	const deeper = (members: readonly Node[]) => members.map((one) => withShortForms(one, keys));
	const written: Node = {
		...node,
		...(node.anyOf === undefined ? {} : { anyOf: deeper(node.anyOf) }),
		...(node.oneOf === undefined ? {} : { oneOf: deeper(node.oneOf) }),
		...(node.items === undefined ? {} : { items: itemOf(node.items, [...keys, '0']) }),
		...(node.properties === undefined
			? {}
			: {
					properties: Object.fromEntries(
						Object.entries(node.properties).map(([key, one]) => [
							key,
							inOtherWays(withShortForms(one, [...keys, key]), [...keys, key]),
						]),
					),
				}),
	};
	const implied = impliedKeys(keys, node.properties?.['type']?.['const']);
	return implied.length === 0 || node.required === undefined
		? written
		: { ...written, required: node.required.filter((key) => !implied.includes(key)) };
}

function itemOf(item: Node, keys: readonly string[]): Node {
	return inOtherWays(withShortForms(item, keys), keys);
}

/** A value in a word, beside the value itself. */
function inOtherWays(node: Node, keys: readonly string[]): Node {
	const form = shortForm(keys) ?? wordFor(keys);
	if (form === null || (Array.isArray(node['type']) && node['type'].includes('string')))
		return node;
	const { description, default: usual, ...rest } = node;
	const word: Node = { type: 'string', description: form };
	return {
		...(description === undefined ? {} : { description }),
		...(usual === undefined ? {} : { default: usual }),
		anyOf: [rest, word],
	};
}
