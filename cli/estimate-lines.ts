import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { formatNumber } from '../results/report/format.ts';
import { type Estimate, estimateOf } from '../run/launch/estimate.ts';
import type { Plan } from '../run/resolve/plan.ts';
import { bytesText } from './bytes-text.ts';
import { spanText } from './speed.ts';

/** Shorter and smaller runs need no word. */
const LONG_S = 60;
const LARGE_BYTES = 1e9;

/** What a run will take on this machine. */
export function estimateHere(plan: Plan): Estimate {
	return estimateOf(plan, availableParallelism());
}

/** What is worth saying of that before a run: how long and how large it will be, and what is too much; often nothing. */
export function estimateLines(plan: Plan): string[] {
	// One that goes on has a part behind it.
	if (plan.requests === undefined) return [];
	const { wallS, bytes } = estimateHere(plan);
	const isWorthIt = wallS > LONG_S || bytes > LARGE_BYTES;
	return isWorthIt ? estimateText(plan) : tooMuch(plan);
}

/** What the run takes, in a line, and what is too much. */
export function estimateText(plan: Plan): string[] {
	const { wallS, bytes } = estimateHere(plan);
	const { repeats } = plan.scenario;
	const who = repeats > 1 ? `each of ${repeats} repeats takes` : 'takes';
	return [`${who} about ${spanText(wallS)} and ${bytesText(bytes)}`, ...tooMuch(plan)];
}

function tooMuch(plan: Plan): string[] {
	const { requests, bytes, requestBytes } = estimateHere(plan);
	const free = freeBytes(plan.folder);
	const all = bytes * plan.scenario.repeats;
	return [
		...(requestBytes > LARGE_BYTES
			? [
					`WARNING: request_metrics.csv will have about ${formatNumber(requests)} rows, ${bytesText(requestBytes)}; --request-metrics sketch keeps quantiles alone`,
				]
			: []),
		...(free !== null && all > free
			? [
					`WARNING: the run will take about ${bytesText(all)}, and ${bytesText(free)} are free there`,
				]
			: []),
	];
}

/** Where a folder is, or will be; null where nobody can tell. */
function freeBytes(folder: string): number | null {
	for (let path = folder; ; path = dirname(path)) {
		try {
			const { bavail, bsize } = statfsSync(path);
			return bavail * bsize;
		} catch {
			if (path === dirname(path)) return null;
		}
	}
}
