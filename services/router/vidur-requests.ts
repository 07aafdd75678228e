import { ConfigError } from '../../protocol/errors.ts';
import { exactLog } from './exact-log.ts';
import { type MersenneState, nextDouble, pythonStream } from './mersenne-twister.ts';
import { type NumpyRandom, numpyRandom, standardGamma } from './numpy-random.ts';
import { TraceReader } from './trace-reader.ts';
import type {
	VidurIntervals,
	VidurReplay,
	VidurRequestsConfig,
	VidurSynthetic,
} from './vidur-config.ts';
import { type VidurLengthState, vidurLengths } from './vidur-lengths.ts';

/** A request as Vidur's generator makes it. */
export interface VidurRequest {
	/** In order of making, from 0. */
	id: number;
	/** Not rounded: the very double that Vidur has. */
	arrivedAtS: number;
	prefillTokens: number;
	decodeTokens: number;
	/** As the file has them, before Vidur cuts them to its limit. */
	askedPrefill: number;
	askedDecode: number;
}

/** Where a synthetic generator has got to. Plain data. */
export interface VidurState {
	/** Python's `random`; after the last request the global scheduler `random` goes on with it. */
	readonly python: MersenneState;
	readonly numpy: NumpyRandom;
	readonly lengths: VidurLengthState;
	intervals: number;
	/** The request drawn last. */
	request: VidurRequest;
}

/** A synthetic generator of Vidur, one request at a time. */
export interface VidurGenerator {
	init(): VidurState;
	/** Draws the next request into `state.request`; false if there is none. */
	next(state: VidurState): boolean;
}

/**
 * The requests that Vidur makes of the same parameters, in order of arrival, without holding more than one
 * (a replayed trace is read as it goes, in the order of the file).
 *
 * @throws ConfigError for files that cannot be read or have rows that are no requests
 */
export function* vidurRequests(config: VidurRequestsConfig): Generator<VidurRequest, void, void> {
	if (config.type === 'trace_replay') {
		yield* replay(config);
		return;
	}
	const generator = vidurGenerator(config);
	const state = generator.init();
	while (generator.next(state)) yield { ...state.request };
}

const NO_TOKENS = { prefillTokens: 0, decodeTokens: 0, askedPrefill: 0, askedDecode: 0 };

/**
 * Requests as Vidur makes them from a seed, to the bit.
 *
 * @throws ConfigError for static requests without an end, and for files that cannot be read
 */
export function vidurGenerator(config: VidurSynthetic): VidurGenerator {
	const { seed, durationS, numRequests } = config;
	if (config.intervals.type === 'static' && numRequests === null)
		throw new ConfigError(
			"Cannot make Vidur's static requests without end: all arrive at time 0, so give a number of them",
		);
	const drawInterval = intervalDraw(config.intervals);
	const lengths = vidurLengths(config.lengths);
	const isOver = ({ id, arrivedAtS }: VidurRequest): boolean => {
		if (durationS !== null && config.intervals.type !== 'static') return arrivedAtS >= durationS;
		return numRequests !== null && id + 1 >= numRequests;
	};
	return {
		init: () => ({
			python: pythonStream(seed),
			numpy: numpyRandom(seed),
			lengths: lengths.init(),
			intervals: 0,
			request: { ...NO_TOKENS, id: -1, arrivedAtS: 0 },
		}),
		next(state) {
			const { request } = state;
			if (isOver(request)) return false;
			const intervalS = drawInterval(state);
			if (Number.isNaN(intervalS)) return false;
			request.id += 1;
			request.arrivedAtS += intervalS;
			if (!lengths.draw(state.lengths, state.python, request)) return false;
			// The request that goes past the duration is drawn, which moves the streams on, and dropped.
			return durationS === null || request.arrivedAtS < durationS;
		},
	};
}

/** Draws the time since the request before, s; NaN if there is no more. */
type IntervalDraw = (state: VidurState) => number;

function intervalDraw(config: VidurIntervals): IntervalDraw {
	if (config.type === 'poisson') {
		const { qps } = config;
		const longestS = (1 / qps) * 3;
		return ({ python }) => Math.min(-exactLog(1 - nextDouble(python)) / qps, longestS);
	}
	if (config.type === 'gamma') {
		const shape = 1 / config.cv ** 2;
		const scale = 1 / (config.qps * shape);
		return ({ numpy }) => standardGamma(numpy, shape) * scale;
	}
	if (config.type === 'static') return () => 0;
	const intervals = traceIntervals(config);
	return (state) => intervals[state.intervals++] ?? Number.NaN;
}

/** Whole seconds since the first row of the window, scaled; the first row makes no request. */
function traceIntervals(config: Extract<VidurIntervals, { type: 'trace' }>): Float64Array {
	const { path, timeScale } = config;
	const reader = (anchor: string): TraceReader => {
		const scale = { timeScale: 1, prefillScale: 1, decodeScale: 1 };
		const options = { path, anchor, ...scale, zeroTokens: 'one' } as const;
		return new TraceReader(options, 'arrivals', 'arrival_time');
	};
	const rows = reader('1970-01-01');
	const startS = rows.secondsOf(config.startTime);
	const endS = rows.secondsOf(config.endTime);
	const cursor = rows.start();
	const times: number[] = [];
	while (rows.read(cursor)) {
		const { arrivedAtS } = rows.request;
		if (arrivedAtS <= startS || arrivedAtS >= endS) continue;
		if (arrivedAtS < (times.at(-1) ?? 0))
			throw new ConfigError(
				`Cannot take arrivals from "${path}": row ${cursor.line} arrives before the row above it; sort the file by its times`,
			);
		times.push(arrivedAtS);
	}
	const sinceFirstS = times.map((time) => Math.floor(time - (times[0] as number)) * timeScale);
	return Float64Array.from(sinceFirstS.slice(1), (time, i) => time - (sinceFirstS[i] as number));
}

/** The excess over `maxTokens` comes off the prefill alone, which may go below 1. */
function* replay(config: VidurReplay): Generator<VidurRequest, void, void> {
	const { path, prefillScale, decodeScale, timeScale, maxTokens } = config;
	const scale = { timeScale, prefillScale, decodeScale };
	const reader = new TraceReader({ path, anchor: null, ...scale, zeroTokens: 'one' });
	const cursor = reader.start();
	for (let id = 0; reader.read(cursor); id++) {
		const { arrivedAtS, prefillTokens, decodeTokens, askedPrefill, askedDecode } = reader.request;
		const excess = Math.max(0, prefillTokens + decodeTokens - maxTokens);
		const lengths = { prefillTokens: prefillTokens - excess, decodeTokens };
		yield { id, arrivedAtS, ...lengths, askedPrefill, askedDecode };
	}
}
