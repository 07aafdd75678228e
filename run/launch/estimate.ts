import { usToSeconds } from '../../protocol/time.ts';
import type { Plan } from '../resolve/plan.ts';
import { INLINE_HOST } from './placement.ts';

/** What a run will take, about: within a factor of two on a machine that has nothing else to do. */
export interface Estimate {
	readonly requests: number;
	/** Real time, s. */
	readonly wallS: number;
	/** Of all its files. */
	readonly bytes: number;
	/** Of request_metrics.csv alone. */
	readonly requestBytes: number;
}

/** Bytes of a row; of tables with a row a step also for each member that adds columns. */
const BYTES = { request: 385, step: 180, replica: 200, sky: 100, batch: 65, span: 173, page: 1e6 };
/** Parquet beside the CSV files. */
const PARQUET = 0.35;
/** Batches a second of a replica that has something to do, and seconds that a request keeps it busy. */
const BATCHES_PER_S = 80;
const BUSY_S = 3;

/**
 * Microseconds of a core, measured on runs of 60 days without and of a day with replicas (Node 20, 2.4 GHz): a step of an
 * actor in one process, a step of actors in several, which wait for each other, and a request, its row and its share of
 * the report.
 */
const COST_US = { step: 8, exchange: 350, request: 45, reported: 10, batch: 4 };
const START_S = 1;

/**
 * About what a run will take.
 *
 * @param cores of this machine
 */
export function estimateOf(plan: Plan, cores: number): Estimate {
	const { roster, frame, requests = 0, scenario, sites } = plan;
	const { outputs } = scenario;
	const untilS = usToSeconds(frame.untilUs);
	const steps = frame.untilUs / frame.stepUs;
	const count = (kind: string) => roster.filter((entry) => entry.kind === kind).length;
	const replicas = count('replica');
	const batches = batchesOf(requests, replicas, untilS);
	const requestBytes = outputs.requests === 'full' ? BYTES.request * requests : 0;
	const tables =
		requestBytes +
		steps *
			(BYTES.step * (sites?.length ?? 1) + BYTES.replica * replicas + BYTES.sky * count('solar')) +
		(outputs.batches ? BYTES.batch * batches : 0);
	const bytes =
		tables * (outputs.parquet ? 1 + PARQUET : 1) +
		(outputs.chromeTrace ? BYTES.span * batches : 0) +
		BYTES.page;
	const hosts = new Set(roster.map(({ host }) => host));
	const isInline = hosts.size === 1 && hosts.has(INLINE_HOST);
	const atOnce = isInline ? 1 : Math.max(1, Math.min(cores, replicas));
	const written = outputs.batches || outputs.chromeTrace ? COST_US.batch * batches : 0;
	const us =
		steps * (COST_US.step * roster.length + (isInline ? 0 : COST_US.exchange)) +
		(requests * COST_US.request) / atOnce +
		requests * COST_US.reported +
		written;
	const computedS = START_S + us / 1e6;
	const wallS = frame.pace === null ? computedS : Math.max(computedS, untilS / frame.pace);
	return { requests: Math.round(requests), wallS, bytes: Math.round(bytes), requestBytes };
}

/** Replicas that always have something to do have no more batches for more requests. */
function batchesOf(requests: number, replicas: number, untilS: number): number {
	if (replicas === 0) return 0;
	const perS = requests / replicas / untilS;
	return replicas * untilS * BATCHES_PER_S * (1 - Math.exp(-perS * BUSY_S));
}
