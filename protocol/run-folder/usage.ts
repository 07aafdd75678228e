import { end, mean, sum, table, text, time, total } from './table.ts';

/** usage.csv, a row a step and replica. */
export const USAGE = table({
	file: 'usage.csv',
	columns: [
		time('time_s', 's', 'start of the step, from the start of the run', { isNeeded: true }),
		text('replica', 'name of the replica', { isNeeded: true }),
		mean('gpu_power', 'W', 'of one GPU, without PUE'),
		mean('mfu', '1', 'model FLOPS utilisation of one GPU, 0 to 1, idle time as 0'),
		mean('busy', '1', 'part of the step with a batch in flight, 0 to 1'),
		end('outstanding', 'requests', 'arrived and not completed', { isCount: true }),
		end('kv_used', '1', 'KV blocks in use, 0 to 1'),
		sum('batches', '1', 'batches begun', { isCount: true }),
		mean('frequency_ratio', '1', 'clock while busy, over the highest; 1 without a cap'),
		sum('energy', 'Wh', 'of the replica: all GPUs and its part of their servers, with PUE'),
		sum('prefill_energy', 'Wh', 'of all GPUs for prompts, without PUE'),
		sum('decode_energy', 'Wh', 'of all GPUs for answers, without PUE'),
		sum('idle_energy', 'Wh', 'of all GPUs with no batch in flight, without PUE'),
		sum('sleep_energy', 'Wh', 'the part of `idle_energy` that the GPUs slept', {
			when: 'the scenario has `serving.sleep`',
		}),
		sum('host_energy', 'Wh', 'its part of servers and network, without PUE', {
			when: 'the scenario has `serving.host`',
		}),
		mean('on', '1', 'part of the step that the replica was not off, 0 to 1', {
			when: 'the scenario has `serving.scaling`',
		}),
		mean('pue', '1', 'of the facility', { when: 'it follows the outdoor temperature' }),
		mean(
			'prefix_hit_rate',
			'1',
			'of the prompt tokens admitted in the step, the part found in the prefix cache, 0 to 1; empty: none were',
			{ when: 'the scenario has `serving.prefixCache`' },
		),
		total('arrived', 'requests', 'came to the replica', { isCount: true }),
		end('waiting', 'requests', 'for their first batch, or for room after an eviction', {
			isCount: true,
		}),
		end('running', 'requests', 'among the running', { isCount: true }),
		total('rejected', 'requests', 'of those that arrived, rejected because they can never fit', {
			isCount: true,
		}),
		total('taken_over', 'requests', 'from the other pool', {
			when: 'prompts and answers have a pool each',
			isCount: true,
		}),
		total('handed_over', 'requests', 'to the other pool', {
			when: 'prompts and answers have a pool each',
			isCount: true,
		}),
	],
});
