import { parse } from 'csv-parse/sync';
import type { ModelGeometry } from '../model.ts';
import { type Curve, curveAt, thin } from '../profile/curve.ts';
import type { Network } from '../profile/network.ts';
import type { MeasuredOps } from '../profile/token-ops.ts';
import { mean, tokenOpSamples } from './samples.ts';

/** Kept curves are within this of every median; half a microsecond is the resolution of the source. */
const TOLERANCE = { relative: 0.003, absoluteUs: 0.5 };
/** A collective's medians of three runs scatter by several percent; more points would be noise. */
const NETWORK_TOLERANCE = { relative: 0.01, absoluteUs: 0.5 };

const SOURCE = 'medians of microsoft/vidur 7d47513 (MIT), thinned to 0.3 %';

/** The operators of mlp.csv as curves, for all tensor parallelisms in it. */
export function measuredParts(text: string, model: ModelGeometry, device: string): MeasuredOps {
	const byTensorParallel: MeasuredOps['byTensorParallel'] = {};
	for (const tensorParallel of [1, 2, 4, 8]) {
		const { tokens, ms } = tokenOpSamples(text, model, tensorParallel);
		if (tokens.length === 0) continue;
		byTensorParallel[String(tensorParallel)] = Object.fromEntries(
			Object.entries(ms)
				.filter(([, column]) => column.some((value) => value > 0))
				.map(([op, column]) => [op, curveOf(tokens, column, TOLERANCE)]),
		);
	}
	return { model: model.name, device, source: SOURCE, byTensorParallel };
}

function curveOf(xs: readonly number[], ms: readonly number[], tolerance: typeof TOLERANCE): Curve {
	const points = xs.map((x, i) => [x, Number((1000 * (ms[i] as number)).toPrecision(5))] as const);
	return thin(points, tolerance);
}

type Row = Record<string, string>;

/** Collectives of all_reduce.csv and send_recv.csv. Without the former, those of `like` scaled (`borrowed`). */
export function networkPart(
	name: string,
	device: string,
	gpusPerNode: number,
	texts: { readonly allReduce: string | null; readonly sendRecv: string },
): Network {
	const series = (text: string, op: string) => {
		const groups = new Map<string, Row[]>();
		for (const row of parse(text, { columns: true }) as Row[]) {
			const key = `${row['num_workers']} ${row['devices_per_node']}`;
			groups.set(key, [...(groups.get(key) ?? []), row]);
		}
		return [...groups].map(([key, rows]) => {
			const [workers, perNode] = key.split(' ').map(Number) as [number, number];
			const bySize = new Map<number, number[]>();
			for (const row of rows) {
				const size = Number(row['size']);
				bySize.set(size, [...(bySize.get(size) ?? []), Number(row[`time_stats.${op}.median`])]);
			}
			const sizes = [...bySize.keys()].sort((a, b) => a - b);
			const ms = sizes.map((size) => mean(bySize.get(size) ?? []));
			return { workers, perNode, curve: curveOf(sizes, ms, NETWORK_TOLERANCE) };
		});
	};
	return {
		network: name,
		device,
		gpusPerNode,
		source: 'medians of microsoft/vidur 7d47513 (MIT), thinned to 1 %',
		allReduce:
			texts.allReduce === null
				? []
				: series(texts.allReduce, 'all_reduce').map((one) => ({ ...one, label: 'measured' })),
		sendRecv: series(texts.sendRecv, 'send_recv').map(({ perNode, curve }) => ({
			perNode,
			curve,
		})),
	};
}

/**
 * All-reduce where none was measured: another network's, times the ratio of the two in sending from one GPU
 * to the next. Only `compatibility: vidur` still takes it (profile/network.ts).
 */
export function borrowed(network: Network, like: Network): Network {
	const pair = (of: Network) => of.sendRecv.find(({ perNode }) => perNode === 2)?.curve as Curve;
	const ratio = (bytes: number) =>
		curveAt(pair(network), Math.min(bytes, 6e7)) / curveAt(pair(like), Math.min(bytes, 6e7));
	return {
		...network,
		allReduce: like.allReduce.map(({ workers, perNode, curve }) => ({
			workers,
			perNode,
			label: 'extrapolated',
			curve: {
				at: curve.at,
				us: curve.us.map((us, i) => Number((us * ratio(curve.at[i] as number)).toPrecision(4))),
			},
		})),
	};
}
