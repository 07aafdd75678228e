import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../kernel/files/canonical.ts';
import { jobHash } from '../kernel/files/identity.ts';
import { EXIT, ownProgram } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { changesBetween } from '../results/compare/changes.ts';
import {
	type ComparisonFile,
	holdsComparison,
	readComparisonFile,
	writeComparisonFile,
} from '../results/compare/comparison-file.ts';
import { changesText, comparisonText } from '../results/compare/comparison-text.ts';
import { comparisonObject } from '../results/compare/show.ts';
import { writeComparison } from '../results/compare/write-comparison.ts';
import type { FigureRow, RepeatRun } from '../results/repeats/repeated-figures.ts';
import { repeatFolder, writeRepeatsFile } from '../results/repeats/repeats-file.ts';
import { writeRepeats } from '../results/repeats/write-repeats.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { makePlan } from '../run/make-plan.ts';
import { summaryLine } from '../run/resolve/metadata.ts';
import { type Plan, runFolder } from '../run/resolve/plan.ts';
import { repeatOf } from '../studies/session/repeat-of.ts';
import type { StudyOptions, StudySession } from '../studies/session/study-session.ts';
import { SWEEP_WORKER } from '../studies/session/sweep-worker-script.ts';
import type { Job } from '../studies/sweep/job-runner.ts';
import { silentView, workView } from '../studies/sweep/progress.ts';
import { seedsOf } from '../studies/sweep/sweep-file.ts';
import { inParallel } from '../studies/sweep/work-loop.ts';
import { jsonText, printJson } from './json-output.ts';
import { refuseRepeats, repeatsAbout } from './repeats-command.ts';
import type { RunFlags } from './run-command.ts';
import { inStudyTerminal } from './study-terminal.ts';

/** Those of a run, and those of a study. */
type CasesOptions = RunFlags & Pick<StudyOptions, 'jobs' | 'workers'>;

/** A scenario that is run to be compared. */
export interface NamedScenario {
	readonly label: string;
	readonly scenario: Scenario;
	/** What went of the default scenario because of a flag; null or left out: nothing. */
	readonly leftOut?: string | null;
}

/** A case with its folder within that of all, and its runs. */
interface PlannedCase extends NamedScenario {
	readonly folder: string;
	readonly plan: Plan;
	readonly seeds: readonly string[];
	readonly jobs: readonly Job[];
}

/**
 * `gridbeat run --without PART` and `--vary NAME=VALUES`: runs each scenario, each with its repeats, in a folder beneath one,
 * and compares them there. What is done already is not done again. Returns the exit code.
 *
 * @throws ConfigError for what cannot be compared, before anything is written
 */
export async function runCases(
	named: readonly NamedScenario[],
	options: CasesOptions,
): Promise<number> {
	refuseTwice(named);
	const planned: PlannedCase[] = [];
	for (const one of named) planned.push(await plannedOf(one, planned, options));
	const program = ownProgram();
	const spec = planned.map(({ label, jobs }) => ({ label, spec: jobs[0]?.spec ?? null }));
	const identity = jobHash({ program, kind: 'comparison', spec: spec as unknown as Json });
	const name = (planned[0] as PlannedCase).scenario.name;
	// The folder follows from what is run, so that the same command finds what it did before.
	const folder = runFolder(`${name}-compare-${identity.slice(0, 8)}`, options.out);
	if (options.dryRun) {
		printCases(planned, folder, options.json);
		return EXIT.done;
	}
	const prepare = () => takeFolder(folder, identity, options.overwrite);
	const fileOf = (failures: readonly (string | null)[]): ComparisonFile => ({
		...{ identity, program, command: options.command },
		cases: planned.map(({ label, folder: own }, i) => ({
			...{ label, folder: own },
			failure: failures[i] ?? null,
		})),
	});
	return inStudyTerminal(
		SWEEP_WORKER,
		folder,
		{ ...options, prepare, retry: true },
		async (session) => {
			writeComparisonFile(folder, fileOf([]));
			if (!options.json)
				process.stdout.write(`${openingText(planned, folder, { ...session, named })}\n`);
			const failures = await doCases(planned, { folder, options, program }, session);
			writeComparisonFile(folder, fileOf(failures));
			return conclude(planned, failures, { folder, json: options.json });
		},
	);
}

/** Compares those that are done, and says which are not. */
async function conclude(
	planned: readonly PlannedCase[],
	failures: readonly (string | null)[],
	{ folder, json }: { readonly folder: string; readonly json: boolean },
): Promise<number> {
	const failed = planned.flatMap(({ label }, i) =>
		failures[i] === null ? [] : [`${label}: ${failures[i]}`],
	);
	for (const line of failed) process.stderr.write(`${line}\n`);
	if (planned.length - failed.length < 2) {
		process.stderr.write(`Fewer than two cases are done, so there is nothing to compare\n`);
		return EXIT.failed;
	}
	const comparison = await writeComparison(folder);
	const report = join(folder, 'report.html');
	process.stdout.write(
		json
			? jsonText('compare', { ...comparisonObject(comparison), folder, report, failed })
			: `${comparisonText(comparison, { isWhole: false })}\n\nReport: ${report}\n`,
	);
	return failed.length > 0 ? EXIT.failed : EXIT.done;
}

function refuseTwice(named: readonly NamedScenario[]): void {
	const seen = new Map<string, string>();
	for (const { label, scenario } of named) {
		// What changes no figure makes no other run.
		const text = JSON.stringify({ ...scenario, name: '', pace: null, placement: null });
		const other = seen.get(text);
		if (other !== undefined)
			throw new ConfigError(
				`Cannot compare "${label}" with "${other}": both are the same run; drop one of them`,
			);
		seen.set(text, label);
	}
}

async function plannedOf(
	{ label, scenario }: NamedScenario,
	before: readonly PlannedCase[],
	options: CasesOptions,
): Promise<PlannedCase> {
	refuseRepeats(scenario, 'compare');
	const about = { command: options.command, asks: !options.dryRun, out: undefined, id: undefined };
	const plan = await planned(label, () =>
		makePlan(repeatOf(scenario, String(scenario.seed), 0), about),
	);
	const folder = folderName(label, new Set(before.map((one) => one.folder)));
	const seeds = seedsOf(scenario.repeats, scenario.seed);
	const jobs = seeds.map((seed, i): Job => {
		const own = { ...repeatOf(scenario, seed, i), placement: IN_PROCESS };
		return {
			kind: 'repeat',
			label: seeds.length > 1 ? `${label}, seed ${seed}` : label,
			spec: { scenario: own } as unknown as Json,
			folder: seeds.length > 1 ? join(folder, repeatFolder(i)) : folder,
			command: options.command,
		};
	});
	return { label, scenario, folder, plan, seeds, jobs };
}

/** Of several scenarios one is to be named. */
async function planned<T>(label: string, make: () => Promise<T>): Promise<T> {
	try {
		return await make();
	} catch (error) {
		if (!(error instanceof ConfigError) || 'problems' in error) throw error;
		throw new ConfigError(`${label}: ${error.message}`);
	}
}

/** A label as the name of a folder that no other case has. */
function folderName(label: string, taken: ReadonlySet<string>): string {
	const plain = label.replaceAll(/[^A-Za-z0-9.]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, '');
	const short = plain.slice(0, 60) || 'case';
	for (let n = 1; ; n++) {
		const name = n === 1 ? short : `${short}-${n}`;
		if (!taken.has(name) && name !== 'jobs') return name;
	}
}

/** A folder is taken for what it was made for, and goes on; all else needs `--overwrite`, which empties it. */
function takeFolder(folder: string, identity: string, overwrite: boolean): void {
	const refuse = (what: string) =>
		new ConfigError(
			`Cannot write a comparison to "${folder}": it holds ${what}; give another --out, or --overwrite`,
		);
	if (existsSync(join(folder, 'metadata.yaml'))) throw refuse('a run');
	if (existsSync(join(folder, 'repeats.yaml'))) throw refuse('repeats');
	if (!holdsComparison(folder)) return;
	const before = readComparisonFile(folder);
	if (before.identity === identity) return;
	if (!overwrite) throw refuse('a comparison of other scenarios, or of another version');
	const names = new Set([...before.cases.map((one) => one.folder), 'jobs']);
	for (const name of readdirSync(folder))
		if (names.has(name)) rmSync(join(folder, name), { recursive: true });
}

function openingText(
	planned: readonly PlannedCase[],
	folder: string,
	{ where, named }: Pick<StudySession, 'where'> & { readonly named: readonly NamedScenario[] },
): string {
	const [{ scenario, seeds, plan }] = planned as readonly [PlannedCase, ...PlannedCase[]];
	const repeats = seeds.length > 1 ? `, ${seeds.length} repeats each` : '';
	return [
		`Gridbeat compares ${planned.length} runs of ${scenario.name}${repeats}, ${where}`,
		`  ${summaryLine(plan.scenario)}`,
		...planned.map((one) => `  ${one.label}`),
		...[...new Set(named.flatMap(({ leftOut }) => leftOut ?? []))].map((line) => `  ${line}`),
		`  into ${folder}`,
	].join('\n');
}

/** Does all runs; why each case failed, or null. */
async function doCases(
	planned: readonly PlannedCase[],
	of: { readonly folder: string; readonly options: CasesOptions; readonly program: string },
	{ runner, width }: StudySession,
): Promise<(string | null)[]> {
	const { folder, options } = of;
	const all = planned.flatMap((one, place) =>
		one.jobs.map((job, i) => ({
			...{ place, seed: one.seeds[i] as string, name: job.folder ?? '' },
			job: { ...job, folder: join(folder, job.folder ?? '') },
		})),
	);
	const view = options.json
		? silentView(process.stderr)
		: workView(all.length, 'runs', process.stdout);
	const done: { readonly place: number; readonly run: RepeatRun }[] = [];
	try {
		done.push(
			...(await inParallel(all, width, async ({ place, seed, name, job }) => {
				// Its figures are kept without its files: somebody removed them.
				if (!existsSync(join(job.folder, 'report.html'))) runner.forget(job);
				const { outcome } = await runner.run(job, (part, where) =>
					view.update(job.label, part, where),
				);
				const failure = 'failure' in outcome ? outcome.failure : null;
				view.done(job.label, failure);
				const rows = 'failure' in outcome ? null : (outcome.result as unknown as FigureRow[]);
				return { place, run: { seed, folder: name.split('/').pop() ?? '', rows, failure } };
			})),
		);
	} finally {
		view.end();
	}
	const failures: (string | null)[] = [];
	for (const [place, one] of planned.entries()) {
		const runs = done.filter((run) => run.place === place).map(({ run }) => run);
		failures.push(runs.find(({ failure }) => failure !== null)?.failure ?? null);
		if (one.seeds.length > 1) await writeRepeated(one, runs, of);
	}
	return failures;
}

/** Makes a case with repeats a folder of repeats as `--repeats` alone has. */
async function writeRepeated(
	{ folder: own, plan, scenario, jobs }: PlannedCase,
	runs: readonly RepeatRun[],
	{
		folder,
		options,
		program,
	}: { readonly folder: string; readonly options: CasesOptions; readonly program: string },
): Promise<void> {
	const { kind, spec } = jobs[0] as Job;
	const identity = jobHash({ program, kind, spec });
	const path = join(folder, own);
	const file = {
		...repeatsAbout(plan, { identity, program, command: options.command }),
		scenario,
		runs: runs.map(({ seed, folder: name, failure }) => ({ seed, folder: name, failure })),
	};
	writeRepeatsFile(path, file);
	await writeRepeats(path, file, runs);
}

/** What would run, for `--dry-run`. */
function printCases(planned: readonly PlannedCase[], folder: string, json: boolean): void {
	const changes = changesBetween(planned.map(({ scenario }) => scenario));
	if (json) {
		const cases = planned.map(({ label, folder: own, plan, seeds }) => ({
			...{ label, folder: join(folder, own), repeats: seeds.length },
			scenario: plan.scenario as unknown as Record<string, unknown>,
		}));
		printJson('dry-run-cases', { folder, cases, changes: [...changes] });
		return;
	}
	const [{ plan, seeds }] = planned as readonly [PlannedCase, ...PlannedCase[]];
	const repeats = seeds.length > 1 ? `, ${seeds.length} repeats each` : '';
	const lines = [
		`# ${planned.length} runs that would be compared${repeats}, into ${folder}`,
		summaryLine(plan.scenario),
		...planned.map(({ label }) => `  ${label}`),
		'',
		...changesText(changes),
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}
