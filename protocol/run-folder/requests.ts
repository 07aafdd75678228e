import { each, table, text, time } from './table.ts';

const ARRIVED_AT = time('arrived_at', 's', 'arrival, from the start of the run', {
	isNeeded: true,
});

/** Vidur's columns of a request after its number, in Vidur's order. */
const VIDUR_METRICS = [
	each('request_e2e_time', 's', 'arrival to completion', { isNeeded: true }),
	each('request_e2e_time_normalized', 's/token', 'arrival to completion, per output token'),
	each('request_execution_time', 's', 'time in batches'),
	each('request_execution_time_normalized', 's/token', 'time in batches, per output token'),
	each('request_model_execution_time', 's', 'time in batches, too: no CPU overhead is modelled'),
	each('request_model_execution_time_normalized', 's/token', 'time in batches, per output token'),
	each('request_preemption_time', 's', 'waiting between its batches'),
	each('request_scheduling_delay', 's', 'arrival to its first batch'),
	each('request_execution_plus_preemption_time', 's', 'first batch to completion'),
	each(
		'request_execution_plus_preemption_time_normalized',
		's/token',
		'first batch to completion, per output token',
	),
	each('prefill_e2e_time', 's', 'arrival to first token: TTFT', { isNeeded: true }),
	each('prefill_time_execution_plus_preemption', 's', 'first batch to first token'),
	each(
		'prefill_time_execution_plus_preemption_normalized',
		's/token',
		'first batch to first token, per prompt token',
	),
	each(
		'decode_time_execution_plus_preemption_normalized',
		's/token',
		'first token to completion, per output token',
	),
	each('request_inter_arrival_delay', 's', 'since the arrival before; empty for the first'),
	each('request_num_tokens', 'tokens', 'prompt and output, as they arrived', { isCount: true }),
	each('request_num_prefill_tokens', 'tokens', 'prompt, as it arrived', {
		isCount: true,
		isNeeded: true,
	}),
	each('request_num_decode_tokens', 'tokens', 'output, with the token that the prefill yields', {
		isCount: true,
		isNeeded: true,
	}),
	each('request_pd_ratio', '1', 'prompt tokens per output token'),
	each('request_num_restarts', '1', 'how often it was evicted from memory and began again', {
		isCount: true,
		isNeeded: true,
	}),
] as const;

/** Columns of Vidur's request_metrics.csv after the id, in its order; times in seconds. */
export const REQUEST_METRICS = VIDUR_METRICS.map(({ name }) => name);

const ENERGIES = [
	each('prefill_energy', 'Wh', 'share of its prompt in what the GPUs used, without PUE'),
	each('decode_energy', 'Wh', 'share of its answer in what the GPUs used, without PUE'),
] as const;

/** What a request's batches used for it, Wh of all GPUs, without what the facility adds. */
export const REQUEST_ENERGIES = ENERGIES.map(({ name }) => name);

/** request_metrics.csv, a row a completed request: Vidur's columns and order, then ours. */
export const REQUESTS = table({
	file: 'request_metrics.csv',
	columns: [
		each('Request Id', '1', 'number of the request, in order of arrival', { isCount: true }),
		...VIDUR_METRICS,
		...ENERGIES,
		each('request_num_cached_tokens', 'tokens', 'prompt tokens found in a prefix cache', {
			when: 'the scenario has `serving.prefixCache`',
			isCount: true,
		}),
		each(
			'request_kv_transfer_time',
			's',
			'end of the prompt to the arrival of its KV cache at the other pool',
			{ when: 'prompts and answers have a pool each' },
		),
		ARRIVED_AT,
		text('replica', 'where it ran'),
		each('network_latency', 's', 'of the way there and back; part of the times', {
			when: 'there are several sites',
		}),
		text('origin', 'where it came from', { when: 'there are several sites' }),
	],
});

/** changed_requests.csv, a row a request that was not sent as its source has it. */
export const CHANGED_REQUESTS = table({
	file: 'changed_requests.csv',
	columns: [
		time('arrived_at', 's', ARRIVED_AT.text),
		each('request_id', '1', 'number of the request; empty where it was left out', {
			isCount: true,
			isNeeded: true,
		}),
		each('prefill_tokens_asked', 'tokens', 'prompt, as its source has it', {
			isCount: true,
			isNeeded: true,
		}),
		each('decode_tokens_asked', 'tokens', 'output, as its source has it', {
			isCount: true,
			isNeeded: true,
		}),
		each('prefill_tokens', 'tokens', 'prompt, as it was sent; 0 where it was left out', {
			isCount: true,
			isNeeded: true,
		}),
		each('decode_tokens', 'tokens', 'output, as it was sent; 0 where it was left out', {
			isCount: true,
			isNeeded: true,
		}),
	],
});

const METRIC = text('metric', 'a column of request_metrics.csv, in whose unit the values are', {
	isNeeded: true,
});
const QUANTILE = 'within 0.1 % of the value at floor(q (count - 1)) in rising order (DDSketch)';

/** request_quantiles.csv, a row a metric, instead of a row a request. */
export const REQUEST_QUANTILES = table({
	file: 'request_quantiles.csv',
	columns: [
		METRIC,
		each('count', '1', 'how many values it has', { isCount: true, isNeeded: true }),
		each('mean', null, 'exact', { isNeeded: true }),
		each('min', null, 'exact'),
		each('p50', null, QUANTILE, { isNeeded: true }),
		each('p90', null, QUANTILE, { isNeeded: true }),
		each('p95', null, QUANTILE),
		each('p99', null, QUANTILE, { isNeeded: true }),
		each('max', null, 'exact'),
	],
});

/** request_distributions.csv beside it: the whole distribution of each metric. */
export const REQUEST_DISTRIBUTIONS = table({
	file: 'request_distributions.csv',
	columns: [
		METRIC,
		each(
			'share',
			'1',
			'part of the completed requests, 0 to 1: each quarter of a percent, 0.999, 0.9999, 0.99999 and 1',
			{ isNeeded: true },
		),
		each('value', null, 'what so many do not exceed, within 0.1 % (0 and 1: exact)', {
			isNeeded: true,
		}),
	],
});
