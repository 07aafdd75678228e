import { basename, dirname, join, resolve } from 'node:path';
import { isFile } from '../../kernel/files/input-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { holdsRepeats, runFoldersOf } from '../repeats/repeats-file.ts';
import { readBenchmark } from '../report/benchmark.ts';
import { readMetadata, statusOf } from '../report/metadata.ts';
import { summaryOf } from '../report/sites.ts';
import { holdsComparison, readComparisonFile } from './comparison-file.ts';

/** A run to be compared. */
export interface ComparedRun {
	readonly folder: string;
	readonly seed: string;
	readonly status: string;
	readonly summary: Summary;
	/** What the scenario says, by dotted path; empty for folders that do not have it, such as Vessim's. */
	readonly keys: ReadonlyMap<string, string>;
	/** The scenario whole; undefined for folders that do not have it. */
	readonly scenario: unknown;
	/** The program that made it; empty where that is not known. */
	readonly version: string;
	/** IANA name of the zone of its place. */
	readonly timezone: string;
}

/** Runs that differ in nothing but their seed. */
export interface Case {
	readonly label: string;
	readonly runs: readonly ComparedRun[];
}

/** What does not change the figures of a run, or is its seed. */
const NO_DIFFERENCE = /^(name|seed|repeats|pace|placement\b.*)$/;

/**
 * Reads run folders and puts repeats together: runs of the same scenario with other seeds are one case, and so is each
 * folder of `gridbeat run --repeats`. A folder of `gridbeat run --vary` has the cases that it says.
 *
 * @throws ConfigError for folders that are no runs, and fewer than two cases
 */
export async function readCases(folders: readonly string[]): Promise<Case[]> {
	const groups = new Map<string, ComparedRun[]>();
	/** What a group is called after. */
	const named = new Map<string, string>();
	/** The labels of cases that were made to be compared. */
	const labelled = new Map<string, string>();
	for (const folder of new Set(folders.map((given) => resolve(given)))) {
		if (holdsComparison(folder)) {
			for (const { label, folder: own, failure } of readComparisonFile(folder).cases) {
				const path = join(folder, own);
				if (failure !== null) continue;
				groups.set(path, await readRuns(path));
				named.set(path, path);
				labelled.set(path, label);
			}
			continue;
		}
		if (holdsRepeats(folder)) {
			groups.set(folder, await readRuns(folder));
			named.set(folder, folder);
			continue;
		}
		const run = isFile(folder) ? measured(folder) : await readOne(folder);
		// Two folders of one seed are no repeats: they may be of two versions, which is worth comparing.
		const same = run.keys.size === 0 ? folder : JSON.stringify([...run.keys]);
		let identity = same;
		for (let n = 2; groups.get(identity)?.some(({ seed }) => seed === run.seed) === true; n++)
			identity = `${same} ${n}`;
		groups.set(identity, [...(groups.get(identity) ?? []), run]);
		if (!named.has(identity)) named.set(identity, folder);
	}
	if (groups.size < 2)
		throw new ConfigError(
			'Cannot compare fewer than two cases: give the folders of runs of different scenarios; ' +
				'runs that differ in their seed only are repeats of one',
		);
	const identities = [...groups.keys()];
	const labels = labelsOf(identities.map((identity) => named.get(identity) as string));
	return [...groups.values()].map((runs, i) => ({
		label: labelled.get(identities[i] as string) ?? (labels[i] as string),
		runs,
	}));
}

/** A run, or those of `gridbeat run --repeats`, which are repeats by what they are, not by what their scenarios say. */
async function readRuns(folder: string): Promise<ComparedRun[]> {
	const runs: ComparedRun[] = [];
	for (const own of runFoldersOf(folder)) runs.push(await readOne(own));
	if (runs.length === 0)
		throw new ConfigError(`Cannot compare "${folder}": none of its repeats is there`);
	return runs;
}

/** What a server measured has no scenario. */
function measured(path: string): ComparedRun {
	const summary = readBenchmark(path);
	const nothing = { seed: '', keys: new Map(), scenario: undefined, version: '', timezone: 'UTC' };
	return { ...nothing, folder: path, status: summary.status, summary };
}

async function readOne(folder: string): Promise<ComparedRun> {
	const metadata = readMetadata(folder);
	const { seed, scenario, version, timezone } = metadata.gridbeat;
	const keys = new Map([...flatten(scenario, '')].filter(([key]) => !NO_DIFFERENCE.test(key)));
	return {
		folder,
		seed: String(seed ?? ''),
		status: statusOf(metadata),
		summary: await summaryOf(folder),
		keys,
		scenario,
		version: String(version ?? ''),
		timezone: timezone ?? 'UTC',
	};
}

function* flatten(node: unknown, path: string): Generator<[string, string]> {
	if (typeof node !== 'object' || node === null) {
		if (path !== '') yield [path, String(node)];
		return;
	}
	for (const [key, value] of Object.entries(node))
		yield* flatten(value, path === '' ? key : `${path}.${key}`);
}

/** Names of folders, with as many of those above as distinguish them. */
function labelsOf(folders: readonly string[]): string[] {
	let labels = folders.map((folder) => basename(folder));
	let parents = folders.map((folder) => dirname(folder));
	for (let depth = 0; depth < 8 && new Set(labels).size < labels.length; depth++) {
		labels = labels.map((label, i) => `${basename(parents[i] as string)}/${label}`);
		parents = parents.map((parent) => dirname(parent));
	}
	return labels;
}

/** Keys whose values are not the same in all cases, with the value of each; null where a case has none. */
export function differingKeys(cases: readonly Case[]): Map<string, (string | null)[]> {
	const keysOf = cases.map(({ runs }) => runs[0]?.keys ?? new Map<string, string>());
	const all = new Set(keysOf.flatMap((keys) => [...keys.keys()]));
	const rows = [...all].map(
		(key) => [key, keysOf.map((keys) => keys.get(key) ?? null)] as [string, (string | null)[]],
	);
	return new Map(rows.filter(([, values]) => new Set(values).size > 1));
}
