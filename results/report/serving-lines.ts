import type { Quantiles } from '../../protocol/run-folder/figures.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { ServingSummary } from '../../protocol/run-folder/summary-serving.ts';
import type { Group, Line } from './figure-group.ts';
import { formatDuration, formatNumber, formatSpan, withUnit } from './format.ts';

/** What was served, and how; in words. */
export function servingGroup({ serving, durationS }: Summary): Group {
	const lines: Line[] = [{ label: 'simulated time', value: formatSpan(durationS) }];
	if (serving !== null)
		lines.push(
			...fateLines(serving),
			...changeLines(serving),
			...latencyLines(serving),
			{ label: 'mean time between tokens', value: formatDuration(serving.meanTbtS) },
			{ label: 'throughput', value: withUnit(serving.requestsPerS, 'completed requests/s') },
			{ label: 'output', value: withUnit(serving.outputTokensPerS, 'tokens/s') },
			{ label: 'restarts of requests', value: formatNumber(serving.restarts) },
			...extensionLines(serving),
		);
	return { title: serving === null ? 'Run' : 'Serving', lines };
}

/** What those waited that were served. */
export function latencyLines(serving: ServingSummary): Line[] {
	return [
		{ label: `TTFT p50 / p90 / p99${ofCompleted(serving)}`, value: tails(serving.ttftS) },
		{ label: `end to end p50 / p90 / p99${ofCompleted(serving)}`, value: tails(serving.e2eS) },
	];
}

/** Where the requests are at the end, in a line: what is not zero, all of which adds up to those that arrived. */
export function fateText(serving: ServingSummary): string {
	const { arrived, completed, waiting, running, rejected, underway } = serving;
	const parts = [
		[completed, 'completed'],
		[running, 'running'],
		[waiting, 'waiting'],
		[underway, 'on their way'],
		[rejected, 'rejected'],
	] as const;
	const said = parts
		.filter(([count], i) => i === 0 || count > 0)
		.map(([count, word]) => `${formatNumber(count)} ${word}`);
	return Number.isNaN(arrived)
		? `${formatNumber(completed)} completed`
		: `${formatNumber(arrived)} arrived: ${said.join(', ')}`;
}

/** Where the requests are at the end; the lines below the first add up to it. */
function fateLines(serving: ServingSummary): Line[] {
	const { arrived, completed, waiting, running, rejected, underway } = serving;
	const line = (label: string, count: number): Line => ({ label, value: formatNumber(count) });
	if (Number.isNaN(arrived)) return [line('requests completed', completed)];
	return [
		line('requests arrived', arrived),
		line('requests completed', completed),
		line('waiting at the end', waiting),
		line('running at the end', running),
		...(underway > 0 ? [line('on their way at the end', underway)] : []),
		...(rejected > 0 ? [line('rejected, as they can never fit', rejected)] : []),
		...(completed === 0
			? [
					{
						label: 'latencies',
						value: `none: no request ${arrived === 0 ? 'arrived' : 'completed'}`,
					},
				]
			: []),
	];
}

/** Requests that were not sent as their source has them. */
export function changeLines({ arrived, ...serving }: ServingSummary): Line[] {
	const { shortened = 0, tokensCut = 0, lengthened = 0, leftOut = 0 } = serving;
	const lines: Line[] = [];
	const of = Number.isNaN(arrived) ? '' : ` of ${formatNumber(arrived)}`;
	if (shortened > 0)
		lines.push(
			{
				label: 'shortened to the longest request allowed',
				value: `${formatNumber(shortened)}${of}`,
			},
			{ label: 'tokens that they lost', value: formatNumber(tokensCut) },
		);
	if (lengthened > 0)
		lines.push({ label: 'without tokens, taken as 1', value: formatNumber(lengthened) });
	if (leftOut > 0) lines.push({ label: 'left out, never sent', value: formatNumber(leftOut) });
	return lines;
}

/** For a number of completed requests that stands alone. */
export function completedLabel({ arrived, completed }: ServingSummary): string {
	return arrived > completed
		? `requests completed, of ${formatNumber(arrived)} that arrived`
		: 'requests completed';
}

/** Latencies speak of those alone that completed: said where others did not. */
function ofCompleted({ arrived, completed }: ServingSummary): string {
	return arrived > completed ? `, of the ${formatNumber(completed)} completed` : '';
}

/** What only runs with a prefix cache or two pools have. */
function extensionLines({ cachedShare, transferS }: ServingSummary): Line[] {
	const lines: Line[] = [];
	if (cachedShare !== undefined)
		lines.push({ label: 'prompt tokens found in cache', value: withUnit(cachedShare, '%') });
	if (transferS !== undefined)
		lines.push({ label: 'KV transfer p50 / p90 / p99', value: tails(transferS) });
	return lines;
}

function tails({ p50, p90, p99 }: Quantiles): string {
	const inMs = p99 < 1;
	const numbers = [p50, p90, p99].map((seconds) => formatNumber(inMs ? 1000 * seconds : seconds));
	return `${numbers.join(' / ')} ${inMs ? 'ms' : 's'}`;
}
