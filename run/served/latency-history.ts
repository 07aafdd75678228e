import type { LatencyHistory, LatencyQuery } from '../../services/gateway/runs-host.ts';
import { withTable } from './table-part.ts';

const SECOND_US = 1e6;

/** Requests that were completed in one stretch of time. */
interface Stretch {
	readonly number: number;
	readonly firstTokenS: number[];
	readonly e2eS: number[];
}

type Parts = Omit<LatencyHistory, 'site'>;

/**
 * How long requests took, by the time at which they were completed: quantiles of each stretch. One stretch is held at a time,
 * since rows are in that order.
 *
 * @param path of request_metrics.csv; one that is not there has no requests
 */
export async function latencyHistoryOf(
	path: string,
	site: string,
	query: LatencyQuery,
): Promise<LatencyHistory> {
	const none: Parts = {
		timeUs: [],
		requests: [],
		ttftP50S: [],
		ttftP99S: [],
		e2eP50S: [],
		e2eP99S: [],
	};
	const parts = await withTable(path, async ({ header, rowsFrom, lastRows }) => {
		const [arrived, e2e, firstToken] = ['arrived_at', 'request_e2e_time', 'prefill_e2e_time'].map(
			(name) => header.indexOf(name),
		) as [number, number, number];
		const doneUs = (row: readonly string[]) =>
			(Number(row[arrived]) + Number(row[e2e])) * SECOND_US;
		const [last] = await lastRows(1);
		const { fromUs, points } = query;
		const untilUs = Math.min(
			query.toUs ?? Number.POSITIVE_INFINITY,
			last === undefined ? 0 : doneUs(last) + 1,
		);
		const perUs = Math.max(SECOND_US, (untilUs - fromUs) / points);
		const found: Parts = structuredClone(none);
		let stretch: Stretch | null = null;
		for await (const row of rowsFrom((one) => doneUs(one) < fromUs)) {
			const atUs = doneUs(row);
			if (atUs < fromUs) continue;
			if (atUs >= untilUs) break;
			const number = Math.floor((atUs - fromUs) / perUs);
			if (stretch === null || number > stretch.number) {
				if (stretch !== null) close(found, stretch, fromUs + (stretch.number + 1) * perUs);
				stretch = { number, firstTokenS: [], e2eS: [] };
			}
			stretch.firstTokenS.push(Number(row[firstToken]));
			stretch.e2eS.push(Number(row[e2e]));
		}
		if (stretch !== null)
			close(found, stretch, Math.min(untilUs, fromUs + (stretch.number + 1) * perUs));
		return found;
	});
	return { site, ...(parts ?? none) };
}

/** A stretch stands at its end, when all of it is known. */
function close(found: Parts, { firstTokenS, e2eS }: Stretch, untilUs: number): void {
	const byNumber = (a: number, b: number) => a - b;
	firstTokenS.sort(byNumber);
	e2eS.sort(byNumber);
	found.timeUs.push(Math.round(untilUs));
	found.requests.push(e2eS.length);
	found.ttftP50S.push(quantile(firstTokenS, 0.5));
	found.ttftP99S.push(quantile(firstTokenS, 0.99));
	found.e2eP50S.push(quantile(e2eS, 0.5));
	found.e2eP99S.push(quantile(e2eS, 0.99));
}

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
