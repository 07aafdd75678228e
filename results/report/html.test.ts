import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { Figure } from './figure.ts';
import { figuresOf } from './figures.ts';
import { escapeHtml, page } from './html.ts';
import type { PageData } from './page-data.ts';
import { regionsHtml } from './regions-html.ts';
import { reportPage } from './report-page.ts';
import { readRun } from './run.ts';
import type { Steps } from './steps.ts';
import { summarize } from './summary.ts';
import { DAY, type DayOptions, writeDay } from './testdata/day.ts';
import { writeReport } from './write-report.ts';

const EVIL = `</script><script>document.title='owned'</script><img src=x onerror="alert(1)">'&`;

/** Of a day that has everything, in their order. */
const FIGURES = [
	...['power', 'soc', 'carbon', 'latency', 'cdf', 'emissions', 'busy', 'replica-power', 'mfu'],
	...['outstanding', 'latency-energy', 'soc-hours', 'battery-use', 'price', 'cost'],
];

const folders: string[] = [];
test.after(() => {
	for (const folder of folders) rmSync(folder, { recursive: true });
});

async function reportOf(options: Partial<DayOptions>): Promise<{ path: string; html: string }> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-page-'));
	folders.push(folder);
	writeDay(folder, { ...DAY, requests: 2000, ...options });
	await writeReport(folder);
	const path = join(folder, 'report.html');
	return { path, html: readFileSync(path, 'utf8') };
}

test('report.html refers to nothing outside itself and forbids it', async () => {
	const { html } = await reportOf({});
	// The name of a drawing's vocabulary is no address.
	assert.not.match(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\//);
	assert.not.match(html, /\s(src|srcset|action)=/);
	assert.not.match(html, /@import|url\((?!data:|#)/);
	assert.match(html, /default-src 'none'/);
});

test('a run that heard something is repeated by what it kept, any other one by its command', async () => {
	const { html, path } = await reportOf({});
	assert.match(html, 'The same scenario and seed give the same bytes:');
	const folder = dirname(path);
	const command = { type: 'set', site: null, actor: null, key: 'capW', value: 150 };
	const logged = { fromUs: 0, by: 'user', at: '2026-11-30T12:00:00.000Z', command };
	writeFileSync(join(folder, 'commands.jsonl'), `${JSON.stringify(logged)}\n`);
	await writeReport(folder);
	const again = readFileSync(path, 'utf8');
	assert.match(again, `<pre>gridbeat replay ${folder}</pre>`);
	assert.not.match(again, 'The same scenario and seed give');
});

test('report.html carries its data as JSON with every figure of a day', async () => {
	const { html } = await reportOf({});
	const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
	const page = JSON.parse(json);
	assert.is(page.timezone, 'America/Los_Angeles');
	assert.equal(
		page.figures.map(({ id }: { id: string }) => id),
		FIGURES,
	);
	for (const { id, data, curves } of page.figures) {
		assert.is(data.length, curves.length + 1, id);
		assert.ok(data.every((row: unknown[]) => row.length === data[0].length));
		assert.ok(data[0].length <= 4000);
	}
});

test('report.html shows a banner for a run that failed, none for one that completed', async () => {
	const failed = await reportOf({ status: 'failed' });
	assert.match(failed.html, /<b>This run failed<\/b>: replica-2 died at 14:02 &lt;killed&gt;/);
	const complete = await reportOf({});
	assert.not.match(complete.html, /role="status"/);
});

test('writeReport() draws every figure as an SVG without script beside the page', async () => {
	const { path } = await reportOf({ location: EVIL });
	const names = readdirSync(join(path, '..', 'plots')).sort();
	assert.equal(names, FIGURES.map((id) => `${id}.svg`).sort());
	for (const name of names) {
		const svg = readFileSync(join(path, '..', 'plots', name), 'utf8');
		assert.match(svg, /^<svg [^>]*viewBox/);
		// Curves, strips or points.
		assert.match(
			svg,
			/<path d="M[\d. HVLM-]{100,}" fill="none"|<path d="M[\d. MhvHz-]{100,}z"|(<circle.*){20}/,
		);
		assert.not.match(svg, /NaN|Infinity|undefined|<script|href/);
	}
});

test('writeReport() of a run that has no step yet gives a page with a banner', async () => {
	const { path } = await reportOf({ status: 'running' });
	const folder = dirname(path);
	for (const name of ['timeseries.csv', 'usage.csv', 'request_metrics.csv']) {
		const header = readFileSync(join(folder, name), 'utf8').split('\n', 1)[0];
		writeFileSync(join(folder, name), `${header}\n`);
	}
	const summary = await writeReport(folder);
	assert.is(summary.durationS, 0);
	assert.match(readFileSync(path, 'utf8'), /This run has not ended/);
});

test('report.html escapes what the scenario says', async () => {
	const { html } = await reportOf({ location: EVIL });
	assert.not.ok(html.includes('<img'));
	assert.not.ok(html.includes("<script>document.title='owned'"));
	assert.ok(html.includes(escapeHtml(EVIL)));
});

test('report.html says what it covers of a run that was killed', async () => {
	const { path } = await reportOf({ status: 'running' });
	const series = join(dirname(path), 'timeseries.csv');
	// An hour and a half, and the beginning of a row.
	const text = readFileSync(series, 'utf8');
	writeFileSync(series, `${text.split('\n', 19).join('\n')}\nsite,2026-06-21 01:3`);
	await writeReport(dirname(path));
	const html = readFileSync(path, 'utf8');
	assert.match(
		html,
		/All figures cover 2026-06-21 00:00 to 2026-06-21 01:30: 90 min of 24 h \(6.25 %\)\./,
	);
	assert.match(html, /timeseries.csv: 1 incomplete row\(s\) left out/);
});

test('report.html of a year of minutes stays below 5 MB with every figure in at most 4000 points', async () => {
	const { path } = await reportOf({ stepS: 60 });
	const run = await readRun(dirname(path));
	const year = { ...run, steps: repeated(run.steps, 365) };
	assert.is(year.steps.count, 525_600);
	const figures = figuresOf(year);
	assert.ok(figures.every(({ data }) => (data[0]?.length ?? 0) <= 4000));
	assert.ok(reportPage(year, summarize(year), figures).length < 5e6);
});

/** The same day again and again. */
function repeated(steps: Steps, times: number): Steps {
	const again = (value: unknown, key: string): unknown => {
		if (!(value instanceof Float64Array)) return value;
		const day = value.length * steps.stepS;
		return Float64Array.from({ length: times * value.length }, (_, i) => {
			const days = Math.floor(i / value.length);
			return (value[i % value.length] as number) + (key === 'startS' ? days * day : 0);
		});
	};
	const all = (values: object): object =>
		Object.fromEntries(Object.entries(values).map(([key, value]) => [key, again(value, key)]));
	const batteries = steps.batteries.map(all);
	return { ...all(steps), batteries, count: times * steps.count } as unknown as Steps;
}

test('report.html compares the imports of a run with other regions at their annual averages', async () => {
	const { html } = await reportOf({});
	const cell = (name: string) =>
		new RegExp(
			`>${name}</span></th><td class="number" data-value="([\\d.]+)">.*?data-value="([\\d.]+)"`,
		).exec(html) ?? [];
	const [[, france = 0, inFrance = 0], [, india = 0, inIndia = 0]] = [
		cell('france'),
		cell('india'),
	] as [(string | undefined)[], (string | undefined)[]];
	assert.equal([france, india], ['51', '643']);
	assert.ok(Math.abs(Number(inIndia) / Number(inFrance) - 643 / 51) < 1e-9);
	assert.match(html, /annual average intensity and price/);
});

test('a marginal intensity never stands beside the averages of other regions', () => {
	const of = (kind: string) =>
		regionsHtml({
			energy: { importKwh: 2 },
			emissions: { kind, importG: 800 },
			bill: { energyUsd: Number.NaN },
		} as unknown as Summary);
	assert.match(of('average'), /<b>this run<\/b><\/th><td class="number" data-value="400">/);
	const marginal = of('marginal');
	assert.match(marginal, /<b>this run<\/b><\/th><td class="number" data-value="">/);
	assert.not.match(marginal, /data-value="(400|800)"/);
	assert.match(marginal, /which is marginal and no average/);
	assert.match(marginal, /france/);
});

test('a page carries spans that figures shade alike once', () => {
	const shades = Array.from({ length: 500 }, (_, i): [number, number] => [2 * i, 2 * i + 1]);
	const figure = (id: string, shaded: Figure['shades']): Figure => ({
		...{ id, title: id, yLabel: '', unit: '', note: '', x: 'value', logY: false, yRange: null },
		...{ stepped: false, curves: [], data: [[]], shades: shaded, marks: [] },
	});
	const figures = [figure('a', shades), figure('b', []), figure('c', [...shades])];
	const html = page({ title: '', head: '', body: '', figures, timezone: 'UTC' });
	const [, data = ''] = /id="data">(.*?)<\/script>/.exec(html) ?? [];
	const carried = JSON.parse(data) as PageData;
	assert.equal(carried.shades, [shades, []]);
	assert.equal(
		carried.figures.map((one) => one.shades),
		[0, 1, 0],
	);
});

test.run();
