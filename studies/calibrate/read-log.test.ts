import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Logs, readLogs } from './read-log.ts';

/** What is read of texts that lie in files. */
function logsOf(...texts: string[]): Logs {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-logs-'));
	try {
		const paths = texts.map((text, i) => {
			const path = join(folder, `log-${i}`);
			writeFileSync(path, text);
			return path;
		});
		return readLogs(paths);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const BENCH = {
	input_lens: [100, 200, 300, 50],
	output_lens: [3, 2, 2, 0],
	ttfts: [0.1, 0.2, 0.3, 0],
	itls: [[0.01, 0.02], [0.05], [0.01], []],
	errors: ['', '', '', 'ClientOSError'],
	request_rate: 'inf',
};
const near = (value: number | null | undefined, expected: number) =>
	assert.ok(Math.abs((value ?? Number.NaN) - expected) < 1e-6, `${value}, not ${expected}`);

test('vllm bench serve: sent by its times, else all at once, so many at a time, or at its rate', () => {
	const timed = logsOf(JSON.stringify({ ...BENCH, start_times: [9002, 9000, 9005, 9001] })).served;
	assert.equal(
		timed.requests.map(({ promptTokens, arrivedS }) => [promptTokens, arrivedS]),
		[
			[200, 0],
			[100, 2],
			[300, 5],
		],
	);
	near(timed.requests[1]?.e2eS, 0.13);
	assert.match(timed.notes.join(), /1 of 4 requests failed/);
	const atOnce = logsOf(JSON.stringify(BENCH)).served;
	assert.equal(
		atOnce.requests.map(({ arrivedS }) => arrivedS),
		[0, 0, 0],
	);
	assert.ok(atOnce.isExact);
	const users = logsOf(JSON.stringify({ ...BENCH, max_concurrency: 2 })).served;
	near(users.requests[2]?.arrivedS, 0.13);
	const paced = logsOf(JSON.stringify({ ...BENCH, request_rate: 4 })).served;
	assert.not.ok(paced.isExact);
	near(paced.requests[2]?.arrivedS, 0.5);
});

test('JSON lines and CSV: by the clock of their tokens, in the units of their names', () => {
	const [first, last] = ['"first_token_ts": 479748.51', '"last_token_ts": 479764.05'];
	const sim = logsOf(
		`{"input_toks": 10, "output_toks": 5, "arrival_time": 1777142838.3, "queued_ts": 479748.34, ${first}, ${last}}\n` +
			`{"input_toks": 11, "output_toks": 5, "arrival_time": 1777142839.3, "queued_ts": 479749.34, ${first.replace('.51', '.99')}, ${last}}\n`,
	).served;
	near(sim.requests[0]?.ttftS, 0.17);
	assert.is(sim.startEpochS, null);
	const plain = logsOf(
		'arrived_at,prompt_tokens,completion_tokens,ttft_ms,e2e_ms\n1.5,10,4,120,900\n',
	).served;
	near(plain.requests[0]?.ttftS, 0.12);
	near(plain.requests[0]?.e2eS, 0.9);
	const epoch = logsOf(
		'arrived_at,prompt_tokens,completion_tokens,e2e_s\n1777142838,10,4,2\n',
	).served;
	assert.is(epoch.startEpochS, 1777142838);
});

/** A range query over one minute, a request each 5 s, with 0.2 s to the first token and 0.03 s between tokens. */
interface Row {
	readonly metric: Readonly<Record<string, string>>;
	readonly values: readonly (readonly [number, string])[];
}
const matrix = (extra: readonly Row[] = []) => {
	const at = Array.from({ length: 13 }, (_, i) => 1_777_000_000 + 5 * i);
	const counter = (name: string, each: number): Row => ({
		metric: { __name__: name, model_name: 'm' },
		// The engine was started anew in between.
		values: at.map((time, i) => [time, String(each * (i < 7 ? i + 3 : i - 6))] as const),
	});
	return {
		status: 'success',
		data: {
			resultType: 'matrix',
			result: [
				counter('vllm:time_to_first_token_seconds_count', 2),
				counter('vllm:time_to_first_token_seconds_sum', 0.4),
				counter('vllm:time_per_output_token_seconds_count', 98),
				counter('vllm:time_per_output_token_seconds_sum', 2.94),
				counter('vllm:prompt_tokens_total', 2000),
				counter('vllm:generation_tokens_total', 100),
				...extra,
			],
		},
	};
};

test('Prometheus: requests are counted by scrape, also over a restart, and the power of its GPUs is read', () => {
	const gpu = (index: string, watts: number): Row => ({
		metric: { __name__: 'DCGM_FI_DEV_POWER_USAGE', gpu: index },
		values: [
			[1_777_000_000, String(watts)],
			[1_777_000_005, String(watts)],
		],
	});
	const { served, power } = logsOf(JSON.stringify(matrix([gpu('0', 300), gpu('1', 200)])));
	assert.is(served.requests.length, 24);
	assert.ok(served.requests.every((one) => one.promptTokens === 1000 && one.outputTokens === 50));
	near(served.windows[3]?.ttftS, 0.2);
	near(served.windows[6]?.itlS, 0.03);
	assert.equal(power?.samples, [
		{ atS: 1_777_000_000, powerW: 250 },
		{ atS: 1_777_000_005, powerW: 250 },
	]);
	assert.is(power?.gpus, 2);
	const rows = matrix().data.result.flatMap(({ metric, values }) =>
		values.map(([time, value]) => `${time},${metric['__name__']},m,${value}`),
	);
	const table = logsOf(['time,name,model_name,value', ...rows].join('\n')).served;
	assert.equal(table.requests, served.requests);
});

test('power: nvidia-smi with units and several GPUs, DCGM with and without times', () => {
	const requests = 'arrived_at,prompt_tokens,completion_tokens,e2e_s\n0,10,4,2\n';
	const smi = logsOf(
		requests,
		'timestamp, index, power.draw [W]\n2026/03/04 12:00:00.120, 0, 300.50 W\n2026/03/04 12:00:00.140, 1, 100.50 W\n' +
			'2026/03/04 12:00:01.120, 0, [N/A]\n',
	).power;
	assert.equal(smi?.samples, [{ atS: Date.UTC(2026, 2, 4, 12) / 1000, powerW: 200.5 }]);
	assert.is(smi?.gpus, 2);
	assert.ok(smi?.isLocal);
	const dmon = logsOf(
		requests,
		'#Entity   POWER\nID          W\nGPU 0     71.5\nGPU 1     70.5\nGPU 0     300\nGPU 1     310\n',
	).power;
	assert.equal(dmon?.samples, [
		{ atS: 0, powerW: 71 },
		{ atS: 1, powerW: 305 },
	]);
	assert.ok(dmon?.isRelative);
});

for (const [what, text, reason] of [
	[
		'a log without requests',
		'timestamp,power.draw [W]\n2026/03/04 12:00:00,3 W\n',
		/it has no requests/,
	],
	[
		'a benchmark without details',
		'{"input_lens": [1], "output_lens": [1]}',
		/has no ttfts by request.*--save-detailed/,
	],
	[
		'a table of something else',
		'a,b\n1,2\n',
		/its columns are those of no log that is known: a, b/,
	],
	['JSON of something else', '{"a": 1}', /JSON of no kind that is known/],
	['requests that never arrive', '{"input_toks": 1, "output_toks": 1}\n', /no arrival_time/],
	[
		'requests that never end',
		'{"input_toks": 1, "output_toks": 1, "arrival_time": 1}\n',
		/no request in it has a time/,
	],
] as const)
	test(`${what} is refused in a line`, () => {
		assert.throws(
			() => logsOf(text),
			(error: Error) => {
				assert.match(error.message, reason);
				assert.match(error.message, /^Cannot calibrate to "/);
				assert.not.match(error.message, /\n/);
				return true;
			},
		);
	});

test.run();
