import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { realFolder } from '../kernel/files/open-below.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { RosterEntry } from '../protocol/messages.ts';
import { namesText } from '../protocol/names-text.ts';
import { secondsToUs } from '../protocol/time.ts';
import { readMetadata, statusOf } from '../results/report/metadata.ts';
import { readCommands } from './launch/command-log.ts';
import { holdFolder } from './launch/hold-folder.ts';
import { movedEntry, readReplayFile } from './launch/resume-files.ts';
import { lockName, type Plan, runFolder } from './resolve/plan.ts';
import { foldersOf } from './resolve/site-folders.ts';
import { RunAborted, type RunResult } from './run-result.ts';
import { NEVER, placedAs, type ResumeOptions, runHeld } from './run-scenario.ts';

/** How a run is repeated; every key may be left out. */
export interface ReplayOptions extends Omit<ResumeOptions, 'takeOver' | 'outside'> {
	/** The run folder of the repetition; default: the run's own with `-replay`. */
	readonly out?: string | undefined;
}

/** What the repetition of a run came to. */
export interface ReplayResult extends RunResult {
	/** Tables of the run that are the same, byte by byte, and those that are not; paths in its folder. */
	readonly tables: { readonly same: readonly string[]; readonly different: readonly string[] };
}

/**
 * Repeats a run that heard something from outside (commands, feeds, requests) by what it has kept of that, as fast as it can
 * and without asking anybody: its tables come out the same, byte by byte, up to where it ended.
 *
 * @param path its run folder
 * @throws ConfigError for a run that cannot be repeated; else as runScenario()
 */
export async function replayRun(path: string, options: ReplayOptions = {}): Promise<ReplayResult> {
	const { signal = NEVER, stopAtOnce = NEVER, onNotice = () => {}, placement } = options;
	const folder = realFolder(path);
	const metadata = readMetadata(folder);
	if (statusOf(metadata) === 'running')
		throw new ConfigError(`Cannot replay "${folder}": it goes on`);
	const found = readReplayFile(folder);
	if (found === null)
		throw new ConfigError(
			`Cannot replay "${folder}": nothing came to it from outside, so its scenario repeats it: ${metadata.gridbeat.command ?? 'gridbeat run'}`,
		);
	const out = runFolder('', options.out ?? `${folder}-replay`);
	const plan = movedTo(placedAs(found, placement ?? local(found)), out);
	const untilS = metadata.gridbeat.simulated_until_s;
	const untilUs = typeof untilS === 'number' ? secondsToUs(untilS) : plan.frame.untilUs;
	const asked = foreignOf(plan);
	if (asked.length > 0) onNotice(askedAgain(asked));
	const repeats = { folder, commands: readCommands(folder), untilUs };
	const held = holdFolder(out, lockName(plan.run), onNotice);
	try {
		const ends = AbortSignal.any([signal, stopAtOnce]);
		const result = await untilEnd(
			runHeld(plan, held, { ...options, ends, repeats }),
			untilUs < plan.frame.untilUs,
		);
		return { ...result, tables: compared(foldersOf(found), foldersOf(plan)) };
	} finally {
		held.release();
	}
}

/** One that was ended before its time is repeated up to there, which is no failure. */
async function untilEnd(run: Promise<RunResult>, isCut: boolean): Promise<RunResult> {
	try {
		return await run;
	} catch (error) {
		if (isCut && error instanceof RunAborted && error.result !== null) return error.result;
		throw error;
	}
}

/** Who has an actor that is no program of Gridbeat has it step again: what it said stands in no file whole. */
function askedAgain(actors: readonly string[]): string {
	const ends = actors.length === 1 ? 'is asked again: it has' : 'are asked again: they have';
	return `${namesText(actors)} ${ends} to say the same of the same for the tables to be the same`;
}

/** Actors of programs that somebody else starts, since no process of Gridbeat can run them. */
function foreignOf({ roster, placing }: Plan): string[] {
	return roster.filter(({ host }) => placing.foreign.includes(host)).map(({ name }) => name);
}

/** No worker elsewhere is waited for. */
function local({ scenario }: Plan): Plan['scenario']['placement'] {
	return { ...scenario.placement, external: [] };
}

/** The same run in another folder, as fast as it can go. */
function movedTo(plan: Plan, out: string): Plan {
	const run = `${plan.run.slice(0, RUN_LENGTH_MAX)}-replay`;
	const moved = (one: string) => join(out, relative(plan.folder, one));
	const roster = plan.roster.map((entry): RosterEntry => {
		const there = movedEntry(entry, moved);
		if (entry.kind !== 'recorder') return there;
		return { ...there, config: { ...(there.config as object), run: lockName(run) } };
	});
	return {
		...{ ...plan, run, folder: out, roster },
		scenario: { ...plan.scenario, pace: null },
		sites: plan.sites?.map((site) => ({ ...site, folder: moved(site.folder) })) ?? null,
	};
}

const RUN_LENGTH_MAX = 190;

/** The tables of the folders of two runs. */
function compared(before: readonly string[], after: readonly string[]): ReplayResult['tables'] {
	const [same, different]: [string[], string[]] = [[], []];
	const [root = ''] = before;
	for (const [i, folder] of before.entries())
		for (const name of readdirSync(folder)
			.filter((one) => one.endsWith('.csv'))
			.sort()) {
			const path = join(folder, name);
			const other = join(after[i] ?? '', name);
			const isSame = existsSync(other) && readFileSync(path).equals(readFileSync(other));
			(isSame ? same : different).push(relative(root, path));
		}
	return { same, different };
}
