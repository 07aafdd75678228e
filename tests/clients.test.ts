import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

/** Whole runs of clients who each send requests in their own way. */

const BARE = { until: '2h', carbon: null, solar: [], batteries: [], cap: [] };
const SERVING = { replicas: 1 };
/** Their prompts tell clients apart. */
const fixed = (prefillTokens: number) => ({ type: 'fixed', prefillTokens, decodeTokens: 2 });

async function attempt(requests: object, more: object = {}, folder = tempFolder()) {
	const path = join(folder, 'scenario.yaml');
	writeFileSync(path, stringify({ ...BARE, serving: SERVING, requests, ...more }));
	const out = join(tempFolder(), 'run');
	return { ...(await gridbeat(['run', path, '--json', '--in-process', '--out', out])), out };
}

async function run(requests: object, more: object = {}, folder = tempFolder()) {
	const { code, stderr, out } = await attempt(requests, more, folder);
	assert.is(code, 0, stderr);
	const rows = readRows(out, 'request_metrics.csv').map((row) => ({
		arrivedS: numberIn(row, 'arrived_at'),
		prompt: numberIn(row, 'request_num_prefill_tokens'),
		answer: numberIn(row, 'request_num_decode_tokens'),
	}));
	return { rows, metadata: readFileSync(join(out, 'metadata.yaml'), 'utf8') };
}

type Row = Awaited<ReturnType<typeof run>>['rows'][number];

/** Coefficient of variation of the gaps. */
function cvOf(rows: readonly Row[]): number {
	const times = rows.map(({ arrivedS }) => arrivedS).sort((a, b) => a - b);
	const gaps = times.slice(1).map((atS, i) => atS - (times[i] as number));
	const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
	const square = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
	return Math.sqrt(square) / mean;
}

test('clients send at rates in proportion to their weights, in gaps and with lengths of their own', async () => {
	const { rows } = await run({
		qps: 1,
		clients: {
			type: 'list',
			clients: [
				{ name: 'batch', weight: 5, gaps: 'static', lengths: fixed(100) },
				{ weight: 3, gaps: 'gamma', cv: 3, lengths: fixed(200) },
				{ count: 2, weight: 1, gaps: 'weibull', cv: 2, lengths: fixed(300) },
			],
		},
	});
	const of = (tokens: number) => rows.filter(({ prompt }) => prompt === tokens);
	// 0.5, 0.3 and twice 0.1 a second; four standard deviations of their numbers.
	assert.ok(Math.abs(of(100).length - 3600) <= 1, `${of(100).length}`);
	assert.ok(Math.abs(of(200).length - 2160) < 4 * 3 * Math.sqrt(2160), `${of(200).length}`);
	assert.ok(Math.abs(of(300).length - 1440) < 4 * 2 * Math.sqrt(1440), `${of(300).length}`);
	assert.ok(cvOf(of(100)) < 1e-3);
	assert.ok(Math.abs(cvOf(of(200)) - 3) < 0.6, `${cvOf(of(200))}`);
});

test('the rate of a client follows its factors, again and again, and qps stays the mean', async () => {
	const { rows } = await run({
		qps: 2,
		clients: {
			type: 'list',
			clients: [{ every: '10min', factors: [0, 1, 2], lengths: fixed(50) }],
		},
	});
	const numbers = Array.from({ length: 12 }, (_, i) => {
		return rows.filter(({ arrivedS }) => Math.floor(arrivedS / 600) === i).length;
	});
	for (const [i, number] of numbers.entries()) {
		const expected = 1200 * (i % 3);
		assert.ok(Math.abs(number - expected) <= 4 * Math.sqrt(expected), `${i}: ${number}`);
	}
});

test('lengths follow distributions, with a longest one', async () => {
	const { rows } = await run({
		qps: 1,
		lengths: {
			type: 'distributions',
			prompt: {
				type: 'mixture',
				parts: [
					{ share: 3, of: { type: 'lognormal', median: 200, sigma: 0.5, max: 2000 } },
					{ share: 1, of: { type: 'pareto', least: 800, alpha: 1.5, max: 3000 } },
				],
			},
			output: { type: 'exponential', mean: 40, max: 400 },
		},
	});
	const share = (is: (row: Row) => boolean) => rows.filter(is).length / rows.length;
	const near = (value: number, wanted: number) =>
		assert.ok(Math.abs(value - wanted) < 0.03, `${value} ${wanted}`);
	// Half of the body is below its median, and next to nothing of it above 800, where the tail begins.
	near(
		share(({ prompt }) => prompt <= 200),
		0.375,
	);
	near(
		share(({ prompt }) => prompt >= 800),
		0.25,
	);
	near(
		share(({ prompt }) => prompt >= 1600),
		0.25 * 2 ** -1.5,
	);
	near(
		share(({ answer }) => answer > 40),
		Math.exp(-1),
	);
	assert.is(Math.max(...rows.map(({ prompt }) => prompt)), 3000);
});

/** A client as ServeGen publishes it: rates in windows of ten minutes, and how often each length comes. */
function writeClient(folder: string, id: number, rates: readonly number[], tokens: number): void {
	const lines = rates.map((rate, i) =>
		rate === 0 ? `${600 * i},0,0,,0,0` : `${600 * i},${rate},1.4,Weibull,0.73,0.5`,
	);
	writeFileSync(join(folder, `chunk-${id}-trace.csv`), `${lines.join('\n')}\n`);
	const dataset = {
		0: { input_tokens: `{${tokens}: 0.5, ${tokens + 1}: 0.5}`, output_tokens: '{2: 1.0}' },
		1200: { input_tokens: '{}', output_tokens: '{}' },
		3600: { input_tokens: `{${tokens + 5}: 1.0}`, output_tokens: '{3: 2e-1, 4: 0.8}' },
	};
	writeFileSync(join(folder, `chunk-${id}-dataset.json`), JSON.stringify(dataset));
}

test('a pool of ServeGen is read as it is published', async () => {
	const folder = tempFolder();
	mkdirSync(join(folder, 'pool'));
	writeClient(join(folder, 'pool'), 0, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 100);
	writeClient(join(folder, 'pool'), 7, [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2], 200);
	writeClient(join(folder, 'pool'), 10, [0.01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 300);
	const clients = { type: 'servegen', path: 'pool', most: 2 };
	const { rows, metadata } = await run({ qps: 1, clients }, {}, folder);
	const of = (tokens: number) => rows.filter(({ prompt }) => Math.abs(prompt - tokens) < 10);
	// Half of the pool's rate of 2 a second is asked for; the third client is not among the two with most.
	assert.ok(Math.abs(of(100).length - 3600) < 4 * 1.4 * 60, `${of(100).length}`);
	assert.ok(Math.abs(of(200).length - 3600) < 4 * 1.4 * 60, `${of(200).length}`);
	assert.is(of(300).length, 0);
	assert.ok(of(200).every(({ arrivedS }) => arrivedS >= 3600));
	assert.ok(of(100).every(({ arrivedS, prompt }) => arrivedS >= 3600 === (prompt === 105)));
	assert.match(metadata, /2 of 3 clients of\s+\S*pool, their rates\s+times\s+0\.500/);
	// An hour later the pool begins where the second client does.
	const later = await run(
		{ qps: 1, clients: { ...clients, from: '1h' } },
		{ until: '30min' },
		folder,
	);
	assert.ok(later.rows.some(({ arrivedS, prompt }) => prompt === 205 && arrivedS < 60));
});

test('clients may stand in a file', async () => {
	const folder = tempFolder();
	const file = [{ lengths: fixed(70) }, { lengths: fixed(80) }];
	for (const [name, text] of [
		['c.yaml', stringify({ clients: file })],
		['c.json', JSON.stringify(file)],
	] as const) {
		writeFileSync(join(folder, name), text);
		const { rows } = await run(
			{ clients: { type: 'file', path: name } },
			{ until: '5min' },
			folder,
		);
		assert.equal([...new Set(rows.map(({ prompt }) => prompt))].sort(), [70, 80]);
	}
});

const list = (client: object) => ({ clients: { type: 'list', clients: [client] } });
const REFUSED: readonly [requests: object, reason: RegExp][] = [
	[{ ...list({}), concurrency: 3 }, /each client has arrivals of its own; drop concurrency$/m],
	[{ ...list({}), sessions: {} }, /each client has arrivals of its own; drop sessions$/m],
	[
		{ ...list({ factors: [1, 2] }), rate: { weekly: [1, 1, 1, 1, 1, 1, 1] } },
		/these clients have rates of their own that change; drop one of them$/m,
	],
	[list({ factors: [0, 0] }), /one of them must be above 0$/m],
	[
		list({ lengths: fixed(5000) }),
		/^Cannot send requests of 5002 tokens \(requests.clients.clients.0.lengths: prefillTokens 5000/m,
	],
	[
		{
			lengths: {
				type: 'distributions',
				prompt: { type: 'exponential', mean: 9 },
				output: { type: 'table', tokens: [1, 2], weights: [1] },
			},
		},
		/must have as many weights as tokens, 2 \(it has 1\)$/m,
	],
	[
		{
			lengths: {
				type: 'distributions',
				prompt: { type: 'exponential', mean: 9 },
				output: { type: 'fixed', tokens: 1 },
			},
		},
		/^Cannot send requests of any number of tokens \(requests.lengths.prompt and output: no max\)/m,
	],
	[
		{ clients: { type: 'servegen', path: 'nowhere' } },
		/^Cannot read (clients in )?"[^"]*nowhere"/m,
	],
];

test('what does not go together with clients is refused', async () => {
	for (const [requests, reason] of REFUSED) {
		const { code, stderr } = await attempt(requests);
		assert.is(code, 2, stderr);
		assert.match(stderr, reason);
	}
});

test('a pool of ServeGen that cannot be read is refused by file and line', async () => {
	const folder = tempFolder();
	const pool = join(folder, 'pool');
	mkdirSync(pool);
	const requests = { clients: { type: 'servegen', path: 'pool' } };
	const refused = async (reason: RegExp) => {
		const { code, stderr } = await attempt(requests, {}, folder);
		assert.is(code, 2, stderr);
		assert.match(stderr, reason);
	};
	await refused(/^Cannot read clients in ".*pool": it has no chunk-N-trace\.csv/m);
	writeClient(pool, 0, [1, 1], 100);
	writeFileSync(join(pool, 'chunk-0-dataset.json'), 'version https://git-lfs.github.com/spec/v1\n');
	await refused(/^Cannot read "chunk-0-dataset\.json": it is a pointer of Git LFS/m);
	writeFileSync(join(pool, 'chunk-0-dataset.json'), '{"0": {"input_tokens": "{1: 1}"}}');
	await refused(/"0" has no input_tokens and output_tokens/m);
	writeClient(pool, 0, [1, 1], 5000);
	await refused(/^Cannot send requests of up to 5009 tokens \(chunk-0-dataset\.json\)/m);
	writeFileSync(join(pool, 'chunk-0-trace.csv'), '0,1,1,Gamma,1,1\n600,1,1,Normal,1,1\n');
	await refused(/^Cannot read "chunk-0-trace\.csv": line 2 is "600,1,1,Normal,1,1"/m);
	writeFileSync(
		join(pool, 'chunk-0-trace.csv'),
		'0,1,1,Gamma,1,1\n600,1,1,Gamma,1,1\n900,1,1,Gamma,1,1\n',
	);
	await refused(/its windows must follow each other/m);
});

test.run();
