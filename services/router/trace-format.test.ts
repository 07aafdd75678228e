import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { traceFormat } from './trace-format.ts';

const NONE = { arrival: null, prompt: null, output: null, session: null };

/** Names of one quantity by those who publish, by unit. */
const ARRIVALS = [
	...[
		{ name: 'arrived_at', per: 1 },
		{ name: 'Timestamp', per: 1 },
	],
	...[
		{ name: 'arrival_timestamp', per: 1 },
		{ name: 'arrival_ms', per: 1000 },
	],
	...[
		{ name: 'arrival_time_ns', per: 1e9 },
		{ name: 'sent (us)', per: 1e6 },
	],
];
const PROMPTS = ['num_prefill_tokens', 'ContextTokens', 'prompt_size', 'my tokens'];
const OUTPUTS = ['num_decode_tokens', 'Response tokens', 'token_size', 'my answers'];

test('a client of ServeGen is no trace, and its refusal names what is one', () => {
	const wanted = { arrival: true, lengths: true, timeUnit: null, columns: NONE };
	for (const line of ['0,0,0,,0,0', '34200,1.625,10.47,Weibull,0.352,0.296'])
		assert.match(
			String(traceFormat(line, wanted)),
			/^it is a client of ServeGen, .* give what ServeGen draws of its clients/,
		);
});

test('a file of shuffled, renamed, dropped columns and other separators and units is read right or refused', () => {
	const file = fc.record({
		arrival: fc.constantFrom(...ARRIVALS),
		prompt: fc.constantFrom(...PROMPTS),
		output: fc.constantFrom(...OUTPUTS),
		others: fc.uniqueArray(fc.constantFrom('model', 'id', 'Total tokens', 'x'), { maxLength: 3 }),
		order: fc.infiniteStream(fc.nat(1000)),
		separator: fc.constantFrom(',', ';', '\t'),
		dropped: fc.constantFrom(null, null, null, 'arrival', 'prompt', 'output'),
		isNamed: fc.boolean(),
		second: fc.nat(1000),
		tokens: fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 })),
	});
	const property = fc.property(file, (drawn) => {
		const { arrival, prompt, output, others, separator, dropped, tokens, second } = drawn;
		const cells = [
			...(dropped === 'arrival' ? [] : [[arrival.name, second * arrival.per]]),
			...(dropped === 'prompt' ? [] : [[prompt, tokens[0]]]),
			...(dropped === 'output' ? [] : [[output, tokens[1]]]),
			...others.map((name) => [name, 77]),
		];
		const places = cells.map((cell) => ({ cell, at: drawn.order.next().value as number }));
		const sorted = places.sort((a, b) => a.at - b.at).map(({ cell }) => cell);
		const line = (i: number) => sorted.map((cell) => cell[i]).join(separator);
		const named = { arrival: arrival.name, prompt, output, session: null };
		const format = traceFormat(line(0), {
			...{ arrival: true, lengths: true, timeUnit: null },
			columns: drawn.isNamed ? named : NONE,
		});
		const known = [arrival.name !== 'sent (us)', prompt !== 'my tokens', output !== 'my answers'];
		if (dropped !== null || (!drawn.isNamed && known.includes(false)))
			return typeof format === 'string';
		if (typeof format === 'string') return false;
		const row = {
			...{ wholeS: 0, partS: 0, isDated: false, prefillTokens: 0, decodeTokens: 0 },
			...{ hashIds: null, session: null },
		};
		const wrong = format.parse(line(1), row);
		const isRight =
			Math.abs(row.wholeS - second) < 1e-6 &&
			row.prefillTokens === tokens[0] &&
			row.decodeTokens === tokens[1];
		return wrong === null && isRight && format.found.unused.length === others.length;
	});
	fc.assert(property, { numRuns: 10_000 });
});

test('blocks may have names that are no numbers: equal names are one', () => {
	const line = (...names: readonly unknown[]) =>
		JSON.stringify({ timestamp: 0, input_length: 9, output_length: 1, hash_ids: names });
	const wanted = { arrival: true, lengths: true, timeUnit: null, columns: NONE };
	const format = traceFormat(line(1), wanted);
	if (typeof format === 'string') throw new TypeError(format);
	const row = {
		...{ wholeS: 0, partS: 0, isDated: false, prefillTokens: 0, decodeTokens: 0 },
		...{ hashIds: null as readonly number[] | null, session: null },
	};
	format.parse(line('a9f', 'b2', 'a9f', 7), row);
	const [first, second, third, fourth] = row.hashIds ?? [];
	assert.is(first, third);
	assert.is.not(first, second);
	assert.is(fourth, 7);
	for (const id of row.hashIds ?? []) assert.ok(Number.isSafeInteger(id) && id >= 0);
});

test.run();
