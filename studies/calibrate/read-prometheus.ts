import * as z from 'zod';
import type {
	PowerLog,
	PowerSample,
	ServedLog,
	ServedRequest,
	ServedWindow,
} from './served-log.ts';

/** One time series of a range query: times in s since 1970, and values. */
export interface Series {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly points: readonly (readonly [number, number])[];
}

const Point = z.tuple([z.number(), z.union([z.string(), z.number()])]);
const Matrix = z.object({
	resultType: z.literal('matrix'),
	result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(Point) })),
});
const Answer = z.object({ status: z.literal('success'), data: Matrix });
/** One answer of `/api/v1/query_range`, several of them in a list, or only their data. */
const Export = z.union([Answer, Matrix, z.array(z.union([Answer, Matrix]))]);

/** The series of such an export; null where it is none. */
export function matrixSeries(value: unknown): Series[] | null {
	const parsed = Export.safeParse(value);
	if (!parsed.success) return null;
	const answers = Array.isArray(parsed.data) ? parsed.data : [parsed.data];
	return answers
		.map((answer) => ('data' in answer ? answer.data : answer))
		.flatMap(({ result }) =>
			result.map(({ metric: { __name__: name = '', ...labels }, values }) => ({
				...{ name, labels },
				points: values.map(([atS, text]) => [atS, Number(text)] as const),
			})),
		);
}

/** What an engine counts; the first name that is there counts. */
const COUNTERS = {
	firstTokens: ['vllm:time_to_first_token_seconds_count'],
	ttftS: ['vllm:time_to_first_token_seconds_sum'],
	gaps: ['vllm:inter_token_latency_seconds_count', 'vllm:time_per_output_token_seconds_count'],
	gapsS: ['vllm:inter_token_latency_seconds_sum', 'vllm:time_per_output_token_seconds_sum'],
	prompt: ['vllm:prompt_tokens_total', 'vllm:prompt_tokens'],
	output: ['vllm:generation_tokens_total', 'vllm:generation_tokens'],
} as const satisfies Record<string, readonly string[]>;

/** Whether series are those of an engine. */
export function countsRequests(series: readonly Series[]): boolean {
	return series.some(({ name }) => COUNTERS.firstTokens.some((known) => known === name));
}

/**
 * The requests that an engine has counted: as many in each window as first tokens came in it, evenly, each with the mean of
 * its prompts; their answers have the mean length of all.
 *
 * @throws Error that names the counter that is not there
 */
export function countedRequests(series: readonly Series[]): ServedLog {
	const summed = (key: keyof typeof COUNTERS) => {
		const name = COUNTERS[key].find((known) => series.some((one) => one.name === known));
		if (name === undefined) throw new Error(`it has no series ${COUNTERS[key][0]}`);
		return increases(series.filter((one) => one.name === name));
	};
	const [firsts, ttfts, gaps, gapsS, prompts, outputs] = [
		...(['firstTokens', 'ttftS', 'gaps', 'gapsS', 'prompt', 'output'] as const).map(summed),
	] as [Increases, Increases, Increases, Increases, Increases, Increases];
	const times = firsts.times;
	const startS = times[0] ?? 0;
	const count = firsts.total;
	if (!(count > 0)) throw new Error('no request has had its first token in it');
	const outputTokens = Math.max(1, Math.round(outputs.total / count));
	const requests: ServedRequest[] = [];
	const windows: ServedWindow[] = [];
	let owed = 0;
	for (let i = 1; i < times.length; i++) {
		const [fromS, untilS] = [times[i - 1] as number, times[i] as number];
		const came = firsts.between(fromS, untilS);
		const promptTokens = Math.max(1, Math.round(prompts.between(fromS, untilS) / (came || 1)));
		owed += came;
		const sent = Math.round(owed);
		owed -= sent;
		for (let k = 0; k < sent; k++) {
			const arrivedS = fromS - startS + ((k + 0.5) / sent) * (untilS - fromS);
			requests.push({ arrivedS, promptTokens, outputTokens, ttftS: null, e2eS: null });
		}
		const gapCount = gaps.between(fromS, untilS);
		windows.push({
			...{ fromS: fromS - startS, untilS: untilS - startS, firstTokens: came },
			ttftS: came > 0 ? ttfts.between(fromS, untilS) / came : null,
			itlS: gapCount > 0 ? gapsS.between(fromS, untilS) / gapCount : null,
		});
	}
	return {
		...{ format: 'counters of vLLM', requests, windows, startEpochS: startS, isExact: false },
		notes: [
			`single requests are not in it: ${requests.length} are sent evenly within each scrape, with mean lengths, and compared in their means`,
		],
	};
}

interface Increases {
	readonly times: readonly number[];
	readonly total: number;
	between(fromS: number, untilS: number): number;
}

/** How counters rise; one that falls was begun anew from 0. */
function increases(series: readonly Series[]): Increases {
	const times = [...new Set(series.flatMap(({ points }) => points.map(([atS]) => atS)))].sort(
		(a, b) => a - b,
	);
	const risen = new Map<number, number>();
	for (const { points } of series)
		for (let i = 1; i < points.length; i++) {
			const [atS, value] = points[i] as readonly [number, number];
			const before = (points[i - 1] as readonly [number, number])[1];
			const rise = value >= before ? value - before : value;
			risen.set(atS, (risen.get(atS) ?? 0) + (Number.isFinite(rise) ? rise : 0));
		}
	const between = (fromS: number, untilS: number) => {
		let sum = 0;
		for (const [atS, rise] of risen) if (atS > fromS && atS <= untilS) sum += rise;
		return sum;
	};
	return { times, total: between(-Infinity, Infinity), between };
}

/** Names of the power of a GPU, W, in what exporters say. */
export const POWER_SERIES = ['DCGM_FI_DEV_POWER_USAGE', 'nvidia_smi_power_draw_watts'];

/** The power in series of an exporter; null where there is none. */
export function seriesPower(series: readonly Series[]): PowerLog | null {
	const power = series.filter(({ name }) => POWER_SERIES.includes(name));
	if (power.length === 0) return null;
	const samples = power.flatMap(({ points }) =>
		points.map(([atS, powerW]): PowerSample => ({ atS, powerW })),
	);
	return {
		...{ format: power[0]?.name ?? '', gpus: power.length, samples: meanOf(samples) },
		...{ isLocal: false, isRelative: false },
	};
}

/** Samples of several GPUs at the same times as one. */
export function meanOf(samples: readonly PowerSample[]): PowerSample[] {
	const at = new Map<number, { sumW: number; count: number }>();
	for (const { atS, powerW } of samples) {
		if (!Number.isFinite(atS) || !Number.isFinite(powerW)) continue;
		const one = at.get(atS) ?? { sumW: 0, count: 0 };
		at.set(atS, { sumW: one.sumW + powerW, count: one.count + 1 });
	}
	return [...at]
		.map(([atS, { sumW, count }]) => ({ atS, powerW: sumW / count }))
		.sort((a, b) => a.atS - b.atS);
}
