import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { distinct, note, noteText, type Remark, remarkText } from '../protocol/remark.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** What is done to inputs is one list from the reader to wherever people look. */

const folder = tempFolder();
const file = (name: string, text: string): string => {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
};

const TRACE = file(
	'requests.csv',
	`arrived_at,num_prefill_tokens,num_decode_tokens\n${[
		'0,374.5,44',
		'1,7000,109',
		'2,10,0',
		'4000,10,2',
	].join('\n')}\n`,
);
const hours = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12];
const LOAD = file(
	'load.csv',
	`time,power_kW\n${hours.map((hour) => `${3600 * hour},${hour === 0 ? -1 : 1}`).join('\n')}\n`,
);
const UK = {
	data: ['00:00', '00:30', '01:00', '01:30', '02:00'].map((from, i) => ({
		...{ from: `2024-06-20T${from}Z`, to: `2024-06-20T${from}Z` },
		intensity: { forecast: 200 + i, actual: i === 1 ? null : 210, index: 'low' },
	})),
};
const CARBON = file('carbon.json', JSON.stringify(UK));
const SCENARIO = {
	...{ until: '1h', start: '2024-06-20T01:00', batteries: [], cap: [], solar: [] },
	location: {
		name: 'Kew',
		latitude: 51.5,
		longitude: -0.3,
		timezone: 'Europe/London',
		altitudeM: 30,
		gridZone: 'GB',
	},
	requests: {
		...{ overlong: 'cut', zeroTokens: 'one' },
		lengths: { type: 'trace-file', path: TRACE },
	},
	carbon: { source: 'file', path: CARBON, region: 'GB' },
	loads: [{ name: 'hall', type: 'trace', path: LOAD }],
};

const EXPECTED: readonly Remark[] = [
	{ of: 'carbon', ...note('values are forecasts: there is no actual one', 1, 5) },
	{ of: 'hall', ...note('values in kW, by the name of column "power_kW"') },
	{ of: 'hall', ...note('values are below 0: there it feeds in, as production', 1, 1) },
	{
		of: 'requests',
		...note('rows are after the end of the run, and not used', 1, 4),
	},
	{
		of: 'requests',
		...note('rows over serving.maxTokens, 4096, are cut (first row 3: 7000 + 109 tokens)', 1, 3),
	},
	{ of: 'requests', ...note('rows without tokens are taken as 1', 1, 3) },
	{ of: 'requests', ...note('rows have parts of tokens, which are dropped', 1, 3) },
];

test('what is done to inputs is said before the run, and in metadata, JSON, closing table, text and report', async () => {
	const out = join(folder, 'run');
	const path = file('scenario.yaml', stringify(SCENARIO));
	const args = ['run', path, '--in-process', '--out', out];
	const { code, stderr, stdout } = await gridbeat(args);
	assert.is(code, 0, stderr);
	for (const remark of EXPECTED) assert.match(stdout, remarkText(remark));
	const { stdout: json } = await gridbeat(['report', out, '--json']);
	assert.equal(JSON.parse(json).remarks, EXPECTED);
	const metadata = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8'));
	assert.equal(metadata.gridbeat.remarks, EXPECTED);
	const text = readFileSync(join(out, 'simulation_metrics.txt'), 'utf8');
	const page = readFileSync(join(out, 'report.html'), 'utf8');
	const words = (long: string) => long.replace(/\s+/g, ' ');
	for (const { of, text: what, count, total } of EXPECTED) {
		const counts = count === null ? '' : ` ${count} of ${total}`;
		assert.match(words(text), `${of}: ${what}${counts}`);
		assert.match(words(page), `${of}: ${what}`.replaceAll('"', '&quot;'));
	}
	assert.match(words(stdout), 'requests: rows without tokens are taken as 1 1 of 3');
	// The table's own width: all of it fits a terminal.
	for (const line of text.slice(0, text.indexOf('How these')).split('\n'))
		assert.ok(line.length <= 80, line);
});

test('a run whose inputs were taken as they are has no such part', async () => {
	const out = join(folder, 'plain');
	const bare = { ...SCENARIO, requests: { qps: 0.1 }, carbon: null, loads: [] };
	const path = file('plain.yaml', stringify(bare));
	const { code, stderr, stdout } = await gridbeat([
		...['run', path, '--in-process', '--json', '--out', out],
	]);
	assert.is(code, 0, stderr);
	assert.is(JSON.parse(stdout).summary.remarks, undefined);
	assert.not.match(readFileSync(join(out, 'simulation_metrics.txt'), 'utf8'), /^Inputs$/m);
});

test('a remark is put in words, and said once of several sites', () => {
	assert.is(noteText(note('rows left out', 8158, 12_031)), '8,158 of 12,031 rows left out');
	assert.is(noteText(note('rows left out', 3)), '3 rows left out');
	assert.is(noteText(note('values in kW')), 'values in kW');
	const remark = { of: 'requests', ...note('rows left out', 0, 5) };
	assert.is(remarkText(remark), 'requests: 0 of 5 rows left out');
	assert.equal(distinct([remark, { ...remark }, { ...remark, of: 'other' }]), [
		remark,
		{ ...remark, of: 'other' },
	]);
});

test('gridbeat sweep says what is done to inputs, and at which points', async () => {
	const at = tempFolder();
	const rows = ['arrived_at,num_prefill_tokens,num_decode_tokens,user', '0,300,10,a', '1,900,10,b'];
	writeFileSync(join(at, 'trace.csv'), rows.join('\n'));
	const sweep = {
		base: {
			...{ until: '1min', solar: [], batteries: [], cap: [], carbon: null },
			serving: { replicas: 1 },
			requests: { overlong: 'cut', lengths: { type: 'trace-file', path: join(at, 'trace.csv') } },
		},
		grid: { 'serving.maxTokens': [512, 4096] },
	};
	const out = join(at, 'out');
	const { code, stdout, stderr } = await gridbeat([
		...['sweep', file('sweep.yaml', stringify(sweep)), '--out', out, '--json'],
	]);
	assert.is(code, 0, stderr);
	const expected = [
		'maxTokens 512: requests: 1 of 2 rows over serving.maxTokens, 512, are cut (first row 3: 900 + 10 tokens)',
		'requests: columns not used: user',
	];
	assert.equal(JSON.parse(stdout).remarks, expected);
	const page = readFileSync(join(out, 'index.html'), 'utf8');
	for (const line of expected) assert.match(page, line);
	const again = await gridbeat(['sweep', file('sweep.yaml', stringify(sweep)), '--out', out]);
	assert.match(again.stdout, `Inputs\n  ${expected.join('\n  ')}\n`);
});

test('gridbeat capacity says what there is to know of the lengths that it draws, and refuses those that cannot be', async () => {
	const path = file(
		'lengths.csv',
		'num_prefill_tokens,num_decode_tokens,user\n300,10,a\n200,5,b\n',
	);
	const capacity = (requests: object, serving: object = {}) => ({
		base: { requests, carbon: null, serving: { replicas: 1, ...serving } },
		...{ slo: { ttftS: { p90: 5 } }, search: { tolerance: 0.5, requests: 20, minDuration: '1s' } },
	});
	const search = (study: object) =>
		gridbeat([
			...['capacity', file('capacity.yaml', stringify(study)), '--jobs', '1'],
			...['--json', '--out', join(tempFolder(), 'out')],
		]);
	const { code, stdout, stderr } = await search(
		capacity({ lengths: { type: 'length-file', path } }),
	);
	assert.is(code, 0, stderr);
	assert.equal(JSON.parse(stdout).notes, ['Requests: columns not used: user.']);
	const fixed = { lengths: { type: 'fixed', prefillTokens: 3000, decodeTokens: 10 } };
	const refused = await search(capacity(fixed, { numBlocks: 100 }));
	assert.is(refused.code, 2);
	assert.match(
		refused.stderr,
		/^Cannot serve any request .*its 3010 tokens need \d+ KV blocks of 100/,
	);
});

test.run();
