import * as z from 'zod';
import { Curve, curveAt } from './curve.ts';
import type { TimeOf } from './token-ops.ts';

/** Measured collectives of one kind of network, over the bytes sent. */
export const Network = z.strictObject({
	network: z.string(),
	device: z.string(),
	source: z.string(),
	allReduce: z.array(
		z.strictObject({ workers: z.int(), perNode: z.int(), label: z.string(), curve: Curve }),
	),
	sendRecv: z.array(z.strictObject({ perNode: z.int(), curve: Curve })),
});
export type Network = z.infer<typeof Network>;

/** GPUs of a node: pairs of A100 and H100 are sold in fours, A40s in eights; DGX have eight. */
export function gpusPerNode({ network, device }: Network): number {
	return network === 'pairwise' && device !== 'a40' ? 4 : 8;
}

const BYTES_PER_VALUE = 2;

/** Collectives of a model by tokens, and whether they were measured for so many workers. */
export interface Collectives {
	readonly allReduce: TimeOf | null;
	readonly sendRecv: TimeOf;
	readonly sendAcrossNodes: TimeOf;
	readonly label: 'measured' | 'extrapolated';
}

/**
 * All-reduce over the workers of a layer, and sending activations to the next pipeline stage. Workers that
 * were not measured take the time of the nearest measured number of them, times the ratio of what a ring
 * sends, 2 (w - 1) / w.
 */
export function collectives(network: Network, width: number, workers: number): Collectives {
	const perToken = width * BYTES_PER_VALUE;
	const sending = (toNode: number) => {
		const found = network.sendRecv.find(({ perNode }) => perNode === toNode);
		const { curve } = found ?? (network.sendRecv[0] as Network['sendRecv'][number]);
		return (tokens: number) => curveAt(curve, tokens * perToken);
	};
	const sends = { sendRecv: sending(2), sendAcrossNodes: sending(1) };
	if (workers === 1) return { allReduce: null, ...sends, label: 'measured' };
	const onOneNode = network.allReduce.filter((one) => one.workers === one.perNode);
	const exact = onOneNode.find((one) => one.workers === workers);
	const across = network.allReduce.find((one) => one.workers === workers);
	const most = onOneNode.reduce((a, b) => (a.workers > b.workers ? a : b));
	const { curve, workers: sampled, label } = exact ?? across ?? most;
	const ratio = (2 * (workers - 1)) / workers / ((2 * (sampled - 1)) / sampled);
	return {
		allReduce: (tokens) => curveAt(curve, tokens * perToken) * ratio,
		...sends,
		label: exact !== undefined && label === 'measured' ? 'measured' : 'extrapolated',
	};
}
