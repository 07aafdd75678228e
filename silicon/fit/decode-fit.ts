import { interpolate } from '../predictor/interpolate.ts';
import { type AttentionSample, mean } from './samples.ts';

/** Time of decode attention in ms by batch size and KV length. */
export type DecodeModel = (batch: number, kv: number) => number;

/** Launching the kernel, in ms: what the shortest decodes tend to. */
const LAUNCH_MS = 0.006;
/** KV lengths at which reading the cache outweighs all else; the shortest is taken where there is no other. */
const BANDWIDTH_KV = [1800, 6000, 1000] as const;
/** Upper ends of the groups of KV lengths whose samples are joined along the batch size. */
const GROUP_ENDS = [128, 400, 600, 1500, 2500, 4000, 7000, 12000, Number.POSITIVE_INFINITY];

/**
 * Decode attention reads the whole KV cache, so its time is `launch + e(batch) * batch * kv`. The cost per
 * cached token e(batch) is a saw-tooth: heads times batch are spread over 108 multiprocessors, and each time
 * they fill another round, the last round runs half empty. Its teeth are sharp, so e is taken from the
 * samples point by point, linear between. What the samples show beside that law (short caches cost more, long
 * ones less) is a factor, linear along the batch size within a group of KV lengths and linear in log(kv)
 * between groups. So the steps, sampled densely at a few KV lengths, appear at all.
 */
export function fitDecode(samples: readonly AttentionSample[]): DecodeModel {
	const perToken = bandwidthCost(samples);
	const law: DecodeModel = (batch, kv) => LAUNCH_MS + perToken(batch) * batch * kv;
	const groups = GROUP_ENDS.map((end, i) => {
		const start = GROUP_ENDS[i - 1] ?? 0;
		return samples.filter(({ kv }) => kv > start && kv <= end);
	})
		.filter((group) => group.length > 0)
		.map((group) => ({
			logKv: mean(group.map(({ kv }) => Math.log(kv))),
			factor: line(group.map(({ batch, kv, ms }) => [batch, ms / law(batch, kv)])),
		}));
	const logs = groups.map(({ logKv }) => logKv);
	return (batch, kv) => {
		const factors = groups.map(({ factor }) => factor(batch));
		return law(batch, kv) * interpolate(logs, factors, Math.log(Math.max(kv, 1)));
	};
}

/** Cost per cached token and batch member, in ms. */
function bandwidthCost(samples: readonly AttentionSample[]): (batch: number) => number {
	const [from, to, least] = BANDWIDTH_KV;
	const long = samples.filter(({ kv }) => kv >= from && kv <= to);
	const covered = new Set(long.map(({ batch }) => batch));
	const longest = Math.max(...covered);
	const rest = samples.filter(({ batch, kv }) => batch > longest && kv >= least);
	return line(
		[...long, ...rest].map(({ batch, kv, ms }) => [batch, (ms - LAUNCH_MS) / (batch * kv)]),
	);
}

/** The line through points, those of equal x averaged; level outside. */
function line(points: readonly (readonly [number, number])[]): (x: number) => number {
	const byX = new Map<number, number[]>();
	for (const [x, y] of points) byX.set(x, [...(byX.get(x) ?? []), y]);
	const xs = [...byX.keys()].sort((a, b) => a - b);
	const ys = xs.map((x) => mean(byX.get(x) ?? []));
	return (x) => interpolate(xs, ys, x);
}
