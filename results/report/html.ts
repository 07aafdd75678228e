import { readFileSync } from 'node:fs';
import { projectFile } from '../../kernel/files/project-file.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { withContents } from './contents.ts';
import type { Figure } from './figure.ts';
import type { groupsOf } from './figures-list.ts';
import { keyFigures } from './key-figures.ts';
import { withLevels } from './pack-levels.ts';
import type { PageData, SavedAs } from './page-data.ts';

/** What every page with figures is made of. */

/** Figures that take the whole width. */
const WIDE: ReadonlySet<string> = new Set(['power', 'latency', 'busy']);

/** What a page shows; the parts of HTML are ready to stand in it. */
export interface PageParts {
	readonly title: string;
	/** What the page comes to, in a sentence or two of plain text: what stands first in it. */
	readonly answer?: string;
	/** Below the answer. */
	readonly head: string;
	/** Key figures, as `tileHtml` makes them. */
	readonly tiles?: readonly string[];
	readonly body: string;
	/** The body has a `figureHtml` or a `partFigureHtml` for each. */
	readonly figures: readonly Figure[];
	readonly timezone: string;
}

/**
 * A page with figures that asks nothing of the network: its styles, scripts and data are in it. It answers first, then come
 * key figures, then contents that lead to each heading of second rank in its body.
 */
export function page(parts: PageParts): string {
	const { title, answer = '', head, tiles = [], figures, timezone } = parts;
	const { body, contents } = withContents(parts.body);
	const data = JSON.stringify(carriedOf(figures, timezone)).replaceAll('<', '\\u003c');
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${clientFile('main.css')}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
${answer === '' ? '' : `<p class="answer">${escapeHtml(answer)}</p>\n`}${head}
</header>
${tiles.length === 0 ? '' : `<section class="tiles" aria-label="Key figures">\n${tiles.join('\n')}\n</section>\n`}${contents}
${body}
</main>
<script type="application/json" id="data">${data}</script>
<script type="module">${clientFile('main.js')}</script>
</body>
</html>
`;
}

function carriedOf(figures: readonly Figure[], timezone: string): PageData {
	const places = new Map<string, number>();
	const carried = withLevels(figures).map((figure) => {
		const text = JSON.stringify(figure.shades);
		const shades = places.get(text) ?? places.size;
		places.set(text, shades);
		return { ...figure, shades };
	});
	const shades = [...places.keys()].map((text) => JSON.parse(text) as Figure['shades']);
	return { timezone, figures: carried, shades };
}

/** Text as it may stand anywhere in a page, attributes included. */
export function escapeHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}

/** What the build has made of client/, in one file. */
function clientFile(name: 'main.js' | 'main.css'): string {
	const path = projectFile(`dist/results/report/client/${name}`);
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new Error(`Cannot read "${path}": run make dist to build it`, { cause: error });
	}
}

/** Key figures of a run as tiles. */
export function tilesOf(summary: Summary): string[] {
	return keyFigures(summary).map(([value, label]) => tileHtml(value, label));
}

/** A figure and what it is; what it may be by its error, in brackets at its end, stands smaller, on a line of its own. */
export function tileHtml(value: string, label: string): string {
	const text = escapeHtml(value).replace(/ \((.*)\)$/, ' <small>($1)</small>');
	return `<div class="tile"><b>${text}</b><span>${escapeHtml(label)}</span></div>`;
}

/** The place of a figure in a page, with its title and note. */
export function figureHtml(figure: Figure): string {
	return placeHtml(figure, 'h2');
}

/** The same in a section that has a heading of its own. */
export function partFigureHtml(figure: Figure): string {
	return placeHtml(figure, 'h3');
}

function placeHtml(figure: Figure, rank: 'h2' | 'h3'): string {
	const { id, title, yLabel, note, small } = figure;
	const kind = small ? ' class="small"' : WIDE.has(id) ? ' class="wide"' : '';
	return `<figure${kind}>
<figcaption><${rank}>${escapeHtml(title)}</${rank}><span class="unit">${escapeHtml(yLabel)}</span>${saveHtml(figure)}</figcaption>
<div class="plot" id="plot-${id}" data-label="${escapeHtml(`${title}: ${note}`)}"></div>
${note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>\n`}</figure>`;
}

function saveHtml({ id, title }: Figure): string {
	const button = (kind: SavedAs) =>
		`<button type="button" data-save="${kind}" data-figure="${id}" aria-label="${escapeHtml(`Save “${title}” as ${kind.toUpperCase()}`)}">${kind.toUpperCase()}</button>`;
	return `<span class="save">${button('svg')}${button('png')}</span>`;
}

/** A table that scrolls by itself where it is wider than the page, by keyboard too. */
export function scrollHtml(label: string, table: string): string {
	return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}">${table}</div>`;
}

/** A group of figures as a panel. */
export function groupHtml({ title, lines }: ReturnType<typeof groupsOf>[number]): string {
	const rows = lines.map(
		({ label, value }) =>
			`<tr><th scope="row">${escapeHtml(label)}</th><td class="number">${escapeHtml(value)}</td></tr>`,
	);
	return `<div class="panel"><h2>${escapeHtml(title)}</h2><table>${rows.join('')}</table></div>`;
}
