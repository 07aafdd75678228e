import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scenario } from '../../protocol/scenario.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { type Flavour, runExperiment } from '../experiments/run-experiment.ts';
import { summaryOf } from '../report/sites.ts';
import type { Summary } from '../report/summary.ts';
import { writeReport } from '../report/write-report.ts';
import type { Json } from '../sweep/canonical.ts';
import { METRICS } from '../sweep/metrics.ts';
import { serveJobs } from '../sweep/worker-side.ts';
import { runInProcess } from './run-in-process.ts';

/** What a process of the pool of `gridbeat sweep` is told. */
interface SweepJob {
	readonly hash: string;
	readonly spec:
		| { readonly scenario: Json; readonly isKept: boolean }
		| { readonly experiment: Experiment; readonly profile: Flavour };
}

const [keptRuns = ''] = process.argv.slice(2);

serveJobs(async (job, progress) => {
	const { hash, spec } = job as unknown as SweepJob;
	if ('experiment' in spec) return { ...runExperiment(spec.experiment, spec.profile) };
	const folder = spec.isKept
		? join(keptRuns, hash)
		: mkdtempSync(join(tmpdir(), 'gridbeat-sweep-'));
	try {
		const summary = await runOnce(Scenario.parse(spec.scenario), folder, progress);
		if (spec.isKept) await writeReport(folder);
		const metrics = METRICS.map(({ name, of }) => [name, of(summary)] as const);
		// What is not a number has no JSON.
		return Object.fromEntries(metrics.filter(([, value]) => Number.isFinite(value)));
	} finally {
		if (!spec.isKept) rmSync(folder, { recursive: true, force: true });
	}
});

/** Runs a scenario in this process, over memory, and reads what it recorded. */
async function runOnce(
	scenario: Scenario,
	folder: string,
	progress: (part: number) => void,
): Promise<Summary> {
	await runInProcess(scenario, { folder, command: 'gridbeat sweep' }, progress);
	return summaryOf(folder);
}
