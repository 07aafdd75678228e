import { type Command, Option } from 'commander';
import { writeWhole } from '../kernel/files/write-whole.ts';
import { chooseMetrics, METRICS } from '../results/compare/metrics.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface CompareOptions {
	readonly metrics?: string[];
	readonly json?: boolean;
	readonly csv?: boolean;
	readonly html?: string;
}

/** Adds `gridbeat compare`. */
export function addCompare(gridbeat: Command): void {
	gridbeat
		.command('compare')
		.description('figures of runs side by side: values, differences from the first, per cent')
		.argument(
			'<run...>',
			'run folders, or folders of --repeats, or files of a server: what `vllm bench serve --save-detailed` wrote, or JSON lines with first_token_ts; runs that differ in their seed only are repeats of one case',
		)
		.option('--metrics <name...>', 'figures, or beginnings of their names; default: all that exist')
		.addOption(new Option('--csv', 'print as CSV').conflicts('json'))
		.option('--json', 'print as JSON')
		.option('--html <file>', 'write a page that needs no other file')
		.action(async (folders: string[], options: CompareOptions) => {
			const [{ readCases }, { comparedFigures }, show, { withRuns }] = await Promise.all([
				import('../results/compare/cases.ts'),
				import('../results/compare/comparison.ts'),
				import('../results/compare/show.ts'),
				import('../run/launch/open-run.ts'),
			]);
			const metrics = options.metrics === undefined ? METRICS : chooseMetrics(options.metrics);
			const opening = { what: 'gridbeat compare', writes: false, say };
			const cases = await withRuns(folders, opening, () => readCases(folders));
			const comparison = { cases, figures: comparedFigures(cases, metrics) };
			if (options.html !== undefined) writeWhole(options.html, show.comparisonPage(comparison));
			const text =
				options.json === true
					? jsonText('compare', show.comparisonObject(comparison)).trimEnd()
					: options.csv === true
						? show.comparisonCsv(comparison).trimEnd()
						: show.comparisonText(comparison);
			process.stdout.write(`${text}\n`);
		});
}
