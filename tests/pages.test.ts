import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { launchBrowser, openPage } from '../results/report/page.test-support.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Every page that the command line writes, in a real browser: nothing is cut, and axe finds nothing. */

const folder = tempFolder();
const at = (...names: string[]) => join(folder, ...names);

let browser: Browser | null = null;
test.before(async () => {
	browser = await launchBrowser();
});
test.after(() => browser?.close());

async function command(...args: string[]): Promise<void> {
	const { code, stderr } = await gridbeat(args);
	assert.is(code, 0, `gridbeat ${args.join(' ')}: ${stderr}`);
}

function scenario(name: string, text: string): string {
	writeFileSync(at(name), text);
	return at(name);
}

/** A run with all that a report may show: a policy of a long path, a tariff, an outage, a generator. */
async function runPage(): Promise<string> {
	const example = readFileSync(projectFile('examples/arbitrage.yaml'), 'utf8');
	const policy = projectFile('examples/policies/cleaner-than-yesterday.js');
	const text = example.replace(/path: .*cleaner-than-yesterday.js/, `path: ${policy}`);
	await command(
		'run',
		scenario('run.yaml', text),
		'--until',
		'2h',
		'--in-process',
		'--out',
		at('run'),
	);
	return at('run', 'report.html');
}

async function sitesPage(): Promise<string> {
	const example = projectFile('examples/two-sites.yaml');
	await command('run', example, '--until', '20min', '--in-process', '--out', at('sites'));
	return at('sites', 'report.html');
}

async function repeatsPage(): Promise<string> {
	const flags = ['--location', 'Berlin', '--start', '2024-06-20T00:00', '--until', '10min'];
	await command('run', ...flags, '--repeats', '2', '--out', at('repeats'));
	return at('repeats', 'report.html');
}

async function comparisonPage(): Promise<string> {
	await command('compare', at('run'), at('sites', 'sites', 'sweden'), '--html', at('compare.html'));
	return at('compare.html');
}

async function sweepPage(): Promise<string> {
	const base = '{location: San Francisco, until: 5min, requests: {qps: 1}}';
	const grid = '{serving.replicas: [1, 2], requests.qps: [0.5, 1]}';
	const metrics =
		'[serving.ttftS.p99, serving.outputTokensPerS, energy.importKwh, emissions.importG]';
	const file = scenario(
		'sweep.yaml',
		`{name: s, base: ${base}, grid: ${grid}, metrics: ${metrics}}`,
	);
	await command('sweep', file, '--out', at('sweep'));
	return at('sweep', 'index.html');
}

async function capacityPage(): Promise<string> {
	const example = readFileSync(projectFile('examples/capacity.yaml'), 'utf8');
	const text = example.replace('requests: 500', 'requests: 60').replace('0.05', '0.3');
	await command('capacity', scenario('capacity.yaml', text), '--out', at('capacity'));
	return at('capacity', 'index.html');
}

async function weatherPage(): Promise<string> {
	await command('weather', 'synthetic', 'Berlin', '--out', at('weather.csv'));
	const where = ['--location', 'Berlin', '--html', at('weather.html')];
	await command('weather', 'inspect', at('weather.csv'), ...where);
	return at('weather.html');
}

async function energyPage(): Promise<string> {
	const model = ['--replica_config_model_name', 'meta-llama/Meta-Llama-3-8B'];
	const few = ['--synthetic_request_generator_config_num_requests', '16'];
	await command('vidur', '--metrics_config_output_dir', at('vidur'), ...model, ...few);
	const [name = ''] = readdirSync(at('vidur'));
	await command('energy', '--sim-results-dir', at('vidur', name));
	return at('vidur', name, 'analysis', 'energy_report.html');
}

const LOOKS = [
	[1280, 'light'],
	[1280, 'dark'],
	[390, 'light'],
	[390, 'dark'],
] as const;

const axe = readFileSync(projectFile('node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds, of any weight. */
async function faultsOf(page: Page): Promise<string[]> {
	await page.evaluate(axe);
	const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
		"axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
	);
	return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Tables that are wider than their places, and words that stand out of theirs. */
const CUT = `[...document.querySelectorAll('.scroll, .tile, figcaption, .panel, h1, .lead, .answer')]
	.filter((one) => one.offsetWidth > 0 && one.scrollWidth > one.clientWidth + 1)
	.map((one) => one.className + ': ' + one.textContent.slice(0, 60))`;

/** Opens what is folded up, and waits until the page has taken note. */
const UNFOLD = `new Promise((done) => {
	for (const one of document.querySelectorAll('details')) one.open = true;
	setTimeout(() => requestAnimationFrame(done));
})`;

const PAGES = {
	run: runPage,
	'run with several sites': sitesPage,
	'run with repeats': repeatsPage,
	comparison: comparisonPage,
	sweep: sweepPage,
	'search for capacity': capacityPage,
	'weather file': weatherPage,
	'run of vidur': energyPage,
} as const;

for (const [name, write] of Object.entries(PAGES))
	test(`the page of a ${name} answers first, fits screens and phones, light and dark, and has no fault that axe knows`, async () => {
		const path = await write();
		if (browser === null) return;
		for (const [width, colorScheme] of LOOKS) {
			const page = await openPage(browser, path, { width, colorScheme });
			const look = `${name}, ${colorScheme} at ${width} px`;
			await page.evaluate(UNFOLD);
			const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
			assert.ok(over <= 0, `${look}: ${over} px too wide`);
			assert.equal(await page.evaluate<string[]>(CUT), [], look);
			assert.equal(await faultsOf(page), [], look);
			const first = await page.locator('header > p').first().getAttribute('class');
			assert.is(first, 'answer', look);
			await page.close();
		}
	});

test.run();
