import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { writeWhole } from '../kernel/files/write-whole.ts';
import { caseFoldersOf } from '../results/compare/comparison-file.ts';
import { reportLink } from '../results/compare/report-link.ts';
import type { Comparison } from '../results/compare/show.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';
import { VERBOSE } from './verbose.ts';

interface CompareOptions {
	readonly metrics?: string[];
	readonly json?: boolean;
	readonly csv?: boolean;
	readonly html?: string;
	readonly verbose?: boolean;
}

/** Adds `gridbeat compare`; `command` is the command line that was given. */
export function addCompare(gridbeat: Command, command: string): void {
	gridbeat
		.command('compare')
		.description(
			'what runs come to beside the first: an answer in words, what changed, figures that differ; a page with them over one another',
		)
		.argument(
			'<run...>',
			'run folders, or folders of --repeats, --vary or --without, or files of a server: what `vllm bench serve --save-detailed` wrote, or JSON lines with first_token_ts; runs that differ in their seed only are repeats of one case',
		)
		.option('--metrics <name...>', 'these figures alone, by the beginnings of their names')
		.option(VERBOSE[0], 'print all figures, also those that are the same')
		.addOption(new Option('--csv', 'print as CSV').conflicts('json'))
		.option('--json', 'print as JSON')
		.option(
			'--html <file>',
			'write a page that needs no other file, with the runs over one another',
		)
		.action(async (folders: string[], options: CompareOptions) => {
			const [{ readCases }, { chooseMetrics, everyMetric }, show, { withRuns }] = await Promise.all(
				[
					import('../results/compare/cases.ts'),
					import('../results/compare/metrics.ts'),
					import('../results/compare/show.ts'),
					import('../run/launch/open-run.ts'),
				],
			);
			const opening = { what: 'gridbeat compare', writes: false, say };
			const { metrics, html } = options;
			await withRuns(folders.flatMap(caseFoldersOf), opening, async () => {
				const cases = await readCases(folders);
				const summaries = cases.flatMap(({ runs }) => runs.map(({ summary }) => summary));
				const every = everyMetric(summaries);
				const chosen = metrics === undefined ? every : chooseMetrics(metrics, every);
				const comparison = show.comparisonOf(cases, chosen);
				if (html !== undefined) await writePage(html, comparison, command);
				process.stdout.write(`${await textOf(comparison, options)}\n`);
			});
		});
}

async function textOf(comparison: Comparison, options: CompareOptions): Promise<string> {
	const [show, { comparisonText }] = await Promise.all([
		import('../results/compare/show.ts'),
		import('../results/compare/comparison-text.ts'),
	]);
	if (options.json === true)
		return jsonText('compare', show.comparisonObject(comparison)).trimEnd();
	if (options.csv === true) return show.comparisonCsv(comparison).trimEnd();
	const isWhole = options.verbose === true || options.metrics !== undefined;
	return comparisonText(comparison, { isWhole });
}

/** Writes the page, whose links to the reports of runs are relative to it. */
async function writePage(path: string, comparison: Comparison, command: string): Promise<void> {
	const { comparisonPage } = await import('../results/compare/comparison-page.ts');
	const linkTo = reportLink(dirname(path));
	writeWhole(path, await comparisonPage(comparison, { command, linkTo }));
}
