import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import { Scenario } from './scenario.ts';

/** The parts of JSON Schema that scenarios use. */
interface Node {
	readonly description?: string;
	readonly const?: unknown;
	readonly properties?: Readonly<Record<string, Node>>;
	readonly items?: Node;
	readonly anyOf?: readonly Node[];
	readonly oneOf?: readonly Node[];
}

/** The paths of the keys, and of the members of unions, that say nothing of themselves. */
function silent(node: Node, path: string): string[] {
	const members = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
	const inner = [...members, ...(node.items === undefined ? [] : [node.items])];
	return [
		...inner.flatMap((member) => silent(member, path)),
		...Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
			const own = `${path}.${key}${child.const === undefined ? '' : `=${child.const}`}`;
			return [...((child.description ?? '') === '' ? [own] : []), ...silent(child, own)];
		}),
	];
}

function silentKeys(schema: z.ZodType): string[] {
	return silent(z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as Node, '');
}

test('every key of a scenario, and every type that it may have, says what it means', () => {
	assert.equal(silentKeys(Scenario), []);
});

test('silentKeys() finds keys without a word, also in lists and unions', () => {
	const schema = z.strictObject({
		told: z.number().nullable().default(null).describe('Something'),
		toldWithin: z.number().describe('Something').nullable(),
		list: z.array(z.strictObject({ inner: z.number() })).describe('Something'),
		one: z
			.discriminatedUnion('type', [z.strictObject({ type: z.literal('a'), b: z.string() })])
			.describe('Something'),
		untold: z.number(),
	});
	assert.equal(silentKeys(schema), [
		'.toldWithin',
		'.list.inner',
		'.one.type=a',
		'.one.b',
		'.untold',
	]);
});

test('a scenario that is parsed again is the same to the byte, its defaults too', () => {
	const once = Scenario.parse({});
	assert.is(JSON.stringify(Scenario.parse(once)), JSON.stringify(once));
});

test.run();
