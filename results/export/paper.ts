import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { Figure } from '../report/figure.ts';
import { figuresOf } from '../report/figures.ts';
import { groupsOf } from '../report/figures-list.ts';
import { readMetadata } from '../report/metadata.ts';
import { readRun } from '../report/run.ts';
import { readSites, siteNamesOf, totalOf } from '../report/sites.ts';
import { sitesFigures } from '../report/sites-page.ts';
import { summarize } from '../report/summary.ts';
import { summaryCsv } from '../report/summary-rows.ts';
import { paperFigure } from './paper-figure.ts';
import { numbersOf } from './paper-numbers.ts';
import { booktabs, latex } from './paper-tables.ts';
import { pdfOf } from './pdf-pen.ts';

const POINTS_PER_INCH = 72;
const MM_PER_INCH = 25.4;

/** A file of a paper. */
export interface PaperFile {
	readonly path: string;
	readonly bytes: number;
	/** Letters of its words that its fonts have not: question marks stand for them. */
	readonly unknown: string;
}

/** Where files of a paper go, and how wide its figures are. */
export interface PaperOptions {
	readonly into: string;
	readonly widthsIn: readonly number[];
	/** Name and version of the program. */
	readonly program: string;
}

/**
 * Writes what a paper has of a run: each figure as a PDF of each width (vectors, with embedded fonts), its numbers as CSV, the
 * figures of the summary as LaTeX tables of booktabs and as CSV, and `figures.tex` that includes them. Several sites have each
 * a folder below `sites/`.
 *
 * @throws ConfigError if the folder holds no run, or cannot be written
 */
export async function exportPaper(folder: string, options: PaperOptions): Promise<PaperFile[]> {
	if (!existsSync(join(folder, 'metadata.yaml')))
		throw new ConfigError(
			`Cannot export "${folder}": it has no metadata.yaml; give a folder below runs/`,
		);
	const metadata = readMetadata(folder);
	const timezone = metadata.gridbeat.timezone ?? 'UTC';
	const madeMs = Date.parse(metadata.execution?.start ?? '');
	const about = { timezone, madeMs: Number.isNaN(madeMs) ? 0 : madeMs };
	if (siteNamesOf(metadata).length === 0) {
		const run = await readRun(folder);
		return writePaper({ figures: figuresOf(run), summary: summarize(run), ...about }, options);
	}
	const whole = await readSites(folder);
	const written = await writePaper(
		{ figures: sitesFigures(whole.sites), summary: totalOf(whole), ...about },
		options,
	);
	for (const { name, run, summary } of whole.sites) {
		const into = join(options.into, 'sites', name);
		const zone = run.metadata.gridbeat.timezone ?? timezone;
		const site = { figures: figuresOf(run), summary, madeMs: about.madeMs, timezone: zone };
		written.push(...(await writePaper(site, { ...options, into })));
	}
	return written;
}

interface Paper {
	readonly figures: readonly Figure[];
	readonly summary: Summary;
	readonly timezone: string;
	readonly madeMs: number;
}

async function writePaper(
	{ figures, summary, timezone, madeMs }: Paper,
	{ into, widthsIn, program }: PaperOptions,
): Promise<PaperFile[]> {
	const written: PaperFile[] = [];
	const write = (name: string, content: string | Uint8Array, unknown: readonly string[] = []) => {
		const path = join(into, name);
		writeWhole(path, content, { below: into });
		const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
		written.push({ path, bytes, unknown: unknown.join('') });
	};
	for (const figure of figures) {
		for (const widthIn of widthsIn) {
			const width = POINTS_PER_INCH * widthIn;
			const info = { title: figure.title, creator: program, madeMs };
			const { bytes, unknown } = await pdfOf(info, (pen) =>
				paperFigure(figure, { width, timezone }, pen),
			);
			write(join('figures', `${pdfName(figure, widthIn)}.pdf`), bytes, unknown);
		}
		write(join('figures', `${figure.id}.csv`), numbersOf(figure));
	}
	const groups = groupsOf(summary);
	write('summary.tex', booktabs(groups));
	write('summary.csv', summaryCsv(summary));
	write('figures.tex', figures.map((figure) => included(figure, widthsIn)).join('\n'));
	return written;
}

/** By the width in whole millimetres: `power-89mm`. */
function pdfName({ id }: Figure, widthIn: number): string {
	return `${id}-${Math.round(MM_PER_INCH * widthIn)}mm`;
}

/** A figure of a paper, at its own size so that its letters keep theirs; the other widths are there to choose. */
function included(figure: Figure, widthsIn: readonly number[]): string {
	const [first = 0, ...others] = widthsIn;
	const include = (widthIn: number) => `\\includegraphics{figures/${pdfName(figure, widthIn)}.pdf}`;
	const end = /[.!?]$/.test(figure.title) ? '' : '.';
	return `\\begin{figure}
  \\centering
  ${include(first)}
${others.map((widthIn) => `  % ${include(widthIn)}\n`).join('')}  \\caption{${latex(`${figure.title}${end} ${figure.note}`.trim())}}
  \\label{fig:${figure.id}}
\\end{figure}
`;
}
