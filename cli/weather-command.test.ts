import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Inspection } from '../feeds/weather/inspect.ts';
import { isWarning, type Remark, remarkText } from '../protocol/remark.ts';
import { gridbeat } from '../tests/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'weather-'));
const year = join(folder, 'berlin.csv');

test('weather synthetic writes a year that says it is synthetic and meets its monthly totals', async () => {
	const { code, stdout, stderr } = await gridbeat([
		...['weather', 'synthetic', 'Berlin', '--year', '2023', '--step', '1h', '--out', year],
	]);
	assert.is(code, 0, stderr);
	assert.match(stdout, /synthetic weather of Berlin in 2023, seed 1/);
	assert.match(readFileSync(year, 'utf8'), /^# synthetic: .*not a measurement\n/);
	const inspected = await gridbeat(['weather', 'inspect', year, '--json']);
	const inspection = JSON.parse(inspected.stdout) as Inspection;
	assert.is(inspection.format, 'Gridbeat CSV, synthetic');
	assert.equal(
		[inspection.stepMinutes, inspection.intervals, inspection.gaps.length],
		[60, 8760, 0],
	);
	const june = inspection.months.find(({ month }) => month === '2023-06');
	// weather-data/climate.json: 5.39 kWh/m2 a day.
	assert.ok(Math.abs((june?.ghiKwhPerM2Day ?? 0) - 5.39) < 0.03, `${june?.ghiKwhPerM2Day}`);
	assert.ok((june?.clearSkyIndex ?? 0) > 0.6 && (june?.dailyIndexStd ?? 0) > 0.15);
});

test('weather inspect prints months and bars, and writes a page of its own', async () => {
	const page = join(folder, 'page.html');
	const { code, stdout, stderr } = await gridbeat(['weather', 'inspect', year, '--html', page]);
	assert.is(code, 0, stderr);
	assert.match(stdout, /2023-06 [▁▂▃▄▅▆▇█]{30} /);
	assert.match(stdout, /note {5}synthetic: made by Gridbeat/);
	const html = readFileSync(page, 'utf8');
	assert.ok((html.match(/<figure/g) ?? []).length >= 4);
	assert.not.match(html, /(src|href)="http/);
	assert.match(html, /<p class="answer">It has [\d,]+ kWh\/m² of light in 365 d, by steps of/);
});

test('light that is off the sun is a warning of inspect, and begins the report of a run', async () => {
	const { stdout } = await gridbeat(['weather', 'inspect', year]);
	assert.match(
		stdout,
		/\nsun {6}the light is (in time with|1 min (before|after)) the sun on \d\d cloudless days\n/,
	);
	const late = join(folder, 'late.csv');
	writeFileSync(late, readFileSync(year, 'utf8').replace('# label: left', '# label: right'));
	const off =
		/the light is (59|60|61) min before the sun on \d\d cloudless days; perhaps its stamps are the starts of intervals, not the ends, or its time zone is 1 h too far east/;
	const inspected = await gridbeat(['weather', 'inspect', late]);
	assert.match(inspected.stdout, new RegExp(`\nsun {6}WARNING: ${off.source}\n`));
	const out = join(folder, 'off');
	const run = await gridbeat([
		...['run', '--location', 'Berlin', '--weather', late, '--in-process', '--until', '1h'],
		...['--start', '2023-06-01T12:00', '--out', out, '--json'],
	]);
	assert.is(run.code, 0, run.stderr);
	const { remarks } = (JSON.parse(run.stdout) as { summary: { remarks: Remark[] } }).summary;
	const warned = remarks.filter(isWarning).map(remarkText);
	assert.is(warned.length, 1);
	assert.match(String(warned[0]), new RegExp(`^solar: WARNING: ${off.source}$`));
	await gridbeat(['report', out]);
	const banner = /<p class="banner"[^>]*>(.*?)<\/p>/.exec(
		readFileSync(join(out, 'report.html'), 'utf8'),
	);
	assert.match(String(banner?.[1]), off);
});

test('weather inspect says what a file lacks and refuses what is none', async () => {
	const bare = join(folder, 'bare.csv');
	const rows = [0, 1, 2].map((h) => `2024-06-20T1${h}:00Z,${500 + h}`);
	writeFileSync(bare, ['time,ghi', ...rows].join('\n'));
	const { stdout } = await gridbeat(['weather', 'inspect', bare]);
	assert.match(stdout, /derived {2}nothing: the place is not known/);
	const placed = await gridbeat(['weather', 'inspect', bare, '--location', 'Berlin']);
	assert.match(placed.stdout, /direct and diffuse from global \(Erbs\)/);
	writeFileSync(bare, 'nothing\n');
	const refused = await gridbeat(['weather', 'inspect', bare]);
	assert.is(refused.code, 2);
	assert.match(refused.stderr, /^Cannot read weather ".*": its content is none of/);
});

test('run --weather refuses a file that does not cover the run before anything starts', async () => {
	const run = ['run', '--location', 'Berlin', '--weather', year, '--in-process', '--until', '1h'];
	const { code, stderr } = await gridbeat([
		...[...run, '--start', '2025-03-01T00:00', '--out', join(folder, 'run')],
	]);
	assert.is(code, 2);
	assert.match(stderr, /it covers 2023-01-01 00:00 to 2024-01-01 00:00/);
	assert.not.ok(existsSync(join(folder, 'run')));
	const extended = await gridbeat([
		...[...run, '--start', '2025-03-01T00:00', '--extend', 'repeat-year'],
		...['--out', join(folder, 'extended')],
	]);
	assert.is(extended.code, 0, extended.stderr);
});

test.run();
