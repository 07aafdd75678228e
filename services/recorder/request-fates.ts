import type { WireInput } from '../actor/contract.ts';
import type { RecorderConfig } from './config.ts';

/** Where the requests of a run are at its end, in metadata.yaml; all of them add up to `arrived`. */
export type RequestFates = {
	readonly arrived: number;
	readonly completed: number;
	readonly waiting: number;
	readonly running: number;
	/** They could never have been served. */
	readonly rejected: number;
	/** Between two replicas, or on the network. */
	readonly underway: number;
};

/** Of each replica what its last row of `usage` says of requests, in the order of `COUNTS`. */
export type LastCounts = Record<string, readonly number[]>;

/** Fields of the port `usage` that count requests. */
const COUNTS = ['arrived', 'waiting', 'running', 'rejected'] as const;

/** Remembers the counts of a row of `usage`; null where replicas do not tell them. */
export function countsReader({
	usage,
}: RecorderConfig): ((last: LastCounts, wire: WireInput) => void) | null {
	const fields = COUNTS.map((name) => usage.findIndex((field) => field.name === name));
	if (fields.includes(-1)) return null;
	return (last, wire) => {
		last[wire.source] = fields.map((field) => wire.value(field));
	};
}

/** What the recorder has counted. */
interface Counted {
	readonly lastCounts: LastCounts;
	readonly requestsCompleted: number;
	readonly requestsRouted: number;
}

/** The sums over replicas; `hasWays` where the router says what it sent on its way to them. */
export function fatesOf(
	{ lastCounts, requestsCompleted: completed, requestsRouted }: Counted,
	hasWays: boolean,
): RequestFates {
	const [atReplicas = 0, waiting = 0, running = 0, rejected = 0] = COUNTS.map((_, i) =>
		Object.values(lastCounts).reduce((sum, counts) => sum + (counts[i] as number), 0),
	);
	const arrived = hasWays ? requestsRouted : atReplicas;
	const underway = arrived - completed - waiting - running - rejected;
	return { arrived, completed, waiting, running, rejected, underway };
}
