import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { remarkText } from '../protocol/remark.ts';
import { type Env, gridbeat, numberIn, readRows, startTestServer, tempFolder } from './cli.ts';

/** Whole runs with requests over the limit, without tokens, or outside the run: refused, or changed as asked and counted. */
const BARE = { until: '10min', carbon: null, solar: [], batteries: [], cap: [] };
const HEADER = 'arrived_at,num_prefill_tokens,num_decode_tokens\n';

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

function file(name: string, text: string): string {
	const path = join(tempFolder(), name);
	writeFileSync(path, text);
	return path;
}

async function attempt(scenario: object, args: readonly string[] = [], env?: Env) {
	const folder = join(tempFolder(), 'run');
	const path = file('scenario.yaml', stringify({ ...BARE, ...scenario }));
	const result = await gridbeat(['run', path, '--json', '--out', folder, ...args], env);
	return { ...result, folder };
}

async function run(scenario: object, args: readonly string[] = ['--in-process'], env?: Env) {
	const { code, stderr, stdout, folder } = await attempt(scenario, args, env);
	assert.is(code, 0, stderr);
	return { folder, serving: JSON.parse(stdout).summary.serving };
}

async function refused(scenario: object, ...args: string[]): Promise<string> {
	const { code, stderr, stdout, folder } = await attempt(scenario, args);
	assert.is(code, 2);
	assert.is(`${JSON.parse(stdout).error.message}\n`, stderr);
	assert.not(existsSync(folder));
	return stderr;
}

const LONG = { requests: { qps: 1, maxRequests: 20 } };
const lengths = (given: object, more: object = {}) => ({
	requests: { ...LONG.requests, ...more, lengths: given },
});
const FIXED = { type: 'fixed', prefillTokens: 6000, decodeTokens: 600 };

test('lengths that are written out and exceed serving.maxTokens are refused before the run', async () => {
	const would =
		'serving.maxTokens is 4096; give a larger one (--max-tokens), or requests.overlong (--overlong) cut or drop\n';
	assert.is(
		await refused(lengths(FIXED)),
		`Cannot send requests of 6600 tokens (requests.lengths: prefillTokens 6000, decodeTokens 600): ${would}`,
	);
	for (const type of ['uniform', 'zipf'])
		assert.is(
			await refused(lengths({ type, minTokens: 100, maxTokens: 4097 })),
			`Cannot send requests of up to 4097 tokens (requests.lengths.maxTokens 4097): ${would}`,
		);
	assert.match(
		await refused(lengths({ type: 'trace' }, { overlong: 'refuse' })),
		/^Cannot send requests of up to \d+ tokens \(the table azure-conversation\): /,
	);
	assert.match(
		await refused(lengths(FIXED, { overlong: 'drop' })),
		'Cannot leave out requests over serving.maxTokens, 4096: all have at least 6600 tokens',
	);
	// The longest request of the whole is the least that any site takes.
	assert.match(
		await refused({
			...lengths({ ...FIXED, prefillTokens: 3000 }),
			serving: { maxTokens: 8192 },
			sites: [
				{ name: 'one', location: 'San Francisco' },
				{ name: 'two', location: 'Stockholm', serving: { maxTokens: 2048 } },
			],
		}),
		'serving.maxTokens is 2048',
	);
});

test('lengths are sent as they are with a larger limit, and cut, counted, where that is asked for', async () => {
	const whole = await run(lengths(FIXED), ['--in-process', '--max-tokens', '8192']);
	assert.equal(
		[
			...new Set(
				readRows(whole.folder, 'request_metrics.csv').map((row) =>
					numberIn(row, 'request_num_tokens'),
				),
			),
		],
		[6600],
	);
	assert.not(existsSync(join(whole.folder, 'changed_requests.csv')));
	const { folder, serving } = await run(lengths(FIXED), ['--in-process', '--overlong', 'cut']);
	assert.equal([serving.shortened, serving.tokensCut], [20, 20 * (6600 - 4096)]);
	const { requests } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat;
	assert.equal([requests.shortened, requests.tokensCut], [20, 20 * (6600 - 4096)]);
	const text = readFileSync(join(folder, 'simulation_metrics.txt'), 'utf8');
	assert.match(text, /shortened to the longest request allowed +20 of 20\n/);
	assert.match(text, /tokens that they lost +50,080\n/);
	assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), 'tokens that they lost');
});

const AZURE = file(
	'azure.csv',
	`TIMESTAMP,ContextTokens,GeneratedTokens\n${[
		'2023-11-16 18:15:46.68,374,44',
		'2023-11-16 18:15:50.99,7000,109',
		'2023-11-16 18:15:51.99,5000,100',
		'2023-11-16 18:15:52.99,10,0',
		'2023-11-16 18:55:52.99,10,2',
	].join('\n')}\n`,
);
const replay = (more: object = {}) => ({
	requests: { lengths: { type: 'trace-file', path: AZURE }, ...more },
});

test('a trace is refused with row, value and keys unless the scenario says what becomes of it', async () => {
	assert.match(
		await refused(replay({ overlong: 'cut' })),
		/row 5 has an answer of 0 tokens; give requests\.zeroTokens \(--zero-tokens\) one to take it as 1, .* or drop/,
	);
	assert.match(
		await refused(replay(), '--zero-tokens', 'one'),
		/row 3 has 7109 tokens \(prompt 7000, answer 109\), as 1 more, and serving\.maxTokens is 4096; give a larger one \(--max-tokens\), or requests\.overlong/,
	);
	assert.match(
		await refused(
			{ requests: { maxRequests: 3, lengths: { type: 'length-file', path: AZURE } } },
			'--zero-tokens',
			'one',
		),
		/Cannot take lengths from ".*": row 3 has 7109 tokens/,
	);
});

test('a trace is cut, filled, thinned and ended as asked; each row is told, in every placement', async () => {
	const asked = { overlong: 'cut', zeroTokens: 'one' };
	const { folder, serving } = await run(replay(asked));
	const { shortened, tokensCut, lengthened, leftOut, arrived } = serving;
	assert.equal([arrived, shortened, lengthened, leftOut], [4, 2, 1, 0]);
	assert.is(tokensCut, 7109 + 5100 - 2 * 4096);
	const changed = readFileSync(join(folder, 'changed_requests.csv'), 'utf8');
	assert.is(
		changed,
		'arrived_at,request_id,prefill_tokens_asked,decode_tokens_asked,prefill_tokens,decode_tokens\n' +
			'4.31,1,7000,109,3987,109\n5.31,2,5000,100,3996,100\n6.31,3,10,0,10,1\n',
	);
	const { sources, remarks } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat;
	assert.match(
		sources.find(({ what }: { what: string }) => what === 'requests').source,
		/4 rows used$/,
	);
	assert.equal(remarks.map(remarkText), [
		'requests: 1 of 5 rows are after the end of the run, and not used',
		'requests: 2 of 4 rows over serving.maxTokens, 4096, are cut (first row 3: 7000 + 109 tokens)',
		'requests: 1 of 4 rows without tokens are taken as 1',
	]);
	const dropped = await run(replay({ overlong: 'drop', zeroTokens: 'drop' }));
	assert.equal([dropped.serving.arrived, dropped.serving.leftOut], [1, 3]);
	assert.is(
		readFileSync(join(dropped.folder, 'changed_requests.csv'), 'utf8')
			.split('\n')
			.slice(1)
			.join(' '),
		'4.31,,7000,109,0,0 5.31,,5000,100,0,0 6.31,,10,0,0,0 ',
	);
	if (server === null) return;
	const apart = await run(replay(asked), [], { NATS_URL: server.url });
	assert.is(readFileSync(join(apart.folder, 'changed_requests.csv'), 'utf8'), changed);
});

test('a request of a trace that can never fit is named before the run, rejected in it, and the rest is kept', async () => {
	const rows = Array.from({ length: 600 }, (_, i) => `${i},${i === 399 ? 3500 : 200},50`);
	const path = file('one-bad.csv', `${HEADER}${rows.join('\n')}\n`);
	const scenario = {
		serving: { replicas: 1, numBlocks: 100 },
		requests: { lengths: { type: 'trace-file', path } },
	};
	const { folder, serving } = await run(scenario);
	assert.is(serving.arrived, 600);
	assert.is(serving.rejected, 1);
	const served = new Set(readRows(folder, 'request_metrics.csv').map((row) => row['Request Id']));
	assert.is(served.has('399'), false);
	assert.ok(served.size >= 595);
	assert.match(
		readFileSync(join(folder, 'metadata.yaml'), 'utf8'),
		'rows can never fit in serving.numBlocks and will be rejected (first row 401: its 3550 tokens need 223 KV blocks of 100)',
	);
});

test('a block that no request fills is refused before the run', async () => {
	assert.is(
		await refused({ serving: { blockSize: 5000 } }),
		'Cannot use blockSize 5000: a request has at most 4096 tokens (maxTokens), fewer than a block\n',
	);
});

test('a trace of which nothing is in the run is refused, and starts at its first row where asked', async () => {
	const late = file('late.csv', `${HEADER}7000,10,5\n7001,10,5\n`);
	const epoch = file('epoch.csv', `${HEADER}1700000000,10,5\n1700000001,10,5\n`);
	assert.match(
		await refused({}, '--requests', late),
		'its first row arrives at 7000 s, and the run ends at 600 s; give anchor (--anchor) first to start at the first row',
	);
	for (const flag of ['--requests', '--arrivals'])
		assert.match(
			await refused({}, flag, epoch),
			'its first row arrives at 1700000000 s, which looks like a time since 1970, and',
		);
	const { serving } = await run({}, ['--in-process', '--requests', epoch, '--anchor', 'first']);
	assert.is(serving.completed, 2);
});

test('requests of which none can ever fit are refused before the run, and some that cannot are named', async () => {
	const serving = { replicas: 1, numBlocks: 100 };
	assert.match(
		await refused({ serving, ...lengths({ ...FIXED, prefillTokens: 3000 }) }),
		/Cannot serve any request \(requests\.lengths: prefillTokens 3000, decodeTokens 600\): its 3600 tokens need 226 KV blocks of 100; give more serving\.numBlocks/,
	);
	assert.match(
		await refused({ serving, ...lengths({ type: 'uniform', minTokens: 2000, maxTokens: 4000 }) }),
		'Cannot serve any request (requests.lengths.maxTokens 4000): its 2000 tokens need 125 KV blocks of 100',
	);
	const path = file('all-long.csv', `${HEADER}0,3000,50\n1,3100,50\n`);
	assert.match(
		await refused({ serving }, '--requests', path),
		/Cannot serve any of the 2 requests of ".*": row 2: its 3050 tokens need 192 KV blocks of 100/,
	);
	const { folder } = await run({
		serving,
		...lengths({ type: 'uniform', minTokens: 100, maxTokens: 4000 }),
	});
	const { remarks } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat;
	assert.equal(remarks.map(remarkText), [
		'requests: some can never fit in serving.numBlocks and will be rejected (the longest: its 4000 tokens need 250 KV blocks of 100)',
	]);
});

test.run();
