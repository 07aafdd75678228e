/** What a column of a run folder holds, for files that carry it with them. */
export interface Described {
	/** `W`, `s`, `gCO2eq`; `1` for counts and ratios; null for texts. */
	readonly unit: string | null;
	readonly text: string;
	/** Whole numbers, stored as such where they fit. */
	readonly isCount?: boolean;
}

type Rule = readonly [pattern: RegExp, described: Described];

const SECONDS = (text: string): Described => ({ unit: 's', text });
const COUNT = (unit: string, text: string): Described => ({ unit, text, isCount: true });
const TEXT = (text: string): Described => ({ unit: null, text });

/** The columns of docs/results.md, in its order; a test holds the two together. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
	'timeseries.csv': [
		[/^microgrid$/, TEXT('name of the location')],
		[/^time$/, TEXT('local time at the start of the step')],
		[/^p_delta$/, { unit: 'W', text: 'sum of all members: surplus +, deficit -' }],
		[/^p_grid$/, { unit: 'W', text: 'exchange with the grid: export +, import -' }],
		[/^actor_states\..+\.power$/, { unit: 'W', text: 'member: production +, consumption -' }],
		[/^policy_state\.mode$/, TEXT('grid-connected or islanded')],
		[/^policy_state\.charge_power$/, { unit: 'W', text: 'forced charging' }],
		[/^dispatch_states\..+\.soc$/, { unit: '1', text: 'state of charge at the start of the step' }],
		[/^dispatch_states\..+\.charge_level$/, { unit: 'Wh', text: 'energy stored' }],
		[/^grid_signals\.carbon/, { unit: 'g/kWh', text: 'carbon intensity' }],
		[
			/^grid_signals\.(marginal|.+-marginal)$/,
			{ unit: 'g/kWh', text: 'marginal carbon intensity' },
		],
		[/^grid_signals\.price/, { unit: 'USD/kWh', text: 'price of imports' }],
		[/^policy_state\.cap_per_gpu$/, { unit: 'W', text: 'cap decided in this step' }],
		[/^policy_state\.curtailed$/, { unit: 'W', text: 'surplus that went nowhere' }],
		[
			/^dispatch_states\..+\.current_power$/,
			{ unit: 'W', text: 'battery: charging +, discharging -' },
		],
		[/^generator_states\..+\.power$/, { unit: 'W', text: 'power of the generator' }],
		[/^policy_state\.grid_connected$/, COUNT('1', 'whether the grid was there')],
		[/^policy_state\.unserved$/, { unit: 'W', text: 'load that was not served' }],
		[/^time_utc$/, { unit: 'UTC', text: 'time at the start of the step' }],
	],
	'request_metrics.csv': [
		[/^Request Id$/, COUNT('1', 'number of the request, in order of arrival')],
		[
			/^prefill_energy$/,
			{ unit: 'Wh', text: 'share of its prompt in what the GPUs used, without PUE' },
		],
		[
			/^decode_energy$/,
			{ unit: 'Wh', text: 'share of its answer in what the GPUs used, without PUE' },
		],
		[/^request_num_restarts$/, COUNT('1', 'how often it was evicted and began again')],
		[/^request_num_tokens$/, COUNT('tokens', 'prompt and output')],
		[/^request_num_prefill_tokens$/, COUNT('tokens', 'prompt')],
		[/^request_num_decode_tokens$/, COUNT('tokens', 'output')],
		[/cached.*_tokens$|_cached/, COUNT('tokens', 'prompt tokens found in a prefix cache')],
		[/^request_pd_ratio$/, { unit: '1', text: 'prompt tokens per output token' }],
		[/^prefill_e2e_time$/, SECONDS('arrival to first token: TTFT')],
		[/^prefill_.*_normalized$/, { unit: 's/token', text: 'per prompt token' }],
		[/_normalized$/, { unit: 's/token', text: 'per output token' }],
		[/^prefill_time_execution_plus_preemption$/, SECONDS('first batch to first token')],
		[/^request_e2e_time$/, SECONDS('arrival to completion')],
		[/^request_execution_plus_preemption_time$/, SECONDS('first batch to completion')],
		[/^request_(model_)?execution_time$/, SECONDS('time in batches')],
		[/^request_preemption_time$/, SECONDS('waiting between its batches')],
		[/^request_scheduling_delay$/, SECONDS('arrival to its first batch')],
		[/^request_inter_arrival_delay$/, SECONDS('since the arrival before')],
		[/^arrived_at$/, SECONDS('arrival, from the start of the run')],
		[/^replica$/, TEXT('where it ran')],
	],
	'changed_requests.csv': [
		[/^arrived_at$/, SECONDS('arrival, from the start of the run')],
		[/^request_id$/, COUNT('1', 'number of the request; none where it was left out')],
		[/^(prefill|decode)_tokens_asked$/, COUNT('tokens', 'as its source has them')],
		[/^(prefill|decode)_tokens$/, COUNT('tokens', 'as they were sent')],
	],
	'usage.csv': [
		[/^time_s$/, SECONDS('start of the step, from the start of the run')],
		[/^replica$/, TEXT('replica')],
		[/^gpu_power$/, { unit: 'W', text: 'average power of one GPU, without PUE' }],
		[/^mfu$/, { unit: '1', text: 'average model FLOPS utilisation of one GPU, idle time as 0' }],
		[/^busy$/, { unit: '1', text: 'part of the step with a batch in flight' }],
		[/^outstanding$/, COUNT('requests', 'arrived and not completed, at the end of the step')],
		[/^(waiting|running)$/, COUNT('requests', 'at the end of the step')],
		[
			/^(arrived|rejected|taken_over|handed_over)$/,
			COUNT('requests', 'since the start, at the end of the step'),
		],
		[/^kv_used$/, { unit: '1', text: 'KV blocks in use, at the end of the step' }],
		[/^batches$/, COUNT('1', 'batches begun in the step')],
		[/^frequency_ratio$/, { unit: '1', text: 'mean clock while busy, over the highest' }],
		[/^energy$/, { unit: 'Wh', text: 'of the replica: all GPUs, with PUE' }],
		[/^prefill_energy$/, { unit: 'Wh', text: 'of all GPUs for prompts, without PUE' }],
		[/^decode_energy$/, { unit: 'Wh', text: 'of all GPUs for answers, without PUE' }],
		[/^sleep_energy$/, { unit: 'Wh', text: 'the part of idle_energy spent asleep' }],
		[/^host_energy$/, { unit: 'Wh', text: 'of servers and network, without PUE' }],
		[/^pue$/, { unit: '1', text: 'of the step, if it follows the outdoor temperature' }],
		[/^idle_energy$/, { unit: 'Wh', text: 'of all GPUs without a batch in flight, without PUE' }],
	],
	'weather.csv': [
		[/^time_s$/, SECONDS('start of the step, from the start of the run')],
		[/^ghi$/, { unit: 'W/m2', text: 'global horizontal irradiance' }],
		[/^dni$/, { unit: 'W/m2', text: 'direct normal irradiance' }],
		[/^dhi$/, { unit: 'W/m2', text: 'diffuse horizontal irradiance' }],
		[/^poa$/, { unit: 'W/m2', text: 'irradiance on the modules' }],
		[/^cell_temperature$/, { unit: 'degC', text: 'of the modules' }],
		[/^clear_sky_index$/, { unit: '1', text: '1 without clouds' }],
	],
	'sites.csv': [
		[/^time_utc$/, { unit: 'UTC', text: 'time at the start of the step' }],
		[/^time$/, TEXT('local time of the site at the start of the step')],
		[/^site$/, TEXT('name of the site')],
		[/^load_power$/, { unit: 'W', text: 'all loads' }],
		[/^production_power$/, { unit: 'W', text: 'sun and wind' }],
		[/^generator_power$/, { unit: 'W', text: 'generators that burn fuel' }],
		[/^battery_power$/, { unit: 'W', text: 'all batteries: charging +, discharging -' }],
		[/^grid_power$/, { unit: 'W', text: 'exchange with the grid: export +, import -' }],
		[/^curtailed_power$/, { unit: 'W', text: 'surplus that went nowhere' }],
		[/^unserved_power$/, { unit: 'W', text: 'load that was not served' }],
		[/^stored_energy$/, { unit: 'Wh', text: 'in all batteries at the start of the step' }],
		[/^carbon_intensity$/, { unit: 'g/kWh', text: 'of the grid' }],
		[/^price$/, { unit: 'USD/kWh', text: 'of imports' }],
	],
	'batch_metrics.csv': [
		[/^Batch Id$/, COUNT('1', 'number within the replica, in the order of forming')],
		[/^batch_num_.*tokens$/, COUNT('tokens', 'tokens of the batch')],
		[/^batch_size$/, COUNT('requests', 'requests of the batch')],
		[/^batch_execution_time$/, SECONDS('forming to the end of the last stage')],
		[/^replica$/, TEXT('where it ran')],
		[/^start$/, SECONDS('when it was formed')],
	],
	'request_quantiles.csv': [
		[/^metric$/, TEXT('a column of request_metrics.csv, in whose unit the row is')],
		[/^count$/, COUNT('1', 'how many values it has')],
		[/^(mean|min|max)$/, { unit: null, text: 'exact' }],
		[/^p\d+$/, { unit: null, text: 'quantile, within 0.1 % (DDSketch)' }],
	],
	'request_distributions.csv': [
		[/^metric$/, TEXT('a column of request_metrics.csv, in whose unit the value is')],
		[/^share$/, { unit: '1', text: 'part of the requests' }],
		[/^value$/, { unit: null, text: 'what so many do not exceed, within 0.1 % (DDSketch)' }],
	],
	'operation_metrics.csv': [
		[/^replica$/, TEXT('where it ran')],
		[/./, SECONDS('time the operation took, all layers and stages added up')],
	],
	'wind.csv': [
		[/^time_s$/, SECONDS('start of the step, from the start of the run')],
		[/speed/, { unit: 'm/s', text: 'wind' }],
		[/power/, { unit: 'W', text: 'of the turbine' }],
		[/density/, { unit: '1', text: 'of the air, relative' }],
	],
	// What gridbeat cosim adds to a run folder, with Vidur-Energy's and Vessim's names.
	'vessim_output.csv': [
		[/^time$/, TEXT('local time at the start of the step')],
		[/^e_delta$/, { unit: 'Ws', text: 'exchange with the grid: export +, import -' }],
		[/^(p_delta|.+\.p|policy\.charge_power)$/, { unit: 'W', text: 'production +, consumption -' }],
		[/^storage\.(charge_level|capacity)$/, { unit: 'Wh', text: 'of the battery' }],
		[/^storage\.(min_)?soc$/, { unit: '1', text: 'of the battery' }],
		[/^policy\.mode$/, TEXT('grid-connected or islanded')],
	],
	'vessim_output_carbon.csv': [[/^carbon_intensity$/, { unit: 'g/kWh', text: 'of the grid' }]],
};

/** What is known of a column of one of a run's CSV files; null if nothing is. */
export function describeColumn(file: string, column: string): Described | null {
	return RULES[file]?.find(([pattern]) => pattern.test(column))?.[1] ?? null;
}
