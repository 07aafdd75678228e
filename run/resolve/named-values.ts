import { gridZones } from '../../services/carbon/grid-zones.ts';
import { loadLocations } from '../../services/solar/load.ts';
import { shippedModels } from '../../silicon/profile/load-cards.ts';
import { deviceNames } from '../../silicon/profile/load-device-card.ts';

/** A node of a JSON Schema. */
export interface SchemaNode {
	readonly [key: string]: unknown;
	readonly properties?: Readonly<Record<string, SchemaNode>>;
}

type Properties = Readonly<Record<string, SchemaNode>>;

/** Keys whose values have names that ship with the project, by their place, and the names. Each may also be something else, such as a file. */
const NAMED: readonly {
	readonly is: (key: string, beside: Properties) => boolean;
	readonly names: () => readonly string[];
}[] = [
	{
		is: (key, beside) => key === 'model' && 'tensorParallel' in beside,
		names: () => shippedModels().map(({ name }) => name),
	},
	{
		is: (key, beside) => key === 'device' && 'tensorParallel' in beside,
		names: () => deviceNames,
	},
	{ is: (key) => key === 'location', names: () => loadLocations().map(({ name }) => name) },
	{
		is: (key, beside) => key === 'zone' && beside['source']?.['const'] === 'zone',
		names: () => gridZones().map(({ zone }) => zone),
	},
];

/** A JSON Schema with the names of models, devices, places and grid zones where it asks for one: an editor offers them. */
export function withNames<T>(schema: T): T {
	if (Array.isArray(schema)) return schema.map(withNames) as T;
	if (typeof schema !== 'object' || schema === null) return schema;
	const { properties, ...rest } = schema as SchemaNode;
	const inner = Object.fromEntries(
		Object.entries(rest).map(([key, value]) => [key, withNames(value)]),
	);
	if (typeof properties !== 'object') return inner as T;
	const named = Object.entries(properties).map(([key, node]) => {
		const found = NAMED.find(({ is }) => is(key, properties));
		if (TYPED_BY_KEYS.includes(key)) return [key, withoutType(withNames(node))];
		return [key, found === undefined ? withNames(node) : offering(node, found.names())];
	});
	return { ...inner, properties: Object.fromEntries(named) } as T;
}

/** Lists whose members may leave out their type where their other keys say it. */
const TYPED_BY_KEYS = ['loads', 'actors', 'batteries'];

function withoutType(list: SchemaNode): SchemaNode {
	const { oneOf, ...items } = (list['items'] ?? {}) as SchemaNode;
	if (!Array.isArray(oneOf)) return list;
	const members = (oneOf as SchemaNode[]).map(({ required, ...member }) => ({
		...member,
		...(Array.isArray(required) ? { required: required.filter((key) => key !== 'type') } : {}),
	}));
	return { ...list, items: { ...items, anyOf: members } };
}

/** What is said of the key stays beside both ways. */
function offering(node: SchemaNode, names: readonly string[]): SchemaNode {
	const { description, default: usual, ...own } = node;
	return {
		...(description === undefined ? {} : { description }),
		...(usual === undefined ? {} : { default: usual }),
		anyOf: [{ enum: [...names] }, own],
	};
}
