import { html, type TemplateResult } from 'lit-html';
import type { LoggedCommand } from './api-types.ts';
import { span } from './words.ts';

/** What was wanted of a run in its course, the newest first. */
export function commandList(commands: readonly LoggedCommand[]): TemplateResult {
	if (commands.length === 0) return html`<p class="empty">Nobody has wanted anything yet.</p>`;
	const newest = [...commands].reverse().slice(0, 12);
	return html`<ul class="log">${newest.map(
		(command) =>
			html`<li><time>${span(command.fromUs)}</time> ${textOf(command)}${by(command)}</li>`,
	)}</ul>`;
}

function by({ by }: LoggedCommand): string {
	return typeof by === 'string' ? ` (${by})` : '';
}

/** A command in words; one that has none here as it is. */
function textOf(command: LoggedCommand): string {
	const { type, site, actor, key, value, replicas, event, id } = command;
	const whose = [actor, site].filter((name) => typeof name === 'string').join(', ');
	const where = whose === '' ? '' : `${whose}: `;
	if (type === 'set') return `${where}${key} ${value === null ? 'as the scenario says' : value}`;
	if (type === 'grid-event') return `${where}${event} (${id})`;
	if (type === 'signal') return `${where}values from a feed`;
	if (replicas !== undefined) return `${replicas} replicas`;
	const { fromUs: _, ...rest } = command;
	return JSON.stringify(rest);
}
