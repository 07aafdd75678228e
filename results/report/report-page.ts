import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { ReplicaAccount } from '../../protocol/run-folder/summary-serving.ts';
import { RENEWABLES } from '../../services/declared-kinds.ts';
import { answerOf } from './answer.ts';
import { coverage } from './coverage.ts';
import { feedsHtml } from './feeds-html.ts';
import type { Figure } from './figure.ts';
import { groupsOf } from './figures-list.ts';
import { formatNumber, formatSpan } from './format.ts';
import { escapeHtml, figureHtml, groupHtml, page, scrollHtml, tilesOf } from './html.ts';
import { statusOf } from './metadata.ts';
import { repeatHtml, sourcesHtml, zoomHtml } from './page-parts.ts';
import { regionsHtml } from './regions-html.ts';
import { REPLICAS_SHOWN, replicaColumns } from './replica-accounts.ts';
import type { Run } from './run.ts';
import { toldHtml } from './told-html.ts';

/** The whole report as one page that asks nothing of the network. */
export function reportPage(run: Run, summary: Summary, figures: readonly Figure[]): string {
	const title = `Gridbeat: ${run.metadata.gridbeat.location ?? run.metadata.environment.name ?? 'a run'}`;
	const timezone = run.metadata.gridbeat.timezone ?? 'UTC';
	return page({
		title,
		answer: answerOf(summary),
		head: `<p class="lead">${escapeHtml(leadOf(run, summary))}</p>
${banner(run)}`,
		tiles: tilesOf(summary),
		body: `<noscript><p class="banner">The figures need JavaScript; the tables below do not.</p></noscript>
${zoomHtml(figures)}
<section class="figures" aria-label="Figures">
${figures.map(figureHtml).join('\n')}
</section>
<section class="panels">
${groupsOf(summary).map(groupHtml).join('\n')}
${regionsHtml(summary)}
${replicasHtml(run, summary)}
${toldHtml(run.told)}
${feedsHtml(run.feeds)}
${notesHtml(run, timezone)}
${sourcesHtml([{ of: '', sources: run.metadata.gridbeat.sources ?? [] }])}
${repeatHtml(run.metadata, run.folder, run.heardIn)}
</section>`,
		figures,
		timezone,
	});
}

function leadOf(run: Run, summary: Summary): string {
	const { environment, gridbeat } = run.metadata;
	const replicas = run.usage?.replicas.length ?? 0;
	const parts = [
		gridbeat.summary,
		environment.sim_start ? `from ${environment.sim_start}` : null,
		`${formatSpan(summary.durationS)} in steps of ${formatSpan(run.steps.stepS)}`,
		// Our own summary names them already.
		replicas > 0 && !gridbeat.summary ? `${replicas} replica${replicas === 1 ? '' : 's'}` : null,
		gridbeat.seed === null || gridbeat.seed === undefined ? null : `seed ${gridbeat.seed}`,
		gridbeat.version ? `Gridbeat ${gridbeat.version}` : null,
	];
	return parts.filter((part) => part).join(' · ');
}

function banner(run: Run): string {
	const status = statusOf(run.metadata);
	const { reason, simulated_until_s: untilS } = run.metadata.gridbeat;
	const lines = run.remarks.map((remark) => escapeHtml(remark));
	if (status !== 'complete') {
		const word = {
			running: 'This run has not ended; what is here is what it had written',
			incomplete: 'This run was interrupted before its end',
			failed: 'This run failed',
		}[status];
		const until = typeof untilS === 'number' ? `; simulated up to ${formatSpan(untilS)}` : '';
		lines.unshift(
			`<b>${word}</b>${reason ? `: ${escapeHtml(reason)}` : ''}${until}. ${escapeHtml(coverage(run))}`,
		);
	}
	return lines.length === 0 ? '' : `<p class="banner" role="status">${lines.join('<br>')}</p>`;
}

function replicasHtml({ usage, steps }: Run, summary: Summary): string {
	if (usage === null) return '';
	const hours = (steps.count * steps.stepS) / 3600;
	const accounts = summary.servingEnergy?.replicas ?? [];
	if (accounts.length > 0) return accountsHtml(accounts);
	const rows = usage.replicas.slice(0, REPLICAS_SHOWN).map(({ name, ...figures }) => {
		const cells = [
			formatNumber((figures.meanPowerW * hours) / 1000),
			formatNumber(figures.meanPowerW),
			formatNumber(figures.meanMfu),
			formatNumber(figures.peakOutstanding),
		];
		return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>`;
	});
	const rest = usage.replicas.length - REPLICAS_SHOWN;
	const more = rest > 0 ? `<p class="note">${rest} more in usage.csv.</p>` : '';
	const head = ['kWh', 'mean W', 'MFU %', 'peak queue']
		.map((text) => `<th scope="col" class="number">${text}</th>`)
		.join('');
	const table = `<table><thead><tr><th scope="col">name</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel"><h2>Replicas</h2>${scrollHtml('Replicas', table)}${more}</div>`;
}

/** What each replica did, and answers for; sortable by each figure. */
function accountsHtml(replicas: readonly ReplicaAccount[]): string {
	const columns = replicaColumns(replicas);
	const rows = replicas.slice(0, REPLICAS_SHOWN).map((replica) => {
		const cells = columns.map(({ value }) => {
			const figure = value(replica);
			const data = Number.isNaN(figure) ? '' : figure;
			return `<td class="number" data-value="${data}">${formatNumber(figure)}</td>`;
		});
		return `<tr><th scope="row">${escapeHtml(replica.name)}</th>${cells.join('')}</tr>`;
	});
	const heads = columns.map(
		({ title }) =>
			`<th scope="col" class="number"><button type="button">${escapeHtml(title)}</button></th>`,
	);
	const rest = replicas.length - REPLICAS_SHOWN;
	const more = rest > 0 ? ` ${rest} more in usage.csv.` : '';
	const table = `<table class="sortable"><thead><tr><th scope="col"><button type="button">name</button></th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel wide"><h2>Replicas</h2>${scrollHtml('Replicas', table)}<p class="note">“All” is what the facility draws for a replica, with its servers and PUE; carbon and the cost of energy are of the time at which it was imported.${more}</p></div>`;
}

function notesHtml(run: Run, timezone: string): string {
	const notes = [
		'Sign convention: production +, consumption −. Grid: export +, import −. Battery: charge +, discharge −.',
		'Every power is the average over its step, so energies are exact at any step.',
		`Renewable share: demand served by ${RENEWABLES}, at once or through the battery, over demand served. What a battery held at the start is from wherever: a part of its own, neither renewable nor grid.`,
		'Emissions of imports are each step’s import times the carbon intensity of that step. Exports earn no credit.',
		'“Had the grid served all” is the same demand at the same times without solar and battery.',
		'TTFT: from the arrival of a request to its first token. End to end: to its last.',
		`Times are local (${timezone}). Drag in a figure to zoom all figures over time, double-click to go back. A figure is saved as it is shown, on white.`,
	];
	const kind = run.metadata.gridbeat.carbon_kind;
	if (kind)
		notes.push(
			run.steps.marginal === null
				? `The carbon signal is ${kind} intensity; average and marginal intensities must not be compared.`
				: 'Emissions follow the average intensity: what the imports answer for. Consequences follow the marginal one: what the draw changed. They must not be added or compared.',
		);
	const items = notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('');
	return `<div class="panel wide"><h2>How to read this</h2><ul>${items}</ul></div>`;
}
