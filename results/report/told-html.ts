import { commandText } from '../../protocol/commands.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { formatSimTime } from '../../protocol/time.ts';
import { escapeHtml, scrollHtml } from './html.ts';

/** Commands that are shown one by one. */
const SHOWN = 50;

const BY: Readonly<Record<LoggedCommand['by'], string>> = {
	user: 'its user',
	api: 'the API',
	feed: 'a feed',
	grid: 'the grid',
};

/** What a run was told in its course beside values of feeds, and from when on it acted: its results follow from that too. */
export function toldHtml(told: readonly LoggedCommand[]): string {
	const commands = told.filter(({ command }) => command.type !== 'signal');
	if (commands.length === 0) return '';
	const rows = commands
		.slice(0, SHOWN)
		.map(
			({ fromUs, by, command }) =>
				`<tr><th scope="row">${formatSimTime(fromUs)}</th><td>${BY[by]}</td><td>${escapeHtml(commandText(command))}</td></tr>`,
		);
	const rest = commands.length - rows.length;
	const more = rest > 0 ? ` ${rest} more stand there.` : '';
	const table = `<table><thead><tr><th scope="col">from</th><th scope="col">by</th><th scope="col">what</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel wide"><h2>What it was told</h2>${scrollHtml('What it was told', table)}<p class="note">Commands and events of the grid that acted in its course, as commands.jsonl has them; gridbeat replay repeats the run by them.${more}</p></div>`;
}
