import * as z from 'zod';
import { Curve, curveAt } from './curve.ts';
import type { TimeOf } from './token-ops.ts';

/** Measured collectives of one kind of network, over the bytes sent. */
export const Network = z.strictObject({
	network: z.string(),
	device: z.string(),
	/** Pairs of A100 and H100 are sold in fours, A40s in eights; DGX have eight. */
	gpusPerNode: z.int().positive(),
	source: z.string(),
	allReduce: z.array(
		z.strictObject({ workers: z.int(), perNode: z.int(), label: z.string(), curve: Curve }),
	),
	sendRecv: z.array(z.strictObject({ perNode: z.int(), curve: Curve })),
});
export type Network = z.infer<typeof Network>;

const BYTES_PER_VALUE = 2;

/** Collectives of a model by tokens, and whether they were measured for so many workers. */
export interface Collectives {
	readonly allReduce: TimeOf | null;
	readonly sendRecv: TimeOf;
	readonly sendAcrossNodes: TimeOf;
	readonly label: 'measured' | 'extrapolated';
}

/** All-reduces as an engine launches them, within a CUDA graph, by the number of GPUs: no call of NCCL, no launch. */
export const GraphAllReduce = z.strictObject({
	network: z.string(),
	device: z.string(),
	source: z.string(),
	allReduce: z.array(z.strictObject({ workers: z.int(), curve: Curve })).min(1),
});
export type GraphAllReduce = z.infer<typeof GraphAllReduce>;

/**
 * How all-reduces are taken. As in engines: within a graph where that was measured, else calls of NCCL, and what nobody
 * measured bounded by rings. As in Vidur: calls of NCCL, and what nobody measured in proportion to others.
 */
export type AllReduces =
	| { readonly as: 'engine'; readonly graph: GraphAllReduce | null }
	| { readonly as: 'vidur' };

/** A collective that is derived never takes longer than this many rings at the speed of the measured link. */
export const MOST_RINGS = 4;

/** What a ring sends of its bytes over each of its links: 2 (w - 1) parts of w. */
function ringShare(workers: number): number {
	return (2 * (workers - 1)) / workers;
}

/** Sending from one GPU to the next, within a node (2 GPUs of one) or between nodes (1 of each). */
function sendCurve({ sendRecv }: Network, toNode: number): Curve {
	const found = sendRecv.find(({ perNode }) => perNode === toNode);
	return (found ?? (sendRecv[0] as Network['sendRecv'][number])).curve;
}

/**
 * An all-reduce around a ring, in microseconds: 2 (w - 1) times a w-th of the bytes goes on to the next GPU
 * (Patarasuk and Yuan, Journal of Parallel and Distributed Computing 69(2), 2009), all of them over the slowest link.
 */
function ringUs(network: Network, workers: number): (bytes: number) => number {
	const link = sendCurve(network, workers > network.gpusPerNode ? 1 : 2);
	return (bytes) => 2 * (workers - 1) * curveAt(link, bytes / workers);
}

/** The highest rate of a link, bytes per microsecond. */
function fastest({ at, us }: Curve): number {
	return at.reduce((most, bytes, i) => Math.max(most, bytes / (us[i] as number)), 0);
}

/**
 * Collectives over the workers of a layer: all-reduce, and sending activations to the next pipeline stage. Workers that
 * were not measured take the time of the nearest measured number of them, times the ratio of what a ring
 * sends, 2 (w - 1) / w; but no less than the bytes take over the link that they must cross, and no more than four
 * rings. Where no all-reduce was measured on the device at all it is a ring. Within a graph all that is not needed.
 */
export function collectives(
	network: Network,
	width: number,
	workers: number,
	allReduces: AllReduces,
): Collectives {
	const perToken = width * BYTES_PER_VALUE;
	const sending = (toNode: number) => {
		const curve = sendCurve(network, toNode);
		return (tokens: number) => curveAt(curve, tokens * perToken);
	};
	const sends = { sendRecv: sending(2), sendAcrossNodes: sending(1) };
	if (workers === 1) return { allReduce: null, ...sends, label: 'measured' };
	const { curve, ratio, label, isExact } = nearestAllReduce(network, workers);
	const inProportion = (bytes: number) => curveAt(curve, bytes) * ratio;
	const graph =
		allReduces.as === 'vidur'
			? undefined
			: allReduces.graph?.allReduce.find((one) => one.workers === workers)?.curve;
	const calls = (): ((bytes: number) => number) => {
		if (allReduces.as === 'vidur') return inProportion;
		if (label === 'extrapolated') return ringUs(network, workers);
		return ratio === 1 ? inProportion : bounded(network, workers, inProportion);
	};
	const called = calls();
	// An engine takes its own kernel where that is faster, which is up to some MB, and NCCL beyond.
	const allReduceUs =
		graph === undefined
			? called
			: (bytes: number) => Math.min(curveAt(graph, bytes), called(bytes));
	return {
		allReduce: (tokens) => allReduceUs(tokens * perToken),
		...sends,
		label: isExact && label === 'measured' ? 'measured' : 'extrapolated',
	};
}

/** The all-reduce of so many workers, or the likest there is, with what a ring sends over what that one's does. */
function nearestAllReduce({ allReduce }: Network, workers: number) {
	const onOneNode = allReduce.filter((one) => one.workers === one.perNode);
	const exact = onOneNode.find((one) => one.workers === workers);
	const across = allReduce.find((one) => one.workers === workers);
	const most = onOneNode.reduce((a, b) => (a.workers > b.workers ? a : b));
	const found = exact ?? across ?? most;
	return {
		curve: found.curve,
		ratio: ringShare(workers) / ringShare(found.workers),
		label: found.label,
		isExact: found === exact,
	};
}

function bounded(network: Network, workers: number, us: (bytes: number) => number) {
	const link = sendCurve(network, workers > network.gpusPerNode ? 1 : 2);
	const least = ringShare(workers) / fastest(link);
	const ring = ringUs(network, workers);
	return (bytes: number) => Math.min(MOST_RINGS * ring(bytes), Math.max(bytes * least, us(bytes)));
}
