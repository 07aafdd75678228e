import type { FeedAccount } from './feeds.ts';
import { formatNumber, formatSpan } from './format.ts';
import { escapeHtml, scrollHtml } from './html.ts';

/** Silences that are shown one by one. */
const SHOWN = 20;

const HELD = {
	hold: 'its last value held',
	profile: 'the profile held',
	fail: 'the run failed',
} as const;

/** What a run heard of its feeds, and what held when they were silent. */
export function feedsHtml(feeds: readonly FeedAccount[]): string {
	if (feeds.length === 0) return '';
	const head = ['answers', 'unchanged', 'failures', 'longest wait', 'silent for']
		.map((text) => `<th scope="col" class="number">${text}</th>`)
		.join('');
	const rows = feeds.map((account) => {
		const { feed, values, unchanged, failures, longestS, silentS } = account;
		const cells = [
			...[values, unchanged, failures].map(formatNumber),
			formatSpan(longestS),
			formatSpan(silentS),
		];
		return `<tr><th scope="row">${escapeHtml(feed.actor)}</th><td>${escapeHtml(feed.name)}</td>${cells.map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>`;
	});
	const notes = feeds.flatMap(feedNotes).map((note) => `<p class="note">${note}</p>`);
	const table = `<table><thead><tr><th scope="col">actor</th><th scope="col">feed</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel wide"><h2>Live feeds</h2>${scrollHtml('Live feeds', table)}${notes.join('')}<p class="note">All that came stands in feeds.csv, with when it came and from which simulated time on it acted.</p></div>`;
}

function feedNotes({ feed, silences, attribution }: FeedAccount): string[] {
	const { actor, name, times, stale_after_s: afterS, when_stale: then } = feed;
	const how =
		times === 'own'
			? 'Values held at their own times.'
			: 'The latest value held from when it came.';
	const lines = silences.slice(0, SHOWN).map(({ fromS, untilS, why }) => {
		const because = why === null ? '' : ` (${why})`;
		return `Silent from ${formatSpan(fromS)} to ${formatSpan(untilS)}${because}: ${HELD[then]}.`;
	});
	const rest = silences.length - lines.length;
	return [
		[
			`<b>${escapeHtml(actor)}</b>: ${escapeHtml(name)}${attribution === null ? '' : `, ${escapeHtml(attribution)}`}. ${how}`,
			`It counts as silent when it was not heard for ${formatSpan(afterS)} of simulated time; then ${escapeHtml(HELD[then])}.`,
			...lines.map(escapeHtml),
			...(rest > 0 ? [`${rest} more silences.`] : []),
		].join(' '),
	];
}
