import { formatNumber } from '../../results/report/format.ts';
import { escapeHtml, page, scrollHtml, tileHtml } from '../../results/report/html.ts';
import { errorOf } from './errors.ts';
import type { FamilyResult } from './run-truth.ts';
import { QUANTITIES, type Quantity, type TruthResult } from './truth-case.ts';
import {
	aboutFamily,
	ERROR_HEAD,
	errorCells,
	LIMIT_HEAD,
	limitCells,
	NOT_HERE,
	percent,
	quantityText,
	refusalsOf,
	signedPercent,
} from './truth-text.ts';

/** index.html: errors by family, and each run with what was measured beside what was simulated; it needs no other file. */
export function truthPage(results: readonly FamilyResult[], program: string): string {
	const judged = results.flatMap((one) => one.judged);
	return page({
		title: 'Measured and simulated',
		answer: answerOf(results),
		head: `<p class="lead">${escapeHtml(`Gridbeat ${program}`)}</p>`,
		tiles: judged
			.filter(({ goal }) => goal !== null)
			.map((one) =>
				tileHtml(
					percent(one.error),
					`${one.family}, ${one.group}: ${quantityText(one.quantity)}, ${one.statistic} error`,
				),
			),
		body: results.map(familyHtml).join('\n'),
		figures: [],
		timezone: 'UTC',
	});
}

function answerOf(results: readonly FamilyResult[]): string {
	const all = results.flatMap((one) => one.results ?? []);
	const ran = all.filter(({ refusal }) => refusal === null).length;
	const judged = results.flatMap((one) => one.judged);
	const held = judged.filter(({ isHeld }) => isHeld).length;
	const reached = judged.filter(({ isReached }) => isReached).length;
	const limits =
		judged.length === 0
			? 'No limit was judged.'
			: `${held} of ${judged.length} limits are held, ${reached} are as close as is meant.`;
	return `${ran} of ${all.length} measured runs are simulated. ${limits}`;
}

function familyHtml(one: FamilyResult): string {
	const about = aboutFamily(one).map(
		([what, text]) => `<p class="note">${escapeHtml(`${what}: ${text}.`)}</p>`,
	);
	const parts = [`<h2>${escapeHtml(one.family.title)}</h2>`, ...about];
	if (one.results === null) parts.push(`<p>${escapeHtml(`Not run: ${NOT_HERE}.`)}</p>`);
	else {
		if (one.judged.length > 0)
			parts.push(tableHtml('Limits', LIMIT_HEAD, one.judged.map(limitCells)));
		parts.push(tableHtml('Errors', ERROR_HEAD, one.errors.map(errorCells)));
		for (const line of refusalsOf(one.results)) parts.push(`<p>${escapeHtml(line)}</p>`);
		parts.push(runsHtml(one.results));
	}
	return `<section class="panel results">${parts.join('\n')}</section>`;
}

/** Each run, its quantities with measured, simulated and error. */
function runsHtml(results: readonly TruthResult[]): string {
	const ran = results.filter(({ refusal }) => refusal === null);
	const quantities = (Object.keys(QUANTITIES) as Quantity[]).filter((quantity) =>
		ran.some((one) => errorOf(one, quantity) !== null),
	);
	if (quantities.length === 0) return '';
	const head = [
		...['run', 'model', 'server', 'workload'],
		...quantities.map((quantity) => `${quantityText(quantity)}, ${QUANTITIES[quantity].unit}`),
	];
	const rows = ran.map((one) => [
		...[one.of.id, one.of.model, one.of.server, one.of.workload],
		...quantities.map((quantity) => bothText(one, quantity)),
	]);
	return tableHtml('Runs: measured, simulated, error', head, rows);
}

function bothText(one: TruthResult, quantity: Quantity): string {
	const error = errorOf(one, quantity);
	if (error === null) return '';
	const { measured } = one.of;
	return `${formatNumber(measured[quantity] as number)} → ${formatNumber(one.simulated[quantity] as number)} (${signedPercent(error)})`;
}

function tableHtml(
	label: string,
	head: readonly string[],
	rows: readonly (readonly string[])[],
): string {
	const cells = (tag: 'th' | 'td', words: readonly string[]) =>
		`<tr>${words.map((word) => `<${tag}>${escapeHtml(word)}</${tag}>`).join('')}</tr>`;
	const table = `<table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
	return `<h3>${escapeHtml(label)}</h3>${scrollHtml(label, table)}`;
}
