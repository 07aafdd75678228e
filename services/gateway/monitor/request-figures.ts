import { ITERATION_TOKENS } from '../../../protocol/ports.ts';
import type { MonitoredReplica } from './config.ts';
import { emptyHistogram, type Histogram, observe, oneTwoFive } from './histogram.ts';

/** Bounds of vLLM's histograms (vllm/v1/metrics/loggers.py), s. */
const FIRST_TOKEN_S = [
	...[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
	...[20, 40, 80, 160, 640, 2560],
];
const TOKEN_S = [
	...[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
	...[20, 40, 80],
];
const REQUEST_S = [
	...[0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960],
	...[1920, 7680],
];
const ANSWERS = [1, 2, 5, 10, 20];
/** From a short answer of a small model to a long one of a large, J. */
const ENERGY_J = [
	...[10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000],
];

/** A completed request, in seconds, tokens and joules of GPUs. */
export interface CompletedRequest {
	readonly e2eS: number;
	readonly queueS: number;
	readonly firstTokenS: number;
	/** First batch to first token. */
	readonly prefillS: number;
	/** First batch to the end. */
	readonly inferenceS: number;
	readonly promptTokens: number;
	readonly outputTokens: number;
	readonly energyJ: number;
}

/** What histograms there are of requests and batches, by the name in a state. */
const REQUEST_HISTOGRAMS = {
	/** When the prompt is computed: also of requests that are under way. */
	firstTokenS: { bounds: FIRST_TOKEN_S },
	computedTokens: { bounds: null },
	/** Of each batch, prompts and answers. */
	iterationTokens: { bounds: ITERATION_TOKENS },
	e2eS: { bounds: REQUEST_S, of: ({ e2eS }) => e2eS },
	queueS: { bounds: REQUEST_S, of: ({ queueS }) => queueS },
	prefillS: { bounds: REQUEST_S, of: ({ prefillS }) => prefillS },
	inferenceS: { bounds: REQUEST_S, of: ({ inferenceS }) => inferenceS },
	decodeS: { bounds: REQUEST_S, of: decodeS },
	/** Each request once, at its mean. */
	perTokenS: { bounds: TOKEN_S, of: perTokenS },
	/** Each token once: as it came, or at the mean of its request where that is not known. */
	interTokenS: {
		...{ bounds: TOKEN_S, of: perTokenS },
		times: ({ outputTokens }) => Math.max(0, outputTokens - 1),
	},
	promptTokens: { bounds: null, of: ({ promptTokens }) => promptTokens },
	outputTokens: { bounds: null, of: ({ outputTokens }) => outputTokens },
	/** Nobody is answered twice. */
	answers: { bounds: ANSWERS, of: () => 1 },
	energyJ: { bounds: ENERGY_J, of: ({ energyJ }) => energyJ },
} as const satisfies Readonly<Record<string, RequestHistogram>>;

interface RequestHistogram {
	/** Upper bounds; null: 1, 2, 5, 10, … up to the most tokens of a request. */
	readonly bounds: readonly number[] | null;
	/** Left out: it is known before the request is done, and not counted then. */
	of?(request: CompletedRequest): number;
	/** How often it counts; default: once. */
	times?(request: CompletedRequest): number;
}

export type RequestHistogramName = keyof typeof REQUEST_HISTOGRAMS;
export const REQUEST_HISTOGRAM_NAMES = Object.keys(REQUEST_HISTOGRAMS) as RequestHistogramName[];
export type RequestHistograms = { readonly [Name in RequestHistogramName]: Histogram };

/** The upper bounds of a histogram of a replica's. */
export function boundsOf(
	name: RequestHistogramName,
	{ maxTokens }: Pick<MonitoredReplica, 'maxTokens'>,
): readonly number[] {
	return REQUEST_HISTOGRAMS[name].bounds ?? oneTwoFive(maxTokens);
}

/** All of a replica's, without observations. */
export function emptyHistograms(replica: MonitoredReplica): RequestHistograms {
	const entries = REQUEST_HISTOGRAM_NAMES.map((name) => [
		name,
		emptyHistogram(boundsOf(name, replica)),
	]);
	return Object.fromEntries(entries) as RequestHistograms;
}

export type RequestBounds = Readonly<Record<RequestHistogramName, readonly number[]>>;

/**
 * Adds a completed request to all of them, but for the time between its tokens where that is known of each.
 *
 * @param bounds of each, as `boundsOf` gives them
 */
export function observeRequest(
	histograms: RequestHistograms,
	bounds: RequestBounds,
	request: CompletedRequest,
	tokensAreKnown: boolean,
): void {
	for (const name of REQUEST_HISTOGRAM_NAMES) {
		if (tokensAreKnown && name === 'interTokenS') continue;
		const { of, times }: RequestHistogram = REQUEST_HISTOGRAMS[name];
		if (of !== undefined)
			observe(histograms[name], bounds[name], of(request), times?.(request) ?? 1);
	}
}

function decodeS({ e2eS, firstTokenS }: CompletedRequest): number {
	return e2eS - firstTokenS;
}

/** The first token belongs to the prompt; an answer of no more has none in between, and vLLM counts 0. */
function perTokenS(request: CompletedRequest): number {
	const { outputTokens } = request;
	return outputTokens > 1 ? decodeS(request) / (outputTokens - 1) : 0;
}
