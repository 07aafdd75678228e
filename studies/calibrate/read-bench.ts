import * as z from 'zod';
import { byArrival, type ServedLog, type ServedRequest } from './served-log.ts';

/**
 * What `vllm bench serve --save-result --save-detailed` writes. Arrivals (`start_times`) are in it since January 2026; before
 * that they follow from the load: all at once, or so many at a time, each of which begins when another one ends.
 */
const Bench = z.looseObject({
	input_lens: z.array(z.number()),
	output_lens: z.array(z.number()),
	ttfts: z.array(z.number()),
	itls: z.array(z.array(z.number())),
	start_times: z.array(z.number()).optional(),
	errors: z.array(z.string()).optional(),
	request_rate: z.union([z.number(), z.string()]).nullish(),
	max_concurrency: z.number().nullish(),
});
type Bench = z.infer<typeof Bench>;

/** Whether a JSON value is such a result. */
export function isBench(value: unknown): boolean {
	const fields = value as Partial<Record<string, unknown>> | null;
	return Array.isArray(fields?.['input_lens']) && Array.isArray(fields['output_lens']);
}

/**
 * The requests of such a result.
 *
 * @throws Error that says what it lacks
 */
export function readBench(value: unknown): ServedLog {
	const parsed = Bench.safeParse(value);
	if (!parsed.success) {
		const key = parsed.error.issues[0]?.path[0] ?? '';
		throw new Error(
			`it has no ${String(key)} by request: have vllm bench serve write them with --save-result --save-detailed`,
		);
	}
	const bench = parsed.data;
	const lists = ['output_lens', 'ttfts', 'itls'] as const;
	for (const list of lists)
		if (bench[list].length !== bench.input_lens.length)
			throw new Error(
				`its ${list} are ${bench[list].length} and its input_lens ${bench.input_lens.length}`,
			);
	const notes: string[] = [];
	const served = servedIn(bench);
	if (served.length === 0) throw new Error('no request in it has come to its end');
	const failed = bench.input_lens.length - served.length;
	if (failed > 0)
		notes.push(`${failed} of ${bench.input_lens.length} requests failed and are left out`);
	const { starts, isExact, note } = startsOf(bench, served);
	if (note !== null) notes.push(note);
	const { requests } = byArrival(
		served.map(({ request }, i) => ({ ...request, arrivedS: starts[i] as number })),
	);
	// The clock of start_times counts from when the machine was started.
	return { format: 'vllm bench serve', requests, windows: [], startEpochS: null, isExact, notes };
}

interface Served {
	/** Its place in the file, which is the order of sending. */
	readonly place: number;
	readonly request: ServedRequest;
}

function servedIn(bench: Bench): Served[] {
	return bench.input_lens.flatMap((promptTokens, place) => {
		const outputTokens = bench.output_lens[place] as number;
		const ttftS = bench.ttfts[place] as number;
		const isFailed = (bench.errors?.[place] ?? '') !== '' || outputTokens < 1 || !(ttftS > 0);
		if (isFailed) return [];
		const gaps = bench.itls[place] as readonly number[];
		const e2eS = gaps.reduce((sum, gap) => sum + gap, ttftS);
		return [{ place, request: { arrivedS: 0, promptTokens, outputTokens, ttftS, e2eS } }];
	});
}

function startsOf(bench: Bench, served: readonly Served[]) {
	const { start_times: times, request_rate: rate, max_concurrency: users } = bench;
	if (times !== undefined)
		return { starts: served.map(({ place }) => times[place] as number), isExact: true, note: null };
	// JSON has no infinity: it is written as inf.
	const qps = typeof rate === 'number' ? rate : Number.POSITIVE_INFINITY;
	if (qps === Number.POSITIVE_INFINITY) {
		if (users === null || users === undefined)
			return { starts: served.map(() => 0), isExact: true, note: null };
		return {
			...{ starts: startsOfUsers(served, users), isExact: true },
			note: `arrivals are not in it: they follow from its ${users} requests at a time`,
		};
	}
	// Evenly, since no one knows which numbers were drawn.
	const starts = served.map((_, i) => i / qps);
	const note = `arrivals are not in it: requests are sent evenly at its ${qps} a second, and compared in their quantiles`;
	return { starts, isExact: false, note };
}

/** Each begins when one of so many before it has ended. */
function startsOfUsers(served: readonly Served[], users: number): number[] {
	const ends: number[] = [];
	return served.map(({ request }) => {
		let startS = 0;
		if (ends.length >= users) {
			startS = Math.min(...ends);
			ends.splice(ends.indexOf(startS), 1);
		}
		ends.push(startS + (request.e2eS ?? 0));
		return startS;
	});
}
