import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { type Prefixes, prefixSource } from './prefixes.ts';

/** Pieces and prompts of requests that are all alike but for the prefix. */
function drawn(config: Prefixes, count: number, lengths: { prefill: number; decode: number }) {
	const source = prefixSource(config);
	const draws = source.init(namedPrng('1/router/prefixes'));
	return Array.from({ length: count }, () => {
		const request = {
			prefillTokens: lengths.prefill,
			decodeTokens: lengths.decode,
			hashIds: null,
		};
		const pieces = source.draw(draws, request);
		return { pieces, prefillTokens: request.prefillTokens };
	});
}

test('groups have requests in proportion to k^-theta, and a prefix no longer than the prompt', () => {
	const config = { type: 'groups', groups: 4, tokens: 300, theta: 1 } as const;
	const count = 10_000;
	const requests = drawn(config, count, { prefill: 500, decode: 10 });
	// Weights 1, 1/2, 1/3 and 1/4 of 25/12.
	for (const [k, share] of [12 / 25, 6 / 25, 4 / 25, 3 / 25].entries()) {
		const seen = requests.filter(({ pieces }) => pieces[0] === k + 1).length;
		// Four standard deviations.
		const band = 4 * Math.sqrt(count * share * (1 - share));
		assert.ok(Math.abs(seen - count * share) < band, `group ${k + 1}: ${seen}`);
	}
	assert.ok(
		requests.every(({ pieces, prefillTokens }) => pieces[1] === 300 && prefillTokens === 500),
	);
	const [short] = drawn(config, 1, { prefill: 200, decode: 10 });
	assert.is(short?.pieces[1], 200);
});

test('a turn’s prompt is all tokens of the turns before it and its own', () => {
	const config = { type: 'sessions', sessions: 1, meanTurns: 1e9, maxTokens: 1000 } as const;
	const requests = drawn(config, 6, { prefill: 200, decode: 100 });
	// 300 tokens a turn; the fourth would pass 1,000, so a second session begins.
	assert.equal(requests, [
		{ pieces: [1, 300], prefillTokens: 200 },
		{ pieces: [1, 600], prefillTokens: 500 },
		{ pieces: [1, 900], prefillTokens: 800 },
		{ pieces: [2, 300], prefillTokens: 200 },
		{ pieces: [2, 600], prefillTokens: 500 },
		{ pieces: [2, 900], prefillTokens: 800 },
	]);
});

test('sessions have as many turns as told in the mean', () => {
	const config = { type: 'sessions', sessions: 20, meanTurns: 4, maxTokens: 1_000_000 } as const;
	const requests = drawn(config, 8000, { prefill: 10, decode: 1 });
	const sessions = Math.max(...requests.map(({ pieces }) => pieces[0] as number));
	// 2,000 sessions, each of geometric length with standard deviation sqrt(12); four of them.
	assert.ok(Math.abs(8000 / sessions - 4) < (4 * Math.sqrt(12)) / Math.sqrt(2000), `${sessions}`);
});

test('a trace’s names are pieces of 512 tokens, the last as long as the prompt is', () => {
	const source = prefixSource({ type: 'trace', blockTokens: 512 });
	const draws = source.init(namedPrng('1/router/prefixes'));
	const pieces = (prefillTokens: number, hashIds: number[] | null, blockTokens = 512) =>
		prefixSource({ type: 'trace', blockTokens }).draw(draws, {
			prefillTokens,
			decodeTokens: 1,
			hashIds,
		});
	assert.equal(pieces(1100, [46, 47, 48]), [46, 512, 47, 512, 48, 76]);
	// A prompt that was cut loses its last names, one without names has nothing in common.
	assert.equal(pieces(600, [46, 47, 48]), [46, 512, 47, 88]);
	assert.equal(pieces(600, null), []);
	assert.equal(pieces(1500, [46, 47]), [46, 512, 47, 512]);
	assert.equal(pieces(110, [46, 47, 48], 51.2), [46, 51, 47, 51, 48, 8]);
});

test.run();
