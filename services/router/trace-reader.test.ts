import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { readLengths, type TraceOptions, TraceReader, type TraceRequest } from './trace-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-router-'));
const path = join(folder, 'trace.csv');
test.after(() => rmSync(folder, { recursive: true }));

const AS_IS: TraceOptions = { path, anchor: null, timeScale: 1, prefillScale: 1, decodeScale: 1 };
const HEADER = 'arrived_at,num_prefill_tokens,num_decode_tokens\n';
const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens\n';

function requestsOf(text: string, changes: Partial<TraceOptions> = {}): TraceRequest[] {
	writeFileSync(path, text);
	const reader = new TraceReader({ ...AS_IS, ...changes });
	reader.check(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
	const cursor = reader.start();
	const requests: TraceRequest[] = [];
	while (reader.read(cursor)) requests.push({ ...reader.request });
	return requests;
}

function times(text: string, changes: Partial<TraceOptions> = {}): number[] {
	return requestsOf(text, changes).map(({ arrivedAtS }) => arrivedAtS);
}

test("TraceReader reads Vidur's columns among others and token counts written as decimals", () => {
	const text =
		'request_id,arrived_at,num_prefill_tokens,num_decode_tokens\n0,0.5,110.0,7\n1,1.25,3,0\n';
	assert.equal(requestsOf(text), [
		{ arrivedAtS: 0.5, prefillTokens: 110, decodeTokens: 7, hashIds: null },
		{ arrivedAtS: 1.25, prefillTokens: 3, decodeTokens: 1, hashIds: null },
	]);
});

test("TraceReader keeps the 100 ns of Azure's times and counts from the first", () => {
	const text = `${AZURE}2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n`;
	const requests = requestsOf(text);
	assert.is(requests[0]?.arrivedAtS, 0);
	assert.ok(Math.abs((requests[1]?.arrivedAtS ?? 0) - 4.314579) < 1e-9);
	assert.equal([requests[1]?.prefillTokens, requests[1]?.decodeTokens], [396, 109]);
});

test('TraceReader reads times with an offset, with T, in quotes', () => {
	const text = `${AZURE}2024-05-12 00:00:00.003975+00:00,1,1\n"2024-05-12T02:00:01.003975+02:00",1,1\n`;
	const [first, second] = times(text);
	assert.is(first, 0);
	assert.ok(Math.abs((second ?? 0) - 1) < 1e-9);
});

test("TraceReader reads Mooncake's lines with their hash ids", () => {
	const text =
		'{"timestamp": 0, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]}\n' +
		'{"timestamp": 3052, "input_length": 9, "output_length": 1}\n';
	assert.equal(requestsOf(text), [
		{ arrivedAtS: 0, prefillTokens: 6955, decodeTokens: 52, hashIds: [46, 47] },
		{ arrivedAtS: 3.052, prefillTokens: 9, decodeTokens: 1, hashIds: null },
	]);
});

test('TraceReader starts at the anchor and scales times and tokens', () => {
	const seconds = `${HEADER}1,10,5\n2,10,5\n3,10,5\n`;
	const scaled = { anchor: '1.5', timeScale: 0.5, prefillScale: 1.25, decodeScale: 0.1 };
	assert.equal(requestsOf(seconds, scaled), [
		{ arrivedAtS: 0.25, prefillTokens: 12, decodeTokens: 1, hashIds: null },
		{ arrivedAtS: 0.75, prefillTokens: 12, decodeTokens: 1, hashIds: null },
	]);
	const dates = `${AZURE}2023-11-16 18:00:00,1,1\n2023-11-16 19:00:30,1,1\n`;
	assert.equal(times(dates, { anchor: '2023-11-16T19:00' }), [30]);
});

const REFUSED: [name: string, text: string, reason: RegExp, changes?: Partial<TraceOptions>][] = [
	[
		'a missing column',
		'arrived_at,num_prefill_tokens\n1,2\n',
		/no column num_decode_tokens; the h/,
	],
	['an empty file', '', /no column arrived_at.*the header has nothing$/],
	['a header alone', HEADER, /no row below the header$/],
	[
		'text for a number',
		`${HEADER}0,ten,5\n`,
		/row 2: num_prefill_tokens is "ten"; it must be a number of at least 0$/,
	],
	['an empty cell', `${HEADER},10,5\n`, /row 2: arrived_at is ""/],
	['fewer than no tokens', `${HEADER}0,10,-1\n`, /row 2: num_decode_tokens is "-1"/],
	['a time that is none', `${AZURE}2023-11-16 25h,1,1\n`, /row 2: TIMESTAMP is "2023-11-16 25h"/],
	[
		'times going back',
		`${HEADER}2,1,1\n\n1,1,1\n`,
		/row 4 arrives before the row above it; sort the file by its times$/,
	],
	[
		'rows of unequal length',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n1,2\n',
		/row 2: 2 cells where the header has 3$/,
	],
	['broken JSON', '{"timestamp": 1}\n{"time\n', /row 1: input_length is "undefined"/],
	[
		'JSON that breaks off',
		'{"timestamp":1,"input_length":1,"output_length":1}\n{"ti\n',
		/row 2: no JSON object$/,
	],
	[
		'an anchor after the end',
		`${HEADER}1,1,1\n`,
		/no row at or after the anchor "5"$/,
		{ anchor: '5' },
	],
	[
		'an anchor that is no time',
		`${HEADER}1,1,1\n`,
		/the time "noon" is neither/,
		{ anchor: 'noon' },
	],
];

for (const [name, text, reason, changes] of REFUSED) {
	test(`TraceReader refuses ${name} in one line naming the file`, () => {
		assert.throws(
			() => requestsOf(text, changes),
			(error: Error) =>
				error instanceof ConfigError &&
				reason.test(error.message) &&
				error.message.startsWith(`Cannot replay requests from "${path}": `) &&
				!error.message.includes('\n'),
		);
	});
}

test('TraceReader.check() reads no further than the run', () => {
	writeFileSync(path, `${HEADER}1,1,1\n2,1,1\n3,1,1\nbroken\n`);
	const reader = new TraceReader(AS_IS);
	reader.check(2.5, Number.POSITIVE_INFINITY);
	reader.check(Number.POSITIVE_INFINITY, 3);
	assert.throws(() => reader.check(Number.POSITIVE_INFINITY, 4), /row 5: 1 cells/);
});

test('readLengths() needs no arrivals', () => {
	writeFileSync(path, 'num_prefill_tokens,num_decode_tokens\n3,4\n5,6\n');
	const rows = readLengths(path, { prefillScale: 2, decodeScale: 0.5 });
	assert.equal(
		[[...rows.prefillTokens], [...rows.decodeTokens]],
		[
			[6, 10],
			[2, 3],
		],
	);
});

test.run();
