import type { Command } from 'commander';
import { version } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface ExportOptions {
	readonly parquet?: boolean;
	readonly paper?: boolean;
	readonly width?: string;
	readonly out?: string;
	readonly json?: boolean;
}

/** What a format has written: for programs, and a line a file for people. */
interface Written {
	readonly json: string;
	readonly lines: readonly string[];
}

/** Widths of a column and of a page of two columns, in inches. */
const WIDTHS_IN = '3.5,7';
const WIDTH_MIN_IN = 2;
const WIDTH_MAX_IN = 20;

/** Adds `gridbeat export`. */
export function addExport(gridbeat: Command): void {
	gridbeat
		.command('export')
		.description('the tables or figures of a run in another format')
		.argument('<run>', 'run folder')
		.option('--parquet', 'Apache Parquet, with units in the metadata')
		.option(
			'--paper',
			'for a paper: figures as PDF, their numbers as CSV, the summary as LaTeX table (booktabs)',
		)
		.option('--width <inches>', `widths of the figures of a paper; default: ${WIDTHS_IN}`)
		.option('--out <folder>', 'where to; default: the run folder, for a paper its folder paper/')
		.option('--json', 'list the files as JSON')
		.action(async (run: string, options: ExportOptions) => {
			const { json, lines } = await chosenOf(run, options)(run, options);
			process.stdout.write(options.json === true ? json : `${lines.join('\n')}\n`);
		});
}

function chosenOf(run: string, { parquet, paper, width }: ExportOptions): typeof writeParquet {
	if (parquet === true && paper === true)
		throw new ConfigError(
			`Cannot export "${run}" in two formats at once: give --parquet or --paper`,
		);
	if (width !== undefined && paper !== true)
		throw new ConfigError(`Cannot take --width "${width}": it is of --paper`);
	if (parquet === true) return writeParquet;
	if (paper === true) return writePaper;
	throw new ConfigError(`Cannot export "${run}" without a format: give --parquet or --paper`);
}

async function writeParquet(run: string, { out }: ExportOptions): Promise<Written> {
	const [{ exportParquet }, { withRuns }] = await Promise.all([
		import('../results/export/parquet.ts'),
		import('../run/launch/open-run.ts'),
	]);
	const opening = { what: 'gridbeat export', writes: out === undefined, say };
	const files = await withRuns([run], opening, () => exportParquet(run, version(), out));
	return {
		json: jsonText('export', { files }),
		lines: files.map(({ path, rows, bytes }) => `${path}: ${rows} rows, ${bytes} bytes`),
	};
}

async function writePaper(
	run: string,
	{ out, width = WIDTHS_IN }: ExportOptions,
): Promise<Written> {
	const widthsIn = widthsOf(width);
	const [{ exportPaper }, { withRuns }] = await Promise.all([
		import('../results/export/paper.ts'),
		import('../run/launch/open-run.ts'),
	]);
	const opening = { what: 'gridbeat export', writes: out === undefined, say };
	const about = { into: out ?? `${run}/paper`, widthsIn, program: `gridbeat ${version()}` };
	const files = await withRuns([run], opening, () => exportPaper(run, about));
	const letters = [...new Set(files.flatMap(({ unknown }) => [...unknown]))];
	if (letters.length > 0)
		say(`The fonts have no letters ${letters.join(' ')}: the PDFs have ? in their places`);
	return {
		json: jsonText('paper', { files }),
		lines: files.map(({ path, bytes }) => `${path}: ${bytes} bytes`),
	};
}

/** Inches of `3.5,7`; each once. */
function widthsOf(text: string): number[] {
	const widths = text.split(',').map((one) => (one.trim() === '' ? Number.NaN : Number(one)));
	if (!widths.every((one) => one >= WIDTH_MIN_IN && one <= WIDTH_MAX_IN))
		throw new ConfigError(
			`Cannot take --width "${text}": give inches from ${WIDTH_MIN_IN} to ${WIDTH_MAX_IN}, such as ${WIDTHS_IN}`,
		);
	return [...new Set(widths)];
}
