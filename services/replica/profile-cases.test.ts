import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fullPoints, trainedProfile } from '../../silicon/fit/forest-profile.ts';
import type { LatencyTables } from '../../silicon/predictor/tables.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { runCluster } from './cluster.ts';
import { requestMetricNames } from './engine/request.ts';
import { createReport } from './engine/step-report.ts';
import {
	type ReferenceCase,
	referenceCase,
	referenceMissing,
} from './reference-case.test-support.ts';
import { buildMachine } from './replica.ts';

const REPRODUCTION = 'llama-2-70b-a100-tp2-reproduction';
const DEFAULT = 'llama-2-70b-a100-tp2';

/** What a case comes to with some latency tables. */
interface Outcome {
	readonly e2eS: readonly number[];
	readonly ttftS: readonly number[];
	readonly makespanS: number;
	/** From the first arrival to the last completion, mean over replicas and stages. */
	readonly mfu: number;
}

function play(
	{ config, replicas, requests, policy }: ReferenceCase,
	tables: LatencyTables,
): Outcome {
	const machines = Array.from({ length: replicas }, () => buildMachine(config, tables));
	const firstS = requests[0]?.arrivedAtS ?? 0;
	const rows: number[][] = [];
	const lastS = new Array<number>(replicas).fill(0);
	const { states } = runCluster(machines, requests, policy, {
		untilS: Number.POSITIVE_INFINITY,
		completed(replica, atS, row) {
			rows.push([...row]);
			lastS[replica] = atS;
		},
	});
	const mfus = states.map((state, i) => {
		const report = createReport();
		const untilS = lastS[i] as number;
		machines[i]?.closeStep(state, untilS, report);
		return (report.mfu * untilS) / (untilS - firstS);
	});
	const column = (metric: (typeof requestMetricNames)[number]) => {
		const at = requestMetricNames.indexOf(metric);
		return rows.map((row) => row[at] as number).sort((a, b) => a - b);
	};
	return {
		e2eS: column('request_e2e_time'),
		ttftS: column('prefill_e2e_time'),
		makespanS: Math.max(...lastS),
		mfu: mfus.reduce((sum, mfu) => sum + mfu, 0) / replicas,
	};
}

function tablesOf({ config }: ReferenceCase, profile = config.profile): LatencyTables {
	const { model, device, numTensorParallelWorkers: tensorParallel } = config;
	return loadTables(profile, { model, device: device.name, tensorParallel });
}

/** Quantile of sorted values by linear interpolation, as in the reference's summary. */
function quantile(sorted: readonly number[], p: number): number {
	const at = p * (sorted.length - 1);
	const low = sorted[Math.floor(at)] as number;
	return low + ((sorted[Math.ceil(at)] as number) - low) * (at - Math.floor(at));
}

const QUANTILES = [0.5, 0.9, 0.99];

/** Relative errors of an outcome; of the latencies the largest of p50, p90 and p99. */
function errors(got: Outcome, want: Outcome) {
	assert.is(got.e2eS.length, want.e2eS.length);
	const worst = (of: 'e2eS' | 'ttftS') =>
		Math.max(...QUANTILES.map((p) => Math.abs(quantile(got[of], p) / quantile(want[of], p) - 1)));
	return {
		e2e: worst('e2eS'),
		ttft: worst('ttftS'),
		makespan: Math.abs(got.makespanS / want.makespanS - 1),
		mfu: Math.abs(got.mfu / want.mfu - 1),
	};
}

function against(name: string, run: () => void): void {
	test(name, () => {
		if (referenceMissing === null) run();
		else console.log(`skipped "${name}": ${referenceMissing}`);
	});
}

function checkLatencies(
	name: string,
	profile: string,
	bounds: { e2e: number; ttft: number },
): void {
	const reference = referenceCase(name);
	// Vidur's own tables give Vidur's own run (vidur-cases.test.ts), so they say what its MFU is.
	const want = play(reference, tablesOf(reference));
	const off = errors(play(reference, tablesOf(reference, profile)), want);
	const text = JSON.stringify(off);
	assert.ok(off.e2e < bounds.e2e && off.ttft < bounds.ttft, text);
	assert.ok(off.makespan < 0.02 && off.mfu < 0.02, text);
}

/**
 * Case 05: TTFT under lightllm hangs on which iteration a prompt is tried in. Noise of 0.2 % on Vidur's own tables,
 * which is what its training leaves to chance, moves the median by up to 4.5 % (below).
 */
for (const [name, ttft] of [
	['case01', 0.03],
	['case02', 0.03],
	['case03', 0.03],
	['case04b', 0.03],
	['case05', 0.045],
	['case06', 0.03],
	['case07', 0.03],
	['case08', 0.03],
	['case10', 0.03],
	['case13', 0.03],
	['case15', 0.03],
] as const)
	against(
		`the profile for reproduction gives latencies, makespan and MFU of Vidur's ${name}`,
		() => {
			checkLatencies(name, REPRODUCTION, { e2e: 0.03, ttft });
		},
	);

/**
 * The default profile does not blur steps as a forest does (3 % at the 512 tokens of chunked batches), and goes on
 * growing beyond what was measured, where a forest is level: that shows in batches of several whole prompts (cases
 * 03, 04b), and where a queue is full for long (15).
 */
for (const [name, e2e, ttft] of [
	['case01', 0.03, 0.03],
	['case02', 0.03, 0.03],
	['case03', 0.1, 0.3],
	['case04b', 0.1, 0.2],
	['case05', 0.03, 0.1],
	['case06', 0.03, 0.06],
	['case07', 0.03, 0.06],
	['case08', 0.03, 0.035],
	['case10', 0.03, 0.03],
	['case13', 0.03, 0.03],
	['case15', 0.06, 0.07],
] as const)
	against(`the default profile is near the latencies and the MFU of Vidur's ${name}`, () => {
		checkLatencies(name, DEFAULT, { e2e, ttft });
	});

against("polynomials trained as Vidur's give its case 09, the one of its linear regression", () => {
	const profiling = resolve('../shared/data/vidur/profiling');
	if (!existsSync(profiling)) {
		console.log(`skipped training: no ${profiling}`);
		return;
	}
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-trained-'));
	const path = join(folder, 'polynomials.json');
	const points = fullPoints((file) => readFileSync(join(profiling, file), 'utf8'));
	const profile = trainedProfile(points, 'linear_regression');
	writeFileSync(path, JSON.stringify(profile));
	checkLatencies('case09', path, { e2e: 0.01, ttft: 0.015 });
	rmSync(folder, { recursive: true });
});

/** Standard deviation of the noise: Vidur's tables of two trainings differ by 0.06 to 0.23 % on average. */
const NOISE = 0.002;
const RUNS = 12;

/** The same tables with every time off by chance. */
function noisy(tables: LatencyTables, next: () => number): LatencyTables {
	const shaken = (table: Float64Array) => table.map((ms) => ms * (1 + NOISE * next()));
	return {
		...tables,
		projections: shaken(tables.projections),
		mlp: shaken(tables.mlp),
		allReduce: shaken(tables.allReduce),
		decodeMs: shaken(tables.decodeMs),
	};
}

/** Normal deviates by Box and Muller from a linear congruential generator (Park and Miller). */
function normal(): () => number {
	let state = 42;
	const uniform = () => {
		state = (state * 48271) % 2147483647;
		return state / 2147483647;
	};
	return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

against(
	'TTFT of case 05 scatters by more than 3 % under noise, and its means agree within 3 %',
	() => {
		const reference = referenceCase('case05');
		const next = normal();
		const means = (profile: string | undefined) => {
			const tables = tablesOf(reference, profile);
			const runs = Array.from({ length: RUNS }, () => play(reference, noisy(tables, next)).ttftS);
			return QUANTILES.map((p) => {
				const values = runs.map((run) => quantile(run, p));
				const mean = values.reduce((sum, value) => sum + value, 0) / RUNS;
				return { mean, spread: (Math.max(...values) - Math.min(...values)) / mean };
			});
		};
		const vidur = means(undefined);
		const ours = means(REPRODUCTION);
		assert.ok((vidur[0]?.spread as number) > 0.03, JSON.stringify(vidur));
		ours.forEach(({ mean }, i) => {
			const off = Math.abs(mean / (vidur[i]?.mean as number) - 1);
			assert.ok(off < 0.03, `p${100 * (QUANTILES[i] as number)} ${off}`);
		});
	},
);

test.run();
