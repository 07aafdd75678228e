import { cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { launchBrowser, openPage } from '../results/report/page.test-support.ts';
import { gridbeat, tempFolder } from './cli.ts';
import { results } from './study-files.test-support.ts';

/** `gridbeat run --without` and `--vary` as people run them. */
const RUN = [
	...['run', '--until', '6min', '--qps', '3', '--replicas', '1', '--price', '0.3'],
	// So that there are imports from the first step on.
	...['--battery-initial-soc', '0.2'],
];
const VARY = [...RUN, '--vary', 'cap=none,150,200'];
const root = tempFolder();
const whole = join(root, 'whole');
let text = '';

test.before(async () => {
	const { code, stdout, stderr } = await gridbeat([...VARY, '--out', whole]);
	assert.is(code, 0, stderr);
	text = stdout;
});

test('each case has the bytes of the run with its value, and the folder says which they are', async () => {
	for (const [name, rule] of [
		['cap-none', 'none'],
		['cap-200', 'carbon>400:200'],
	] as const) {
		const alone = join(root, 'alone');
		const run = await gridbeat([
			...[...RUN, '--cap', rule, '--in-process', '--overwrite', '--out', alone],
		]);
		assert.is(run.code, 0, run.stderr);
		const [found, wanted] = [results(join(whole, name)), results(alone)];
		assert.equal([...found.keys()], [...wanted.keys()]);
		for (const [file, bytes] of wanted) assert.ok(found.get(file) === bytes, file);
	}
	const file = readFileSync(join(whole, 'comparison.yaml'), 'utf8');
	assert.match(file, /label: cap none\n {4}folder: cap-none\n {4}failure: null\n/);
});

test('the closing text answers in words, names what changed, and fits a terminal', () => {
	assert.match(text, /^Gridbeat compares 3 runs of day, \d+ at a time\n/);
	assert.match(
		text,
		/\ncap 150, against cap none:\n {2}- TTFT p99 [\d.]+ % longer \([\d.]+ instead of [\d.]+ m?s\)\n/,
	);
	assert.match(text, / {2}- emissions of imports .*lower/);
	assert.match(
		text,
		/\nWhat changed in the scenario\n {2}cap: none \| carbon>400:150 \| carbon>400:200\n/,
	);
	assert.match(text, /\n {2}TTFT p99 +m?s +[\d.]+ +[\d.]+ \(\+[\d.]+ %\)/);
	assert.match(text, /\nThe same, or within 0\.01 %: /);
	const table = text.slice(text.indexOf('cap 150, against'), text.indexOf('\nReport: '));
	assert.equal(
		table.split('\n').filter((line) => line.length > 80),
		[],
	);
});

test('the page shows the answer, what changed and the cases over one another, without a fault', async () => {
	const path = join(whole, 'report.html');
	const html = readFileSync(path, 'utf8');
	assert.match(
		html,
		/<p class="answer"><b>cap 150<\/b>, against cap none: TTFT p99 [\d.]+ % longer/,
	);
	assert.match(html, /<a href="cap-150\/report\.html">cap-150<\/a>/);
	assert.ok(existsSync(join(whole, 'cap-150', 'report.html')));
	const browser = await launchBrowser();
	if (browser === null) return;
	try {
		const axe = readFileSync(projectFile('node_modules/axe-core/axe.min.js'), 'utf8');
		for (const width of [1280, 390])
			for (const colorScheme of ['light', 'dark'] as const) {
				const page = await openPage(browser, path, { width, colorScheme });
				const wide = await page.evaluate('document.documentElement.scrollWidth');
				assert.ok(Number(wide) <= width, `${width}: ${wide}`);
				for (const id of [
					'ttft-over-time',
					'e2e-over-time',
					'demand',
					'soc',
					'cap',
					'emissions',
					'cost',
					'ttft-distribution',
				])
					assert.is(await page.locator(`#plot-${id} canvas`).count(), 1, id);
				const legend = await page.locator('#plot-ttft-over-time .u-legend').textContent();
				assert.match(legend ?? '', /cap none p99[\s\S]*cap 200 p99/);
				await page.evaluate(axe);
				const faults = await page.evaluate(
					"axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
				);
				assert.equal(faults, [], `${width} ${colorScheme}`);
				await page.close();
			}
	} finally {
		await browser.close();
	}
});

test('gridbeat report and compare take the folder, and write the same again', async () => {
	const before = results(whole);
	const page = readFileSync(join(whole, 'report.html'), 'utf8');
	rmSync(join(whole, 'comparison.csv'));
	const report = await gridbeat(['report', whole]);
	assert.is(report.code, 0, report.stderr);
	assert.ok(text.includes(report.stdout.trimEnd()));
	assert.equal([...results(whole)], [...before]);
	assert.is(readFileSync(join(whole, 'report.html'), 'utf8'), page);
	const { code, stdout, stderr } = await gridbeat(['compare', whole, '--json']);
	assert.is(code, 0, stderr);
	const { cases, changes, answer, figures } = JSON.parse(stdout);
	assert.equal(
		cases.map(({ label }: { label: string }) => label),
		['cap none', 'cap 150', 'cap 200'],
	);
	assert.equal(changes, [{ key: 'cap', values: ['none', 'carbon>400:150', 'carbon>400:200'] }]);
	assert.is(answer.length, 2);
	const ttft = figures.find(({ name }: { name: string }) => name === 'serving.ttftS.p99');
	assert.ok(ttft.cases[1].difference > ttft.cases[2].difference);
	assert.ok(figures.some(({ name }: { name: string }) => name === 'batteries.battery.lastSoc'));
});

test('the same command does again only what is missing; others need a folder of their own', async () => {
	const again = join(root, 'again');
	cpSync(whole, again, { recursive: true });
	rmSync(join(again, 'cap-150'), { recursive: true });
	const kept = statSync(join(again, 'cap-none', 'timeseries.csv')).mtimeMs;
	const done = await gridbeat([...VARY, '--out', again]);
	assert.is(done.code, 0, done.stderr);
	assert.is(statSync(join(again, 'cap-none', 'timeseries.csv')).mtimeMs, kept);
	assert.equal([...results(join(again, 'cap-150'))], [...results(join(whole, 'cap-150'))]);
	const other = [...RUN, '--without', 'battery', '--out', again, '--json'];
	const refused = await gridbeat(other);
	assert.is(refused.code, 2);
	assert.match(
		refused.stderr,
		/^Cannot write a comparison to ".*again": it holds a comparison of other scenarios, or of another version; give another --out, or --overwrite\n$/,
	);
	const over = await gridbeat([...other, '--overwrite']);
	assert.is(over.code, 0, over.stderr);
	const { cases, folder } = JSON.parse(over.stdout);
	assert.equal(
		cases.map(({ label }: { label: string }) => label),
		['as it is', 'without battery'],
	);
	assert.is(folder, again);
	assert.not.ok(existsSync(join(again, 'cap-150')));
	const intoRun = await gridbeat([...other.slice(0, -3), '--out', join(whole, 'cap-none')]);
	assert.match(intoRun.stderr, /it holds a run; give another --out/);
});

test('with repeats each case is a folder of repeats, and differences have intervals', async () => {
	const out = join(root, 'repeats');
	const run = [...RUN, '--without', 'cap', '--repeats', '3', '--out', out];
	const { code, stdout, stderr } = await gridbeat(run);
	assert.is(code, 0, stderr);
	assert.match(
		stdout,
		/TTFT p99 [\d.]+ % shorter \([\d.]+ ± [\d.]+ instead of [\d.]+ ± [\d.]+ m?s\)/,
	);
	assert.match(stdout, /\nRepeats: as it is 3, without cap 3; /);
	for (const name of ['as-it-is', 'without-cap']) {
		assert.ok(existsSync(join(out, name, 'repeats.yaml')));
		assert.ok(existsSync(join(out, name, 'repeat-3', 'timeseries.csv')));
		assert.ok(existsSync(join(out, name, 'summary.csv')));
	}
	const { figures } = JSON.parse((await gridbeat(['compare', out, '--json'])).stdout);
	const load = figures.find(({ name }: { name: string }) => name === 'energy.loadKwh').cases[1];
	assert.is(load.count, 3);
	assert.ok(load.differenceHalfWidth > 0 && load.difference > load.differenceHalfWidth);
	const page = readFileSync(join(out, 'report.html'), 'utf8');
	assert.match(page, /<a href="as-it-is\/repeat-2\/report\.html">/);
});

test('nothing is written where a case cannot be run, or is asked for dry', async () => {
	const out = join(root, 'none');
	for (const [asked, pattern] of [
		[['--vary', 'location=Berlin,Nowhere'], /^location Nowhere: Cannot find location "Nowhere"/],
		[
			['--vary', 'cap=none,none'],
			/^Cannot compare "cap none" with "cap none": both are the same run/,
		],
		[['--vary', 'in-process=true,false'], /both are the same run; drop one of them\n$/],
		[['--without', 'cap', '--id', 'x'], /^Cannot give several runs one --id: leave it out\n$/],
		[['--without', 'cap', '--serve'], /^Cannot serve several runs: leave out --serve\n$/],
		[['--without', 'cap', '--pace', '1'], /^Cannot compare a run at a pace: /],
		[
			['--without', 'cap', '--cap', 'carbon>300:150', '--carbon', 'uk'],
			/^Cannot compare with live carbon from "uk": /,
		],
	] as const) {
		const { code, stderr } = await gridbeat([...RUN, ...asked, '--out', out]);
		assert.is(code, 2, stderr);
		assert.match(stderr, pattern);
	}
	const dry = await gridbeat([...VARY, '--out', out, '--dry-run']);
	assert.is(dry.code, 0, dry.stderr);
	assert.match(dry.stdout, /^# 3 runs that would be compared, into .*none\n/);
	assert.match(dry.stdout, /\n {2}cap: none \| carbon>400:150 \| carbon>400:200\n$/);
	assert.not.ok(existsSync(out));
});

test.run();
