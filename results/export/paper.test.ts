import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { figuresOf } from '../report/figures.ts';
import { groupsOf } from '../report/figures-list.ts';
import { readRun } from '../report/run.ts';
import { summarize } from '../report/summary.ts';
import { DAY, writeDay } from '../report/testdata/day.ts';
import { exportPaper } from './paper.ts';
import { latex } from './paper-tables.ts';
import { pdfOf } from './pdf-pen.ts';

const home = mkdtempSync(join(tmpdir(), 'gridbeat-paper-'));
const folder = join(home, 'run');
const options = { into: join(home, 'paper'), widthsIn: [3.5, 7], program: 'gridbeat 1.2.3' };
test.before(() => writeDay(folder, { ...DAY, requests: 2000 }));
test.after(() => rmSync(home, { recursive: true }));

const INFO = { title: 'words', creator: 'gridbeat', madeMs: 0 };

/** What a PDF draws: the text of its streams. */
function drawn(pdf: Buffer): string {
	const text = pdf.toString('latin1');
	const streams = [...text.matchAll(/FlateDecode\n>>\nstream\n/g)].map(({ index, 0: head }) => {
		const from = index + head.length;
		return pdf.subarray(from, text.indexOf('\nendstream', from));
	});
	return streams.map((stream) => inflateSync(stream).toString('latin1')).join('\n');
}

test('exportPaper() writes each figure as a PDF of each width: vectors, embedded fonts, and the same bytes again', async () => {
	const files = await exportPaper(folder, options);
	const figures = figuresOf(await readRun(folder));
	assert.ok(figures.length > 12);
	for (const { id } of figures)
		for (const [mm, points] of [
			[89, 252],
			[178, 504],
		] as const) {
			const pdf = readFileSync(join(options.into, 'figures', `${id}-${mm}mm.pdf`));
			const text = pdf.toString('latin1');
			assert.match(text, new RegExp(`/MediaBox \\[0 0 ${points} [\\d.]+\\]`), id);
			assert.match(text, /\/FontFile2 /, id);
			assert.not.match(text, /\/Subtype \/Image|\/Helvetica/, id);
			assert.match(text, /\(gridbeat 1.2.3\)/);
			const paths = drawn(pdf);
			assert.match(paths, /TJ/, id);
			assert.ok((paths.match(/ [lc]\n/g) ?? []).length > 20, id);
			assert.not.match(paths, /NaN|undefined|Infinity/, id);
		}
	const again = await exportPaper(folder, { ...options, into: join(home, 'again') });
	assert.is(again.length, files.length);
	for (const { path } of files) {
		const name = path.slice(options.into.length);
		assert.ok(readFileSync(path).equals(readFileSync(join(home, 'again', name))), name);
	}
	assert.ok(files.every(({ unknown }) => unknown === ''));
});

test('exportPaper() writes the numbers that each figure draws, with their units', async () => {
	const [power] = figuresOf(await readRun(folder));
	const lines = readFileSync(join(options.into, 'figures/power.csv'), 'utf8').trim().split('\n');
	assert.is(
		lines[0],
		'time_utc,Load (kW),Solar (kW),"Grid (export +, import −) (kW)","Battery (charge +, discharge −) (kW)"'.replaceAll(
			'"Grid (export +, import −) (kW)"',
			'"Grid (export +, import −) (kW)"',
		),
	);
	assert.is(lines.length, 1 + 86_400 / DAY.stepS);
	const { data } = power as NonNullable<typeof power>;
	for (const k of [0, 100, 287])
		assert.is(
			lines[k + 1],
			[
				new Date((data[0][k] as number) * 1000).toISOString(),
				...data.slice(1).map((ys) => ys[k]),
			].join(),
		);
	const points = readFileSync(join(options.into, 'figures/latency-energy.csv'), 'utf8');
	assert.match(
		points,
		/^Energy of 60 min \(kWh\),point,TTFT p50 \(s\),TTFT p99 \(s\)\n[\d.]+,2026-06-21 \d\d:00,/,
	);
});

test('exportPaper() writes the figures of the summary as a table of booktabs, and includes each figure', async () => {
	const groups = groupsOf(summarize(await readRun(folder)));
	const table = readFileSync(join(options.into, 'summary.tex'), 'utf8');
	for (const part of ['\\toprule', '\\bottomrule', '\\begin{tabular}{@{}lr@{}}'])
		assert.ok(table.includes(part));
	const rows = table.split('\n').filter((line) => line.includes(' & '));
	assert.is(
		rows.length,
		groups.reduce((sum, { lines }) => sum + lines.length, 0),
	);
	for (const row of rows) assert.match(row, /^[^&]*(?<!\\) & [^&]*\\\\$/);
	assert.not.match(table, /[−–₂]/);
	const included = readFileSync(join(options.into, 'figures.tex'), 'utf8');
	const pdfs = readdirSync(join(options.into, 'figures')).filter((name) => name.endsWith('.pdf'));
	for (const name of pdfs) assert.ok(included.includes(`{figures/${name}}`), name);
});

test('exportPaper() gives sites a folder each, beside the whole', async () => {
	const whole = join(home, 'sites-run');
	for (const [i, site] of ['north', 'south'].entries())
		writeDay(join(whole, 'sites', site), { ...DAY, requests: 200 + i, replicas: 1 });
	writeFileSync(
		join(whole, 'metadata.yaml'),
		'gridbeat: {status: complete, sites: [north, south]}\n',
	);
	const into = join(home, 'sites-paper');
	await exportPaper(whole, { ...options, into, widthsIn: [3.5] });
	for (const name of [
		'figures/site-grid-89mm.pdf',
		'sites/north/figures/power-89mm.pdf',
		'sites/south/summary.tex',
		'summary.csv',
	])
		assert.ok(readFileSync(join(into, name)).length > 100, name);
});

test('a long run has the mean, the least and the greatest value of each span', async () => {
	const long = join(home, 'long');
	mkdirSync(long);
	writeDay(long, { ...DAY, days: 60, requests: 500, replicas: 1 });
	const into = join(home, 'long-paper');
	await exportPaper(long, { ...options, into, widthsIn: [3.5] });
	const [head = '', ...rows] = readFileSync(join(into, 'figures/soc.csv'), 'utf8')
		.trim()
		.split('\n');
	assert.is(
		head,
		'"battery, mean (%)","battery, least (%)","battery, greatest (%)"'.replace(
			'"battery',
			'time_utc,"battery',
		),
	);
	for (const row of rows) {
		const [, mean = Number.NaN, least = Number.NaN, greatest = Number.NaN] = row
			.split(',')
			.map(Number);
		assert.ok(least <= mean && mean <= greatest, row);
	}
	assert.ok(rows.length > 100 && rows.length < 1100);
});

test('letters of many scripts are drawn, low digits too, and what the fonts have not is named', async () => {
	const draw = (words: string) =>
		pdfOf(INFO, (pen) => ({
			width: 100 + pen.widthOf(words, 8),
			height: 20,
			paint: () => pen.text(words, { x: 1, y: 10, size: 8, color: '#000000' }),
		}));
	assert.equal((await draw('Zürich, Łódź, İzmir, Αθήνα, Київ: kg CO₂eq − 5 % …')).unknown, []);
	assert.equal((await draw('東京 1')).unknown, ['東', '京']);
});

test('latex() leaves no letter with a meaning to LaTeX', () => {
	assert.is(
		latex('5 % of a_b & {c} #1 $2 ~^\\'),
		'5 \\% of a\\_b \\& \\{c\\} \\#1 \\$2 \\textasciitilde{}\\textasciicircum{}\\textbackslash{}',
	);
	assert.is(latex('kg CO₂eq −5–6'), 'kg CO\\textsubscript{2}eq $-$5--6');
});

test('exportPaper() refuses what is no run folder', async () => {
	try {
		await exportPaper(home, options);
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, /^Cannot export ".*": it has no metadata.yaml/);
	}
});

test.run();
