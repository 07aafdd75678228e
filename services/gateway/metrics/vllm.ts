import type { RequestHistogramName } from '../monitor/request-figures.ts';
import {
	type Family,
	type Labels,
	type Metered,
	perReplica,
	perReplicaHistogram,
	usageOf,
} from './family.ts';

/**
 * Metrics under the names of vLLM's V1 engine (vllm/v1/metrics/loggers.py), with its labels: `engine` numbers the replicas of a run
 * as vLLM numbers its data-parallel ranks. Prompts count when they are computed, and what is of whole requests when they complete.
 */
export function vllmFamilies(replicas: readonly Metered[]): Family[] {
	const of =
		(type: 'gauge' | 'counter') =>
		([name, help, value]: Told): Family => ({
			...{ name: `vllm:${name}`, type, help },
			samples: perReplica(replicas, vllmLabels, value),
		});
	return [
		...GAUGES.map(of('gauge')),
		...COUNTERS.map(of('counter')),
		...prefixCache(replicas),
		requestSuccess(replicas),
		...HISTOGRAMS.map(
			([name, help, figure]): Family => ({
				...{ name: `vllm:${name}`, type: 'histogram', help },
				samples: perReplicaHistogram(replicas, vllmLabels, figure),
			}),
		),
	];
}

type Told = readonly [name: string, help: string, value: (one: Metered) => number];

const GAUGES: readonly Told[] = [
	[
		'num_requests_running',
		'Requests in execution batches, at the end of the step.',
		(one) => usageOf(one, 'running'),
	],
	[
		'num_requests_waiting',
		'Requests that wait to be processed, at the end of the step.',
		(one) => usageOf(one, 'waiting'),
	],
	['kv_cache_usage_perc', 'KV cache usage, 1 is all of it.', (one) => usageOf(one, 'kv_used')],
];

const COUNTERS: readonly Told[] = [
	[
		'num_preemptions_total',
		'Preemptions, each in the batch after it.',
		({ state }) => state.sums.preemptions,
	],
	[
		'prompt_tokens_total',
		'Prompt tokens of the requests that have their first token.',
		({ state }) => state.sums.promptTokens,
	],
	[
		'generation_tokens_total',
		'Output tokens, as they come where requests come from outside, else when they complete.',
		({ state }) => state.sums.outputTokens,
	],
];

const HISTOGRAMS: readonly (readonly [name: string, help: string, of: RequestHistogramName])[] = [
	['time_to_first_token_seconds', 'Arrival to first token.', 'firstTokenS'],
	[
		'inter_token_latency_seconds',
		'Time between output tokens; each at the mean of its request where requests are generated.',
		'interTokenS',
	],
	[
		'request_time_per_output_token_seconds',
		'Mean time per output token after the first, by request.',
		'perTokenS',
	],
	['e2e_request_latency_seconds', 'Arrival to completion.', 'e2eS'],
	['request_queue_time_seconds', 'Time in the WAITING phase: arrival to first batch.', 'queueS'],
	[
		'request_inference_time_seconds',
		'Time in the RUNNING phase: first batch to completion.',
		'inferenceS',
	],
	[
		'request_prefill_time_seconds',
		'Time in the PREFILL phase: first batch to first token.',
		'prefillS',
	],
	[
		'request_decode_time_seconds',
		'Time in the DECODE phase: first token to completion.',
		'decodeS',
	],
	['request_prompt_tokens', 'Prompt tokens of a request.', 'promptTokens'],
	[
		'request_prefill_kv_computed_tokens',
		'Prompt tokens of a request that were not found in a prefix cache.',
		'computedTokens',
	],
	['request_generation_tokens', 'Output tokens of a request.', 'outputTokens'],
	['request_max_num_generation_tokens', 'Output tokens of a request.', 'outputTokens'],
	['request_params_n', 'Answers that a request asks for: one.', 'answers'],
	['iteration_tokens_total', 'Tokens of a batch, prompts and answers.', 'iterationTokens'],
];

function vllmLabels({ run, site, replica, place }: Metered): Labels {
	return {
		...{ model_name: replica.model, engine: String(place) },
		...{ run, site: site.name, replica: replica.name },
	};
}

/** Only of replicas that have one. */
function prefixCache(replicas: readonly Metered[]): Family[] {
	const caching = replicas.filter(({ site }) =>
		site.usage.some(({ name }) => name === 'prefix_hit_rate'),
	);
	if (caching.length === 0) return [];
	return [
		{
			name: 'vllm:prefix_cache_queries_total',
			type: 'counter',
			help: 'Prompt tokens looked up in the prefix cache, of the requests that have their first token.',
			samples: perReplica(caching, vllmLabels, ({ state }) => state.sums.promptTokens),
		},
		{
			name: 'vllm:prefix_cache_hits_total',
			type: 'counter',
			help: 'Prompt tokens found in the prefix cache, of the requests that have their first token.',
			samples: perReplica(caching, vllmLabels, ({ state }) => state.sums.cachedTokens),
		},
	];
}

/** Every request ends at its length: no model says stop. */
function requestSuccess(replicas: readonly Metered[]): Family {
	const labels = (one: Metered) => ({ ...vllmLabels(one), finished_reason: 'length' });
	return {
		name: 'vllm:request_success_total',
		type: 'counter',
		help: 'Requests that have completed.',
		samples: perReplica(replicas, labels, ({ state }) => state.sums.completed),
	};
}
