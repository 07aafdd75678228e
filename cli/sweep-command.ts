import { join } from 'node:path';
import type { Command } from 'commander';
import type { Json } from '../kernel/files/canonical.ts';
import { realFolder } from '../kernel/files/open-below.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { usToSeconds } from '../protocol/time.ts';
import { chooseMetrics } from '../results/compare/metrics.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { refuseElsewhere, refuseFeeds, repeatOf } from '../studies/session/repeat-of.ts';
import { readStudy, type Study, scenarioAt } from '../studies/session/study-file.ts';
import { type StudySession, WORKERS_HELP } from '../studies/session/study-session.ts';
import { SWEEP_WORKER } from '../studies/session/sweep-worker-script.ts';
import { expandDesign, type Point, pointLabel, varyingKeys } from '../studies/sweep/design.ts';
import type { DoneJob, Job } from '../studies/sweep/job-runner.ts';
import { silentView, workView } from '../studies/sweep/progress.ts';
import { SweepFile, seedsOf } from '../studies/sweep/sweep-file.ts';
import { pointsOf, type SweepRun } from '../studies/sweep/sweep-results.ts';
import { inParallel } from '../studies/sweep/work-loop.ts';
import { writeSweep } from '../studies/sweep/write-sweep.ts';
import { jsonText } from './json-output.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import { inStudyTerminal, type StudyFlags } from './study-terminal.ts';
import { pointRemarks } from './sweep-remarks.ts';
import { runVidurSweep } from './vidur-sweep.ts';

interface SweepOptions extends StudyFlags {
	readonly limit?: string;
	readonly keepRuns?: boolean;
}

/** Adds `gridbeat sweep`; `set` takes the exit code. */
export function addSweep(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	const command = gridbeat
		.command('sweep')
		.description('run a scenario over a grid, a list or a random design of its keys')
		.argument('<file>', 'what to vary (YAML); see docs/sweep.md')
		.option('--jobs <count>', 'processes; default: one for each core')
		.option('--workers', WORKERS_HELP)
		.option('--retry', 'do again what failed before')
		.option('--keep-runs', 'keep the run folder and report of every run')
		.option('--limit <count>', 'no more requests a run, in sweeps of Vidur command lines')
		.option('--out <folder>', 'folder of results; default: sweeps/<name>')
		.option('--json', 'print a summary as JSON, all else to standard error');
	addNatsFlags(command).action((file: string, options: SweepOptions) =>
		set(runSweep(file, { ...options, env: natsEnv(options) })),
	);
}

/** A run to be done. */
interface Planned {
	readonly number: number;
	readonly label: string;
	readonly point: Point;
	readonly seed: string;
	readonly scenario: Scenario;
	readonly job: Job;
}

/**
 * Does what the file says, and prints what came of it. Returns the exit code.
 *
 * @throws ConfigError for what cannot be used, before anything is written
 */
export async function runSweep(path: string, options: SweepOptions): Promise<number> {
	const study = readStudy(path, SweepFile, 'sweep file');
	if ('vidur' in study.base.raw) return runVidurSweep(study, options);
	if (options.limit !== undefined)
		throw new ConfigError(
			'Cannot use --limit with scenarios: it is for sweeps of Vidur command lines; set requests.maxRequests',
		);
	const metrics = chooseMetrics(study.file.metrics);
	const planned = planRuns(study, options.keepRuns === true);
	const folder = realFolder(options.out ?? join('sweeps', study.file.name));
	return inStudyTerminal(SWEEP_WORKER, folder, options, async (session) => {
		const { runs, reused } = await doRuns(planned, session, { ...options, folder });
		const keys = varyingKeys(planned.map(({ point }) => point));
		const points = pointsOf(runs, metrics);
		const file = { ...study.file, base: study.base.raw };
		const remarks = await pointRemarks(firstOfPoints(planned));
		const { program } = session;
		writeSweep(folder, { file, runs, points, keys, metrics, program, remarks });
		const failed = runs.filter(({ failure }) => failure !== null).length;
		const counts = { points: points.length, runs: runs.length, reused, failed };
		const summary = { folder, ...counts, remarks };
		const lines = [
			...(remarks.length === 0 ? [] : ['Inputs', ...remarks.map((line) => `  ${line}`)]),
			`${runs.length} runs of ${points.length} points (${reused} were there already, ${failed} failed): ${join(folder, 'index.html')}`,
		];
		process.stdout.write(
			options.json === true ? jsonText('sweep', summary) : `${lines.join('\n')}\n`,
		);
		return failed > 0 ? EXIT.failed : EXIT.done;
	});
}

/** A run of each point. */
function firstOfPoints(planned: readonly Planned[]): Planned[] {
	return planned.filter(({ number }, i) => number !== planned[i - 1]?.number);
}

/** Every run of the design, each scenario checked, before the first is done. */
function planRuns({ file, base }: Study<SweepFile>, isKept: boolean): Planned[] {
	const seed = String((base.raw as { seed?: unknown }).seed ?? '1');
	const points = expandDesign(file, seed);
	const keys = varyingKeys(points);
	return points.flatMap((point, index) => {
		const scenario = scenarioAt(base, point);
		refuseFeeds(scenario, 'sweep');
		refuseElsewhere(scenario, 'sweep');
		const label = pointLabel(point, keys);
		return seedsOf(file.repeats ?? scenario.repeats, scenario.seed).map((one, i) => ({
			number: index + 1,
			label,
			point,
			seed: one,
			scenario,
			job: jobOf(repeatOf(scenario, one, i), { label, isKept }),
		}));
	});
}

/** What cannot change a run's figures is no part of it: its name, its pace, where its actors run. */
function jobOf(scenario: Scenario, { label, isKept }: { label: string; isKept: boolean }): Job {
	const placement = IN_PROCESS;
	const whole = { ...scenario, name: 'sweep', pace: null, placement };
	const spec = { scenario: whole, isKept } as unknown as Json;
	return { kind: 'run', label: `${label}, seed ${scenario.seed}`, spec };
}

async function doRuns(
	planned: readonly Planned[],
	{ runner, width }: StudySession,
	options: SweepOptions & { readonly folder: string },
): Promise<{ runs: SweepRun[]; reused: number }> {
	const view =
		options.json === true
			? silentView(process.stderr)
			: workView(planned.length, 'runs', process.stdout);
	let reused = 0;
	try {
		const runs = await inParallel(planned, width, async ({ job: asked, scenario, ...run }) => {
			const kept = join(options.folder, 'runs', runner.hashOf(asked));
			const job = options.keepRuns === true ? { ...asked, folder: kept } : asked;
			const done = await runner.run(job, (part, where) => view.update(job.label, part, where));
			if (done.isReused) reused++;
			const { values, failure } = valuesOf(done);
			view.done(job.label, failure);
			const durationS = usToSeconds(parseDuration(scenario.until, 'the length "until"'));
			return { ...run, hash: done.hash, values, failure, durationS };
		});
		return { runs, reused };
	} finally {
		view.end();
	}
}

function valuesOf({ outcome }: DoneJob): Pick<SweepRun, 'values' | 'failure'> {
	return 'failure' in outcome
		? { values: null, failure: outcome.failure }
		: { values: outcome.result as Record<string, number>, failure: null };
}
