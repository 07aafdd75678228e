import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import { PLAINLY } from './plain-issue.ts';

const said = (schema: z.ZodType, value: unknown) =>
	schema.safeParse(value, PLAINLY).error?.issues.map(({ message }) => message);

test('a schema says in words of people what it has against a value', () => {
	assert.equal(said(z.int(), 1.5), ['must be a whole number']);
	assert.equal(said(z.number(), undefined), ['is missing; give a number']);
	assert.equal(said(z.number().positive(), -1), ['must be more than 0']);
});

test('of several forms it names all, and of the one that a value has it says what that one wants', () => {
	const rate = z.union([z.number().positive(), z.literal('inf')]);
	assert.equal(said(rate, 'x'), ['must be a number or inf, not text']);
	assert.equal(said(rate, -1), ['must be more than 0']);
	assert.equal(said(rate, undefined), ['is missing; give a number or inf']);
	assert.equal(said(z.union([z.string(), z.number()]), []), [
		'must be text or a number, not a list',
	]);
});

test.run();
