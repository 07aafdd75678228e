import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	type Held,
	holderOf,
	lockFolder,
	RUN_LOCK,
	refusal,
} from '../../kernel/files/folder-lock.ts';
import type { RunMetadata, RunStatus } from '../../protocol/run-folder/metadata.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import { runFoldersOf } from '../../results/repeats/repeats-file.ts';
import { readMetadata, statusOf } from '../../results/report/metadata.ts';
import { siteNamesOf } from '../../results/report/sites.ts';
import { COMMITS } from '../../services/recorder/commits.ts';
import { closeRecovered, cutToWindow, isUnfinished } from '../../services/recorder/recover.ts';
import { siteFolder } from '../../services/recorder/run-folder.ts';
import { RUN_LOCK_PREFIX } from '../resolve/plan.ts';
import { STUDY_LOCK } from './hold-folder.ts';

/** What a command does to run folders that others made. */
export interface Opening {
	/** What it is, for whoever finds its lock. */
	readonly what: string;
	/** Whether it writes there, and so must be the only one that does. */
	readonly writes: boolean;
	/** Hears in a line of what was brought to its end, or taken from somebody who is dead. */
	say(text: string): void;
}

/** Others that write a report are done soon. */
const WAIT_MS = 60_000;
const POLL_MS = 50;

/**
 * Opens run folders, or folders of repeats, for a command: a run whose process died without a word is brought to its end
 * first, all tables at the end of the same window. A run that goes on is read as it is.
 *
 * @throws ConfigError for folders that somebody else is changing, and what `work` throws
 */
export async function withRuns<T>(
	folders: readonly string[],
	opening: Opening,
	work: () => Promise<T>,
): Promise<T> {
	const [first, ...others] = folders;
	if (first === undefined) return work();
	return withRun(first, opening, () => withRuns(others, opening, work));
}

async function withRun<T>(given: string, opening: Opening, work: () => Promise<T>): Promise<T> {
	// What is no run folder is for the command to refuse.
	if (!['metadata.yaml', 'repeats.yaml'].some((name) => existsSync(join(given, name))))
		return work();
	const folder = realpathSync(given);
	const held = await awaitTurn(folder, opening);
	if (held === 'goes on') return work();
	const runs = runFoldersOf(folder);
	if (!opening.writes && !runs.some(isDead)) return work();
	const { say } = opening;
	const lock = lockFolder(folder, opening.what, { say });
	try {
		for (const run of runs) settleRun(run, run === folder ? held : deadHolder(run), say);
		return await work();
	} finally {
		lock.release();
	}
}

/** Null if the folder is free; the one who held it if that is dead; or that a run goes on there. */
async function awaitTurn(folder: string, opening: Opening): Promise<Held | null | 'goes on'> {
	for (const deadline = Date.now() + WAIT_MS; ; await sleep(POLL_MS)) {
		const held = holderOf(folder);
		if (held === null || held.life === 'dead') return held;
		const { what } = held.holder;
		if (what.startsWith(RUN_LOCK_PREFIX) || what === STUDY_LOCK) return 'goes on';
		if (!opening.writes && !runFoldersOf(folder).some(isDead)) return 'goes on';
		if (held.life === 'unknown' || Date.now() > deadline)
			throw refusal(folder, join(folder, RUN_LOCK), held);
	}
}

function deadHolder(folder: string): Held | null {
	const held = holderOf(folder);
	return held?.life === 'dead' ? held : null;
}

/** Whether a run was not brought to its end and nobody will. */
function isDead(folder: string): boolean {
	const { folders, metadata } = partsOf(folder);
	const held = holderOf(folder);
	if (held !== null && held.life !== 'dead') return false;
	return isUnfinished(folders) || (held !== null && statusOf(metadata) === 'running');
}

function partsOf(root: string): { metadata: RunMetadata; sites: string[]; folders: string[] } {
	const metadata = readMetadata(root);
	const sites = siteNamesOf(metadata).map((site) => siteFolder(root, site));
	return { metadata, sites, folders: sites.length === 0 ? [root] : sites };
}

/** Brings a run to its end that its own processes did not. The folder is ours. */
function settleRun(root: string, held: Held | null, say: Opening['say']): void {
	const { metadata, sites, folders } = partsOf(root);
	const isOpen = isUnfinished(folders);
	// Without a lock or a log it is a run of an older version: nobody knows where its windows end.
	if (!isOpen && (held === null || statusOf(metadata) !== 'running')) return;
	const lastWord = lastWordOf(folders);
	const ended = folders.map(endOf).filter((end) => end !== null);
	const limits = ended.map(({ untilUs }) => untilUs);
	const isComplete = ended.every(({ status }) => status === 'complete');
	if (!isOpen && sites.length > 0 && ended.length === sites.length && isComplete) {
		closeRecovered([root], 'complete', { reason: null, simulatedUntilUs: Math.min(...limits) });
		return;
	}
	const untilUs = limits.length === 0 ? null : Math.min(...limits);
	const cut = isOpen ? cutToWindow({ root, folders, untilUs }) : { untilUs: untilUs ?? 0 };
	const word = ended.find(({ status }) => status !== 'complete');
	const who = held === null ? '' : ` (${held.holder.pid} on ${held.holder.host})`;
	closeRecovered(sites.length === 0 ? [root] : [...folders, root], word?.status ?? 'failed', {
		reason: word?.reason ?? `its process${who} ended without a word`,
		...cut,
		simulatedUntilUs: cut.untilUs,
		...(lastWord === null ? {} : { endedAt: lastWord }),
	});
	say(
		`The run in "${root}" was not brought to its end by its own process: it is cut to the end of its last whole window, ${formatSimTime(cut.untilUs)} of simulated time`,
	);
}

interface SiteEnd {
	readonly status: Exclude<RunStatus, 'running'>;
	readonly reason: string | null;
	readonly untilUs: SimTime;
}

/** How a recorder said that its part ended; null if it did not. */
function endOf(folder: string): SiteEnd | null {
	if (!existsSync(join(folder, 'metadata.yaml')) || existsSync(join(folder, COMMITS))) return null;
	const { status, reason, simulated_until_s: untilS } = readMetadata(folder).gridbeat;
	if (!status || status === 'running' || typeof untilS !== 'number') return null;
	return { status, reason: reason ?? null, untilUs: Math.round(untilS * 1e6) };
}

/** When the last window was noted. */
function lastWordOf(folders: readonly string[]): Date | null {
	const times = folders.flatMap((folder) => {
		const log = statSync(join(folder, COMMITS), { throwIfNoEntry: false });
		return log === undefined ? [] : [log.mtimeMs];
	});
	return times.length === 0 ? null : new Date(Math.max(...times));
}
