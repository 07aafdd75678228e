import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../kernel/files/canonical.ts';
import { jobHash } from '../kernel/files/identity.ts';
import { EXIT, ownProgram } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import type { FigureRow, RepeatRun } from '../results/repeats/repeated-figures.ts';
import {
	holdsRepeats,
	type RepeatsFile,
	readRepeatsFile,
	repeatFolder,
	writeRepeatsFile,
} from '../results/repeats/repeats-file.ts';
import { repeatsObject, repeatsText } from '../results/repeats/show.ts';
import { writeRepeats } from '../results/repeats/write-repeats.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { makePlan } from '../run/make-plan.ts';
import { siteLabel, summaryLine } from '../run/resolve/metadata.ts';
import type { Plan } from '../run/resolve/plan.ts';
import { runFolder } from '../run/resolve/plan.ts';
import { refuseElsewhere, refuseFeeds, repeatOf } from '../studies/session/repeat-of.ts';
import type { StudyOptions, StudySession } from '../studies/session/study-session.ts';
import { SWEEP_WORKER } from '../studies/session/sweep-worker-script.ts';
import type { Job } from '../studies/sweep/job-runner.ts';
import { silentView, workView } from '../studies/sweep/progress.ts';
import { seedsOf } from '../studies/sweep/sweep-file.ts';
import { inParallel } from '../studies/sweep/work-loop.ts';
import { printDryRun } from './describe-plan.ts';
import { jsonText } from './json-output.ts';
import type { RunFlags } from './run-command.ts';
import { inStudyTerminal } from './study-terminal.ts';

/** Those of a run, and those of a study. */
type RepeatOptions = RunFlags & Pick<StudyOptions, 'jobs' | 'workers'>;

/** One of the runs: its scenario, and what its worker is given. */
interface Planned {
	readonly seed: string;
	/** Its run folder, within that of all. */
	readonly name: string;
	readonly job: Job;
}

/**
 * `gridbeat run --repeats N`: the same scenario with N seeds, a run folder each beneath one, and what they come to
 * together. What is done already is not done again. Returns the exit code.
 *
 * @throws ConfigError for what cannot be repeated, before anything is written
 */
export async function runRepeats(scenario: Scenario, options: RepeatOptions): Promise<number> {
	refuseRepeats(scenario, 'repeat');
	const plan = await makePlan(repeatOf(scenario, String(scenario.seed), 0), options);
	if (options.dryRun) {
		printDryRun({ ...plan, scenario }, options.json);
		return EXIT.done;
	}
	const seeds = seedsOf(scenario.repeats, scenario.seed);
	const make = (folder: string) =>
		seeds.map((seed, i) => plannedOf(scenario, { seed, index: i, folder, options }));
	const program = ownProgram();
	const { kind, spec } = (make('')[0] as Planned).job;
	const identity = jobHash({ program, kind, spec });
	// The folder follows from what is run, so that the same command finds what it did before.
	const folder = runFolder(`${scenario.name}-repeats-${identity.slice(0, 8)}`, options.out);
	const prepare = () => takeFolder(folder, identity, options.overwrite);
	const planned = make(folder);
	const about = repeatsAbout(plan, { identity, program, command: options.command });
	return inStudyTerminal(
		SWEEP_WORKER,
		folder,
		{ ...options, prepare, retry: true },
		async (session) => {
			const fileOf = (runs: RepeatsFile['runs']): RepeatsFile => ({ ...about, scenario, runs });
			writeRepeatsFile(
				folder,
				fileOf(planned.map(({ seed, name }) => ({ seed, folder: name, failure: null }))),
			);
			if (!options.json) process.stdout.write(`${openingText(plan, seeds, folder, session)}\n`);
			if (!options.json && typeof options.leftOut === 'string')
				process.stdout.write(`  ${options.leftOut}\n`);
			const runs = await doRuns(planned, folder, session, options.json);
			const file = fileOf(
				runs.map(({ seed, folder: own, failure }) => ({ seed, folder: own, failure })),
			);
			writeRepeatsFile(folder, file);
			const repeats = await writeRepeats(folder, file, runs);
			process.stdout.write(
				options.json
					? jsonText('repeats', repeatsObject(repeats, folder))
					: `${repeatsText(repeats)}\nReport: ${join(folder, 'report.html')}\n`,
			);
			return runs.some(({ failure }) => failure !== null) ? EXIT.failed : EXIT.done;
		},
	);
}

/**
 * Runs that are done many at a time, as repeats or to be compared, are one process each and go as fast as they can.
 *
 * @throws ConfigError for a scenario that cannot be run so
 */
export function refuseRepeats(scenario: Scenario, what: 'repeat' | 'compare'): void {
	refuseFeeds(scenario, what);
	refuseElsewhere(scenario, what);
	if (scenario.pace !== null)
		throw new ConfigError(
			`Cannot ${what} a run at a pace: ${what === 'repeat' ? 'repeats' : 'runs to be compared'} go as fast as they can; leave --pace out`,
		);
	if (scenario.placement.external.length > 0)
		throw new ConfigError(
			`Cannot ${what} a run with actors from elsewhere: each ${what === 'repeat' ? 'repeat' : 'run'} is one process; use --workers to have whole runs done elsewhere`,
		);
}

/** A folder is taken for what it was made for, and goes on; all else needs `--overwrite`, which empties it. */
function takeFolder(folder: string, identity: string, overwrite: boolean): void {
	const refuse = (what: string) =>
		new ConfigError(
			`Cannot write repeats to "${folder}": it holds ${what}; give another --out, or --overwrite`,
		);
	if (existsSync(join(folder, 'metadata.yaml'))) throw refuse('a run');
	if (!holdsRepeats(folder) || readRepeatsFile(folder).identity === identity) return;
	if (!overwrite) throw refuse('repeats of another scenario, or of another version');
	for (const name of readdirSync(folder))
		if (/^(repeat-\d+|jobs)$/.test(name)) rmSync(join(folder, name), { recursive: true });
}

function plannedOf(
	scenario: Scenario,
	{
		seed,
		index,
		folder,
		options,
	}: { seed: string; index: number; folder: string; options: RunFlags },
): Planned {
	const placement = IN_PROCESS;
	const own = { ...repeatOf(scenario, seed, index), placement };
	const name = repeatFolder(index);
	return {
		seed,
		name,
		job: {
			kind: 'repeat',
			label: `seed ${seed}`,
			spec: { scenario: own } as unknown as Json,
			folder: join(folder, name),
			command: commandOf(options.command, seed),
		},
	};
}

/** The command line of one repeat by itself: without what is about all of them. */
function commandOf(command: string, seed: string): string {
	const alone = command
		.replace(/ --(?:out|jobs|repeats|seed)(?:=| )(?:'(?:[^']|'\\'')*'|[^\s']+)/g, '')
		.replace(/ --(?:overwrite|json|workers)(?=\s|$)/g, '');
	return `${alone} --repeats 1 --seed ${/^[\w.-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`}`;
}

/** What a folder of repeats says of itself, but for its runs. */
export function repeatsAbout(
	{ frame, scenario, sites }: Plan,
	of: Pick<RepeatsFile, 'identity' | 'program' | 'command'>,
): Omit<RepeatsFile, 'scenario' | 'runs'> {
	const title = (sites ?? []).map((site) => siteLabel(site.frame)).join(', ');
	return {
		title: title === '' ? frame.location.name : title,
		summary: summaryLine(scenario),
		timezone: frame.location.timeZone,
		...of,
	};
}

function openingText(
	{ scenario }: Plan,
	seeds: readonly string[],
	folder: string,
	{ where }: Pick<StudySession, 'where'>,
): string {
	return `Gridbeat ${seeds.length} repeats of ${scenario.name}, ${where}\n  ${summaryLine(scenario)}\n  into ${folder}`;
}

async function doRuns(
	planned: readonly Planned[],
	folder: string,
	{ runner, width }: StudySession,
	isSilent: boolean,
): Promise<RepeatRun[]> {
	const view = isSilent
		? silentView(process.stderr)
		: workView(planned.length, 'repeats', process.stdout);
	try {
		return await inParallel(planned, width, async ({ seed, name, job }) => {
			// Its figures are kept without its files: somebody removed them.
			if (!existsSync(join(folder, name, 'report.html'))) runner.forget(job);
			const { outcome } = await runner.run(job, (part, where) =>
				view.update(job.label, part, where),
			);
			const failure = 'failure' in outcome ? outcome.failure : null;
			view.done(job.label, failure);
			const rows = 'failure' in outcome ? null : (outcome.result as unknown as FigureRow[]);
			return { seed, folder: name, rows, failure };
		});
	} finally {
		view.end();
	}
}
