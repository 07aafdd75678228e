import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import { given, givenMembers } from './given.ts';

const Inner = z.strictObject({ depth: z.number().default(3) });
const Key = z.strictObject({
	always: z.number().min(1),
	named: z.enum(['a', 'b']).default('a').describe('One of two'),
	limit: z.number().positive().nullable().default(null),
	inner: Inner.prefault({}),
	maybe: z.string().optional(),
});

test('given() takes the default of each key away, and nothing else', () => {
	const config = z.strictObject(given(Key.shape));
	const whole = { always: 1, named: 'b', limit: null, inner: {} };
	assert.equal(config.parse(whole), { ...whole, inner: { depth: 3 } });
	for (const key of ['always', 'named', 'limit', 'inner']) {
		const { [key]: _, ...without } = whole as Record<string, unknown>;
		assert.is(config.safeParse(without).success, false, key);
	}
	for (const bad of [{ always: 0 }, { named: 'c' }, { limit: 0 }, { more: 1 }])
		assert.is(config.safeParse({ ...whole, ...bad }).success, false, JSON.stringify(bad));
});

test('given() leaves the schema it takes from as it is', () => {
	given(Key.shape);
	assert.equal(Key.parse({ always: 2 }), {
		always: 2,
		named: 'a',
		limit: null,
		inner: { depth: 3 },
	});
});

test('givenMembers() does so in each member of a union', () => {
	const Union = z.discriminatedUnion('type', [
		z.strictObject({ type: z.literal('none') }),
		z.strictObject({ type: z.literal('some'), share: z.number().max(1).default(0.5) }),
	]);
	const config = z.discriminatedUnion('type', givenMembers(Union.options));
	assert.equal(Union.parse({ type: 'some' }), { type: 'some', share: 0.5 });
	assert.is(config.safeParse({ type: 'some' }).success, false);
	assert.is(config.safeParse({ type: 'some', share: 2 }).success, false);
	const some: z.infer<typeof config> = { type: 'some', share: 1 };
	assert.equal(config.parse(some), some);
	assert.equal(config.parse({ type: 'none' }), { type: 'none' });
});

test.run();
