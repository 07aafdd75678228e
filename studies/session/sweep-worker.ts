import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../kernel/files/canonical.ts';
import { SimulationError } from '../../protocol/errors.ts';
import type { Reported } from '../../protocol/run-folder/summary.ts';
import { METRICS } from '../../results/compare/metrics.ts';
import { figureRows } from '../../results/repeats/repeated-figures.ts';
import { summaryRows } from '../../results/report/summary-rows.ts';
import { IN_PROCESS } from '../../run/launch/placement.ts';
import { Scenario } from '../../run/resolve/scenario.ts';
import { RunFailed } from '../../run/run-result.ts';
import { runScenario } from '../../run/run-scenario.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { type Flavour, runExperiment } from '../experiments/run-experiment.ts';
import type { PoolJob } from '../sweep/pool.ts';
import { serveJobs } from '../sweep/worker-side.ts';

/** What the processes of `gridbeat sweep` and `gridbeat run --repeats` are given, by kind of job. */
interface ExperimentSpec {
	readonly experiment: Experiment;
	readonly profile: Flavour;
}

serveJobs((job, progress) => {
	if (job.kind !== 'experiment') return runJob(job, progress);
	const { experiment, profile } = job.spec as unknown as ExperimentSpec;
	return { ...runExperiment(experiment, profile) };
});

type Told = (part: number) => void;

/** A run of a scenario: its metrics, or all its figures if it is one of repeats. Without a folder no file stays. */
async function runJob(job: PoolJob, progress: Told): Promise<Json> {
	const folder = job.folder ?? mkdtempSync(join(tmpdir(), 'gridbeat-sweep-'));
	try {
		// Half a run of somebody who was killed.
		rmSync(folder, { recursive: true, force: true });
		const isKept = job.folder !== undefined;
		const summary = await runOnce(job, { folder, isKept }, progress);
		if (job.kind === 'repeat') return figureRows(summaryRows(summary)).map((row) => ({ ...row }));
		const metrics = METRICS.map(({ name, of }) => [name, of(summary)] as const);
		// What is not a number has no JSON.
		return Object.fromEntries(metrics.filter(([, value]) => Number.isFinite(value)));
	} finally {
		if (job.folder === undefined) rmSync(folder, { recursive: true, force: true });
	}
}

/** Runs a scenario in this process, over memory, and reads what it recorded. */
async function runOnce(
	{ spec, command = 'gridbeat sweep' }: PoolJob,
	{ folder, isKept }: { readonly folder: string; readonly isKept: boolean },
	progress: Told,
): Promise<Reported> {
	const scenario = Scenario.parse((spec as { scenario: Json }).scenario);
	const outputs = { ...scenario.outputs, parquet: isKept && scenario.outputs.parquet };
	try {
		const { summary } = await runScenario(
			{ ...scenario, outputs, pace: null, placement: IN_PROCESS },
			{
				...{ out: folder, overwrite: true, command, report: isKept },
				onProgress: ({ simulatedS, untilS }) => progress(simulatedS / untilS),
			},
		);
		return summary;
	} catch (error) {
		// Where its folder is, and whether there is one, is the business of whoever asked.
		throw error instanceof RunFailed ? new SimulationError(error.reason) : error;
	}
}
