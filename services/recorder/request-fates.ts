import type { WireInput } from '../../kernel/actor/contract.ts';
import type { RequestFates } from '../../protocol/run-folder/metadata.ts';
import type { RecorderConfig } from './config.ts';

/** Requests that were not sent as their source has them; counted where the configuration allows it. */
export interface Changes {
	/** They lost tokens; and how many. */
	shortened: number;
	tokensCut: number;
	/** Prompts and answers of 0 tokens that count as 1. */
	lengthened: number;
	/** They were left out, and did not arrive. */
	leftOut: number;
}

/** Counts of 0 each, to be added to. */
export function noChanges(): Changes {
	return { shortened: 0, tokensCut: 0, lengthened: 0, leftOut: 0 };
}

/** Counts a row of `changed`. */
export function countChange(changes: Changes, wire: WireInput): void {
	const [id, askedPrefill, askedDecode, prefill, decode] = [0, 1, 2, 3, 4].map((field) =>
		wire.value(field),
	) as [number, number, number, number, number];
	if (Number.isNaN(id)) {
		changes.leftOut += 1;
		return;
	}
	if (askedPrefill === 0 || askedDecode === 0) changes.lengthened += 1;
	const cut = Math.max(1, askedPrefill) + Math.max(1, askedDecode) - prefill - decode;
	if (cut === 0) return;
	changes.shortened += 1;
	changes.tokensCut += cut;
}

/** Of each replica what its last row of `usage` says of requests, in the order of `COUNTS`. */
export type LastCounts = Record<string, readonly number[]>;

/** Fields of the port `usage` that count requests. */
const COUNTS = ['arrived', 'waiting', 'running', 'rejected'] as const;

/** Remembers the counts of a row of `usage`; null where replicas do not report them. */
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
	readonly changes: Changes;
}

/** The sums over replicas; `hasWays` where the router says what it sent on its way to them. */
export function fatesOf(
	{ lastCounts, requestsCompleted: completed, requestsRouted, changes }: Counted,
	hasWays: boolean,
	hasChanges: boolean,
): RequestFates {
	const [atReplicas = 0, waiting = 0, running = 0, rejected = 0] = COUNTS.map((_, i) =>
		Object.values(lastCounts).reduce((sum, counts) => sum + (counts[i] as number), 0),
	);
	const arrived = hasWays ? requestsRouted : atReplicas;
	const underway = arrived - completed - waiting - running - rejected;
	const counted = hasChanges ? changes : {};
	return { arrived, completed, waiting, running, rejected, underway, ...counted };
}
