import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeActor } from './contract.ts';
import { firstUnplain, type Plain, unsharedCopy } from './plain-data.ts';

class Counter {
	count = 0;
}

const plain = {
	...{ none: null, isOn: true, name: 'a', none2: [] as number[] },
	numbers: [1, Number.NaN, Number.POSITIVE_INFINITY, -0],
	rows: new Float64Array([1, 2]),
	parts: [{ slots: new Int32Array(3) }, { slots: new Int32Array(4) }],
};

test('firstUnplain() lets records, lists and arrays of numbers pass', () => {
	assert.is(firstUnplain(plain), null);
	assert.is(firstUnplain(null), null);
});

const cases: readonly (readonly [unknown, string])[] = [
	[{ a: { b: [() => 1] } }, 'state.a.b[0] is of type function'],
	[{ counter: new Counter() }, 'state.counter is an instance of Counter'],
	[{ known: new Map() }, 'state.known is an instance of Map'],
	[{ later: Promise.resolve() }, 'state.later is an instance of Promise'],
	[{ rest: undefined }, 'state.rest is of type undefined'],
	[Object.assign([1], { 2: 3 }), 'state[1] is a hole'],
	[{ big: 1n }, 'state.big is of type bigint'],
	[Object.create(null), 'state is an instance of no class'],
	[
		{
			get now() {
				return 1;
			},
		},
		'state.now is computed when it is read',
	],
	[{ [Symbol('x')]: 1 }, 'state.Symbol(x) is named by a symbol'],
];
for (const [value, text] of cases)
	test(`firstUnplain() names what is not plain: ${text}`, () => {
		assert.is(firstUnplain(value), text);
	});

test('unsharedCopy() has the same values, and no object twice', () => {
	const shared = [1];
	const copy = unsharedCopy({ ...plain, a: shared, b: shared });
	assert.equal(copy.a, copy.b);
	assert.is.not(copy.a, copy.b);
	assert.is.not(copy.rows, plain.rows);
	assert.instance(copy.rows, Float64Array);
	assert.ok(Object.is(copy.numbers[3], -0));
	assert.equal(copy.parts, plain.parts);
});

/** What the type of a state lets pass. */
const asState = <State>(state: Plain<State>): Plain<State> => state;

test('Plain<T> is a type to which only plain data can be assigned', () => {
	assert.equal(asState(plain), plain);
	assert.is(asState(null), null);
	// @ts-expect-error a function
	asState({ step: () => 1 });
	// @ts-expect-error a Map, deep inside
	asState({ parts: [{ known: new Map<string, number>() }] });
	// @ts-expect-error an instance of a class with a method
	asState({ now: new Date(0) });
	// @ts-expect-error something absent
	asState({ rest: undefined });
});

interface Remembering {
	readonly known: Map<number, number>;
}

test('an actor whose state is not plain data does not compile', () => {
	const init = (): Remembering => ({ known: new Map() });
	// @ts-expect-error a Map in the state
	const actor: Pick<TimeActor<Remembering>, 'init'> = { init };
	assert.ok(actor);
});

test.run();
