import { ORIGIN_LABELS } from '../../protocol/origin.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { Figure } from './figure.ts';
import { escapeHtml } from './html.ts';
import type { ZoomMove } from './page-data.ts';

/** Parts that the pages of a run, of its sites and of its repeats have in common. */

/** For hands without a mouse; the same as dragging. Empty where no figure is over time. */
export function zoomHtml(figures: readonly Figure[]): string {
	if (!figures.some(({ x }) => x === 'time')) return '';
	const button = (how: ZoomMove, label: string, words: string) =>
		`<button type="button" data-zoom="${how}" aria-label="${label}">${words}</button>`;
	return `<div id="zoom" class="zoom" role="group" aria-label="Span of all figures over time">
${button('in', 'Zoom in', '+')}${button('out', 'Zoom out', '−')}${button('earlier', 'Earlier', '←')}${button('later', 'Later', '→')}${button('reset', 'Reset zoom', 'Reset zoom')}
<span class="unit">or drag in a figure</span>
</div>`;
}

type Sources = NonNullable<RunMetadata['gridbeat']['sources']>;

/** Where figures are from, a row each, with what the words for it mean; `of` names what the rows are of where there are several. */
export function sourcesHtml(
	parts: readonly { readonly of: string; readonly sources: Sources }[],
): string {
	const all = parts.flatMap(({ sources }) => sources);
	if (all.length === 0) return '';
	const rows = parts.flatMap(({ of, sources }) => [
		...(of === ''
			? []
			: [`<tr><th scope="rowgroup" colspan="3" class="part">${escapeHtml(of)}</th></tr>`]),
		...sources.map(
			({ what, label, source }) =>
				`<tr><th scope="row">${escapeHtml(what)}</th><td>${escapeHtml(label)}</td><td>${escapeHtml(source)}</td></tr>`,
		),
	]);
	const labels = new Set(all.map(({ label }) => label));
	const legend = Object.entries(ORIGIN_LABELS)
		.filter(([label]) => labels.has(label))
		.map(([label, meaning]) => `${label}: ${meaning}.`);
	return `<div class="panel wide"><h2>Where figures come from</h2><table class="sources">${rows.join('')}</table><p class="note">${legend.join(' ')}</p></div>`;
}

/** What gives the same bytes again: the command, or the replay of what a run heard in `heardIn`. */
export function repeatHtml(
	{ gridbeat: { command, scenario } }: RunMetadata,
	folder: string,
	heardIn: string | null,
): string {
	const [how, line] =
		heardIn === null
			? ['The same scenario and seed give the same bytes:', command]
			: [
					'It heard something from outside; by what it kept of that, the same bytes come again:',
					`gridbeat replay ${shellWord(heardIn)}`,
				];
	const again = line ? `<p class="note">${how}</p><pre>${escapeHtml(line)}</pre>` : '';
	const whole =
		scenario === undefined
			? ''
			: `<details><summary>Scenario as resolved</summary><pre>${escapeHtml(JSON.stringify(scenario, null, 2))}</pre></details>`;
	return `<div class="panel wide"><h2>To repeat it</h2>${again}<p class="note">Folder: ${escapeHtml(folder)}</p>${whole}</div>`;
}
