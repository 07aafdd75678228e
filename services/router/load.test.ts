import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { loadTrace } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-router-'));
const path = join(folder, 'trace.csv');
test.after(() => rmSync(folder, { recursive: true }));

test('loadTrace() reads arrivals in microseconds and token counts written as decimals', () => {
	writeFileSync(
		path,
		'request_id,arrived_at,num_prefill_tokens,num_decode_tokens\n0,0.5,110.0,7\n1,1.25,3,1\n',
	);
	assert.equal(loadTrace(path), {
		arrivalUs: [500_000, 1_250_000],
		prefillTokens: [110, 3],
		decodeTokens: [7, 1],
	});
});

const REFUSED: [name: string, text: string, reason: RegExp][] = [
	[
		'a missing column',
		'arrived_at,num_prefill_tokens\n1,2\n',
		/no column num_decode_tokens; the header/,
	],
	['an empty file', '', /no column arrived_at.*the header has nothing$/],
	[
		'a header alone',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n',
		/no row below the header$/,
	],
	[
		'text for a number',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n0,ten,5\n',
		/row 2: num_prefill_tokens is "ten"; it must be a number of at least 1$/,
	],
	[
		'an empty cell',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n,10,5\n',
		/row 2: arrived_at is ""/,
	],
	[
		'no tokens',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n0,10,0\n',
		/row 2: num_decode_tokens is "0"/,
	],
	[
		'times going back',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n2,1,1\n1,1,1\n',
		/row 3 arrives before the row above it; sort the file by arrived_at$/,
	],
	[
		'rows of unequal length',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n1,2\n',
		/Invalid Record/,
	],
];

for (const [name, text, reason] of REFUSED) {
	test(`loadTrace() refuses ${name} in one line naming the file`, () => {
		writeFileSync(path, text);
		assert.throws(
			() => loadTrace(path),
			(error: Error) =>
				error instanceof ConfigError &&
				reason.test(error.message) &&
				error.message.startsWith(`Cannot replay requests from "${path}": `) &&
				!error.message.includes('\n'),
		);
	});
}

test('loadTrace() refuses a file that is not there', () => {
	assert.throws(
		() => loadTrace(join(folder, 'absent.csv')),
		(error: Error) => error instanceof ConfigError && /ENOENT/.test(error.message),
	);
});

test.run();
