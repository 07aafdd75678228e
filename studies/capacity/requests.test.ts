import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { changesIn, type RequestSource, requestsAt } from './requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-capacity-'));
test.after(() => rmSync(folder, { recursive: true }));

/** Of each four rows one is over the limit and one has no answer. */
const path = join(folder, 'trace.csv');
writeFileSync(
	path,
	`arrived_at,num_prefill_tokens,num_decode_tokens\n${Array.from({ length: 40 }, (_, i) =>
		[i, i % 4 === 1 ? 200 : 50, i % 4 === 2 ? 0 : 10].join(','),
	).join('\n')}\n`,
);
const source = (changes: Pick<RequestSource, 'overlong' | 'zeroTokens'>): RequestSource => ({
	...{ seed: '1', intervals: { type: 'poisson' }, maxTokens: 100, compatibility: null },
	lengths: {
		...{ type: 'trace-file', path, anchor: null },
		...{ timeScale: 1, prefillScale: 1, decodeScale: 1, timeUnit: null, hashTokens: null },
		columns: { arrival: null, prompt: null, output: null, session: null },
	},
	...{ policy: 'round_robin', ...changes },
});

test('requestsAt() and changesIn() cut and leave out as asked, and count it', () => {
	const kept = source({ overlong: 'cut', zeroTokens: 'one' });
	const tokens = requestsAt(kept, 1, 40).map((one) => one.prefillTokens + one.decodeTokens);
	assert.is(Math.max(...tokens), 100);
	assert.equal(changesIn(kept, 40), { changed: 20, leftOut: 0 });
	const thinned = source({ overlong: 'drop', zeroTokens: 'drop' });
	assert.is(requestsAt(thinned, 1, 40).length, 20);
	// The two of the last four rows that are left out come before its last.
	assert.equal(changesIn(thinned, 40), { changed: 0, leftOut: 20 });
	assert.equal(changesIn(thinned, 2), { changed: 0, leftOut: 2 });
});

test('requestsAt() reads a file again that has changed', () => {
	const one = join(folder, 'one.csv');
	const prompts = (tokens: number) => {
		writeFileSync(
			one,
			`arrived_at,num_prefill_tokens,num_decode_tokens\n0,${tokens},9\n1,${tokens},9\n`,
		);
		const asked = source({ overlong: 'cut', zeroTokens: 'one' });
		const { lengths } = asked;
		if (lengths.type !== 'trace-file') throw new TypeError('a trace is needed here');
		return requestsAt({ ...asked, lengths: { ...lengths, path: one } }, 1, 2).map(
			({ prefillTokens }) => prefillTokens,
		);
	};
	assert.equal(prompts(5), [5, 5]);
	assert.equal(prompts(70), [70, 70]);
});

test('requestsAt() refuses what nothing is said of', () => {
	const refuses = (changes: Pick<RequestSource, 'overlong' | 'zeroTokens'>, text: RegExp) =>
		assert.throws(
			() => requestsAt(source(changes), 1, 40),
			(error: Error) => error instanceof ConfigError && text.test(error.message),
		);
	refuses({ overlong: 'refuse', zeroTokens: 'one' }, /row 3 has 210 tokens .*, as 9 more/);
	refuses({ overlong: 'cut', zeroTokens: 'refuse' }, /row 4 has an answer of 0 tokens/);
});

test.run();
