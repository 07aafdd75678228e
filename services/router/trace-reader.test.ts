import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { readLengths } from './read-lengths.ts';
import { type TraceOptions, TraceReader } from './trace-reader.ts';
import type { TraceRequest } from './trace-request.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-router-'));
const path = join(folder, 'trace.csv');
test.after(() => rmSync(folder, { recursive: true }));

const SCALE = { timeScale: 1, prefillScale: 1, decodeScale: 1 };
const AS_IS: TraceOptions = { path, anchor: null, ...SCALE, zeroTokens: 'one' };
const WHOLE = {
	untilS: Number.POSITIVE_INFINITY,
	maxRows: Number.POSITIVE_INFINITY,
	maxTokens: Number.POSITIVE_INFINITY,
	overlong: 'refuse',
} as const;
const HEADER = 'arrived_at,num_prefill_tokens,num_decode_tokens\n';
const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens\n';

function requestsOf(text: string, changes: Partial<TraceOptions> = {}): TraceRequest[] {
	writeFileSync(path, text);
	const reader = new TraceReader({ ...AS_IS, ...changes });
	reader.check(WHOLE);
	const cursor = reader.start();
	const requests: TraceRequest[] = [];
	while (reader.read(cursor)) requests.push({ ...reader.request });
	return requests;
}

/** A row that is sent as it is, but for what is given. */
function row(
	given: Pick<TraceRequest, 'arrivedAtS' | 'prefillTokens' | 'decodeTokens'> &
		Partial<TraceRequest>,
): TraceRequest {
	const { prefillTokens: askedPrefill, decodeTokens: askedDecode } = given;
	const asked = { askedPrefill, askedDecode };
	const none = { isLeftOut: false, isFraction: false, hashIds: null, session: null };
	return { ...asked, ...none, ...given };
}

function times(text: string, changes: Partial<TraceOptions> = {}): number[] {
	return requestsOf(text, changes).map(({ arrivedAtS }) => arrivedAtS);
}

test("TraceReader reads Vidur's columns among others and token counts written as decimals", () => {
	const text =
		'request_id,arrived_at,num_prefill_tokens,num_decode_tokens\n0,0.5,110.0,7\n1,1.25,3,0\n';
	assert.equal(requestsOf(text), [
		row({ arrivedAtS: 0.5, prefillTokens: 110, decodeTokens: 7 }),
		row({ arrivedAtS: 1.25, prefillTokens: 3, decodeTokens: 1, askedDecode: 0 }),
	]);
});

test('TraceReader reads decimal commas where semicolons part the cells, and counts parts of tokens', () => {
	const text =
		'arrived_at;num_prefill_tokens;num_decode_tokens\n0,5;110,0;7\n1,25;3,7;2\n0012;4;5\n';
	assert.equal(requestsOf(text), [
		row({ arrivedAtS: 0.5, prefillTokens: 110, decodeTokens: 7 }),
		row({ arrivedAtS: 1.25, prefillTokens: 3, decodeTokens: 2, isFraction: true }),
		row({ arrivedAtS: 12, prefillTokens: 4, decodeTokens: 5 }),
	]);
	assert.is(new TraceReader(AS_IS).check(WHOLE).fractions, 1);
	// A thousand or one and a bit.
	assert.throws(
		() => requestsOf('arrived_at;num_prefill_tokens;num_decode_tokens\n0,5;1,234;7\n'),
		/row 2: num_prefill_tokens is "1,234"; it must be a number of at least 0/,
	);
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
		row({ arrivedAtS: 0, prefillTokens: 6955, decodeTokens: 52, hashIds: [46, 47] }),
		row({ arrivedAtS: 3.052, prefillTokens: 9, decodeTokens: 1 }),
	]);
});

test('TraceReader starts at the anchor and scales times and tokens', () => {
	const seconds = `${HEADER}1,10,5\n2,10,5\n3,10,5\n`;
	const scaled = { anchor: '1.5', timeScale: 0.5, prefillScale: 1.25, decodeScale: 0.1 };
	assert.equal(requestsOf(seconds, scaled), [
		row({ arrivedAtS: 0.25, prefillTokens: 12, decodeTokens: 1 }),
		row({ arrivedAtS: 0.75, prefillTokens: 12, decodeTokens: 1 }),
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
	['a month 13', `${AZURE}2023-13-16 10:00,1,1\n`, /row 2: TIMESTAMP is "2023-13-16 10:00"/],
	['a day that is none', `${AZURE}2023-02-29,1,1\n`, /row 2: TIMESTAMP is "2023-02-29"; it must/],
	['an hour 25', `${AZURE}2023-11-16 25:00,1,1\n`, /row 2: TIMESTAMP is "2023-11-16 25:00"/],
	['a minute 60', `${AZURE}2023-11-16 10:60,1,1\n`, /row 2: TIMESTAMP is "2023-11-16 10:60"/],
	[
		'controls in a header',
		'\x1b[31mred,\x07bell\n1,2\n',
		/the header has \\x1b\[31mred, \\x07bell; say which/,
	],
	[
		'a long header',
		`${'x'.repeat(5000)}\n1\n`,
		/the header has x{200}… \(4800 characters more\); say which/,
	],
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
	[
		'broken JSON',
		'{"timestamp": 1}\n{"time\n',
		/no column num_prefill_tokens, num_decode_tokens; the header has timestamp; say/,
	],
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
	reader.check({ ...WHOLE, untilS: 2.5 });
	reader.check({ ...WHOLE, maxRows: 3 });
	assert.throws(() => reader.check({ ...WHOLE, maxRows: 4 }), /row 5: 1 cells/);
});

test('readLengths() needs no arrivals', () => {
	writeFileSync(path, 'num_prefill_tokens,num_decode_tokens\n3,4\n5,6\n');
	const rows = readLengths(path, {
		...{ prefillScale: 2, decodeScale: 0.5, zeroTokens: 'refuse' },
		maxTokens: 100,
	});
	assert.equal(
		[[...rows.prefillTokens], [...rows.decodeTokens]],
		[
			[6, 10],
			[2, 3],
		],
	);
});

test('TraceReader starts at the first row where it is asked to', () => {
	assert.equal(times(`${HEADER}1700000000,1,1\n1700000002,1,1\n`, { anchor: 'first' }), [0, 2]);
});

test('TraceReader takes rows without tokens as it is told', () => {
	const text = `${HEADER}0,10,0\n1,0,5\n2,3,4\n`;
	const lengths = (zeroTokens: TraceOptions['zeroTokens']) =>
		requestsOf(text, { zeroTokens }).map((one) => [one.prefillTokens, one.decodeTokens]);
	assert.equal(lengths('one'), [
		[10, 1],
		[1, 5],
		[3, 4],
	]);
	assert.equal(lengths('drop'), [
		[0, 0],
		[0, 0],
		[3, 4],
	]);
	assert.throws(
		() => lengths('refuse'),
		/row 2 has an answer of 0 tokens; give requests\.zeroTokens/,
	);
	// What scaling makes less than 1 is 1: the row has tokens.
	assert.equal(
		requestsOf(`${HEADER}0,4,4\n`, { zeroTokens: 'refuse', decodeScale: 0.1 }).map(
			({ decodeTokens, askedDecode }) => [decodeTokens, askedDecode],
		),
		[[1, 1]],
	);
});

test('TraceReader.check() counts what is over the limit, without tokens, not served and not used', () => {
	writeFileSync(path, `${HEADER}0,90,20\n1,10,0\n2,60,40\n3,60,41\n10,1,1\nbroken\n`);
	const reader = new TraceReader(AS_IS);
	const rejects = (prefill: number, decode: number) => (prefill + decode > 90 ? 'too much' : null);
	const found = reader.check({
		...{ untilS: 5, maxRows: 100, maxTokens: 100, overlong: 'cut' },
		...{ countsUnused: true, rejects },
	});
	assert.equal(found, {
		...{ rows: 4, zeros: 1, fractions: 0, overlong: 2, firstOverlong: [2, 90, 20] },
		...{ rejected: 3, firstRejected: [2, 'too much'], unused: 2 },
	});
});

test('TraceReader.check() refuses a file of which nothing is in the run', () => {
	writeFileSync(path, `${HEADER}7000,1,1\n7001,1,1\n`);
	const check = (untilS: number) => () => new TraceReader(AS_IS).check({ ...WHOLE, untilS });
	assert.throws(check(600), /first row arrives at 7000 s, and the run ends at 600 s; give anchor/);
	assert.throws(check(7000), /first row arrives at 7000 s/);
	check(7000.5)();
	writeFileSync(path, `${HEADER}1700000000,1,1\n`);
	assert.throws(check(600), /1700000000 s, which looks like a time since 1970, and the run ends/);
});

test.run();
