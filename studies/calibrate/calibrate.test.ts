import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { loadRun } from '../../run/load-run.ts';
import { findCalibration, overheadsOf } from '../../run/resolve/calibration.ts';
import { scenarioFrom } from '../../run/resolve/scenario-source.ts';
import { simulate } from '../../run/simulate.ts';
import { calibrate } from './calibrate.ts';
import { readLogs } from './read-log.ts';

/** What the engine that is calibrated to takes: nobody tells the fit. */
const TRUTH = { apiMs: 21, stepMs: 2.2, samplingNs: 0.35, kernelScale: 1.18 };
const WATTS = { idleW: 93, maxW: 371, saturationMfu: 0.45, powerExponent: 0.55 };

/** The A100's own, but for the MFU at which it draws most, which a log cannot tell apart from the others. */
const SERVING = {
	replicas: 1,
	model: 'meta-llama/Meta-Llama-3-8B',
	device: 'a100',
	maxTokens: 2048,
};

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-calibrate-test-'));
	try {
		return await use(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** A run of the product with the truth in it: few requests a second, then many. */
async function truth(folder: string) {
	writeFileSync(
		join(folder, 'truth.yaml'),
		stringify({ about: 'truth', source: 'truth', date: '2026-01-01', power: WATTS }),
	);
	const bursts = [{ from: '20s', length: '20s', factor: 10 }];
	await simulate(
		{
			...{ name: 'truth', until: '120s', step: '1s', seed: 7, solar: [], batteries: [] },
			carbon: { source: 'constant', valueGPerKwh: 0 },
			requests: {
				...{ qps: 0.8, maxRequests: 240, rate: { bursts: { type: 'scheduled', bursts } } },
				lengths: { type: 'uniform', minTokens: 64, maxTokens: 900, prefillToDecodeRatio: 1 },
			},
			serving: { ...SERVING, overheads: TRUTH, calibration: './truth.yaml', pue: 1 },
			placement: { mode: 'in-process' },
		},
		{ out: join(folder, 'run'), report: false, relativeTo: folder },
	);
	const run = await loadRun(join(folder, 'run'));
	const usage = await run.sites.get('')?.table('usage.csv');
	const of = (name: string) => [...(run.requests?.numbers.get(name) ?? [])];
	const rows = of('Request Id').map((id, i) => ({
		id,
		arrivedS: of('arrived_at')[i] as number,
		prompt: of('request_num_prefill_tokens')[i] as number,
		output: of('request_num_decode_tokens')[i] as number,
		ttftS: of('prefill_e2e_time')[i] as number,
		e2eS: of('request_e2e_time')[i] as number,
	}));
	return { rows, watts: [...(usage?.numbers.get('gpu_power') ?? [])] };
}

type Truth = Awaited<ReturnType<typeof truth>>;

/** As `vllm bench serve` writes it, by a clock that counts from the start of its machine. */
function benchOf({ rows }: Truth) {
	return {
		...{ backend: 'vllm', request_rate: 'inf', max_concurrency: null },
		input_lens: rows.map(({ prompt }) => prompt),
		output_lens: rows.map(({ output }) => output),
		ttfts: rows.map(({ ttftS }) => ttftS),
		itls: rows.map(({ ttftS, e2eS, output }) =>
			Array.from({ length: output - 1 }, () => (e2eS - ttftS) / (output - 1)),
		),
		start_times: rows.map(({ arrivedS }) => 353_399.7 + arrivedS),
		errors: rows.map(() => ''),
	};
}

/** As `nvidia-smi --format=csv -l 1` writes it, before, in and behind the run, in the time of its place. */
function nvidiaSmiOf({ watts }: Truth): string {
	const idle = Array.from({ length: 30 }, () => WATTS.idleW);
	const lines = [...idle, ...watts, ...idle].map((powerW, i) => {
		const at = new Date(Date.UTC(2026, 2, 4, 12, 0, 0) + 1000 * i);
		const time = at.toISOString().replace('T', ' ').replaceAll('-', '/').slice(0, 23);
		return `${time}, 0, ${powerW.toFixed(2)} W`;
	});
	return ['timestamp, index, power.draw [W]', ...lines, ''].join('\n');
}

const near = (value: number | undefined, expected: number, within: number, what: string) =>
	assert.ok(
		Math.abs((value ?? Number.NaN) - expected) <= within,
		`${what}: ${value}, expected ${expected} within ${within}`,
	);

test('constants that a log was made with are found again, with its power, and the held-out part agrees', async () => {
	await inFolder(async (folder) => {
		const made = await truth(folder);
		const [bench, smi] = [join(folder, 'bench.json'), join(folder, 'power.csv')];
		writeFileSync(bench, JSON.stringify(benchOf(made)));
		writeFileSync(smi, nvidiaSmiOf(made));
		const { kernelScale } = TRUTH;
		const { serving } = scenarioFrom({ serving: { ...SERVING, overheads: { kernelScale } } });
		assert.ok(serving !== null);
		const fitted = ['api', 'step', 'sampling', 'power'] as const;
		const { file, notes, open } = await calibrate(readLogs([bench, smi]), {
			...{ serving, fitted, heldOut: { by: 'requests', fraction: 0.3 } },
			...{ date: '2026-03-04', engine: 'vLLM 0.15.1', onProgress: () => {} },
		});
		const { overheads, power } = file;
		near(overheads.apiMs ?? 0, TRUTH.apiMs, 1.5, 'apiMs');
		near(overheads.stepMs ?? 0, TRUTH.stepMs, 0.1, 'stepMs');
		near(overheads.samplingNs ?? 0, TRUTH.samplingNs, 0.05, 'samplingNs');
		near(power?.idleW, WATTS.idleW, 4, 'idleW');
		assert.equal(open, []);
		assert.match(notes.join('\n'), /clocks of power and requests are not the same/);
		for (const { figure, of, after, before } of file.errors) {
			// The first token hangs on the moment within a batch at which a request comes.
			const [bias, mean] = figure === 'TTFT' ? [5, 12] : [1.5, 3];
			assert.ok(Math.abs(after.biasPercent) < bias, `${figure} ${of}: ${after.biasPercent}`);
			assert.ok((after.meanPercent ?? 100) < mean, `${figure} ${of}: ${after.meanPercent}`);
			assert.ok((before.meanPercent ?? 0) > 2 * mean, `${figure} ${of}: ${before.meanPercent}`);
		}
		assert.is(file.errors.length, 8);
		// What was written is what a scenario takes.
		writeFileSync(join(folder, 'own.yaml'), stringify(file));
		assert.equal(findCalibration(join(folder, 'own.yaml')), file);
		const used = scenarioFrom({ serving: { ...SERVING, calibration: './own.yaml' } }, folder);
		assert.ok(used.serving !== null);
		assert.is(overheadsOf(used.serving).stepMs, overheads.stepMs);
	});
});

const REAL = '../shared/data/silicon/llmservingsim/RTXPRO6000/Llama-3.1-8B/requests.jsonl';

for (const [what, serving, mean] of [
	['the table of an A100', { scheduler: 'sarathi', chunkSize: 2048 }, 4],
	[
		'its own kernels and scheduler',
		{
			model: 'meta-llama/Llama-3.1-8B',
			device: 'rtx-pro-6000',
			profile: 'kernels',
			scheduler: 'vllm-v1',
			maxNumSeqs: 128,
			maxNumBatchedTokens: 2048,
		},
		2,
	],
] as const)
	test(`a real log of vLLM 0.19 is fitted with ${what}, and its held-out end agrees${existsSync(REAL) ? '' : ' (skipped: no ../shared)'}`, async () => {
		if (!existsSync(REAL)) return;
		const { serving: resolved } = scenarioFrom({
			serving: { ...SERVING, maxTokens: 4200, ...serving },
		});
		assert.ok(resolved !== null);
		const { file } = await calibrate(readLogs([REAL]), {
			...{ serving: resolved, fitted: ['step', 'sampling', 'kernels'] },
			...{ heldOut: { by: 'time', fraction: 0.3 }, date: '2026-04-25', engine: 'vLLM 0.19.0' },
			onProgress: () => {},
		});
		const held = file.errors.find(({ figure, of }) => figure === 'e2e' && of === 'held out');
		assert.ok((held?.after.meanPercent ?? 100) < mean, `${held?.after.meanPercent} %`);
		assert.ok((held?.before.meanPercent ?? 0) > 2 * (held?.after.meanPercent ?? 0));
	});

test.run();
