import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { holderOf } from '../kernel/files/folder-lock.ts';
import { messageOf } from '../protocol/errors.ts';
import { plainText } from '../protocol/plain-text.ts';
import type { RunStatus } from '../protocol/run-folder/metadata.ts';
import { usToSeconds } from '../protocol/time.ts';
import { readRepeatsFile } from '../results/repeats/repeats-file.ts';
import { formatGrams, formatNumber, withUnit } from '../results/report/format.ts';
import { readMetadata } from '../results/report/metadata.ts';
import { listingOf } from '../run/served/run-record.ts';

/** Between parts of a headline. */
export const SEPARATOR = ' · ';

/** Where commands put what they make, unless `--out` says otherwise. */
export const PLACES: readonly string[] = ['runs', 'sweeps', 'capacity'];

/**
 * Which file says what a folder is, what else is there (what somebody wrote by hand is no result: it must not be taken for
 * one, since results are removed), and which file is its page.
 */
const KINDS = {
	repeats: { file: 'repeats.yaml', beside: ['jobs', 'summary.json'], page: 'report.html' },
	run: { file: 'metadata.yaml', beside: ['timeseries.csv', 'sites'], page: 'report.html' },
	sweep: { file: 'sweep.yaml', beside: ['results.csv'], page: 'index.html' },
	capacity: { file: 'capacity.yaml', beside: ['results.csv'], page: 'index.html' },
	/** One that was not done to its end. */
	study: { file: 'jobs', beside: ['jobs'], page: 'index.html' },
} as const;
type Kind = keyof typeof KINDS;

/** A run, repeats of one, or a study, in a folder. */
export interface Made {
	readonly kind: Kind;
	/** Path of the folder, as it is given to other commands. */
	readonly path: string;
	readonly name: string;
	readonly place: string | null;
	/** UTC. */
	readonly startedAt: string | null;
	/** `unreadable`: of a newer version, or broken. */
	readonly status: RunStatus | 'unreadable';
	readonly reason: string | null;
	/** Simulated time that is recorded; null where there is no such one. */
	readonly simulatedS: number | null;
	/** What it comes to, in some words; empty before there is a report. */
	readonly headline: string;
	readonly page: string | null;
	/** Of all its files. */
	readonly bytes: number;
}

/** A folder that holds something, and when it was begun or written, which is quick to know. */
export interface Found {
	readonly kind: Kind;
	readonly path: string;
	readonly timeMs: number;
}

/** What there is in folders, the newest first: each is a thing itself or holds things. What is no folder holds none. */
export function findMade(folders: readonly string[]): Found[] {
	const found = folders.flatMap((folder) => {
		const self = foundAt(folder);
		if (self !== null) return [self];
		if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
		return readdirSync(folder, { withFileTypes: true })
			.filter((entry) => entry.isDirectory())
			.flatMap(({ name }) => foundAt(join(folder, name)) ?? []);
	});
	return found.sort((a, b) => b.timeMs - a.timeMs || (a.path < b.path ? -1 : 1));
}

function foundAt(path: string): Found | null {
	for (const kind of Object.keys(KINDS) as Kind[]) {
		const { file, beside } = KINDS[kind];
		const stat = statSync(join(path, file), { throwIfNoEntry: false });
		const isThere =
			kind === 'study' ? stat?.isDirectory() && holdsJobs(join(path, file)) : stat?.isFile();
		if (stat && isThere && beside.some((name) => existsSync(join(path, name))))
			return { kind, path, timeMs: stat.mtimeMs };
	}
	return null;
}

/** Whether a folder is one of answers of jobs, which are named by what was asked. */
function holdsJobs(folder: string): boolean {
	const names = readdirSync(folder);
	return names.length > 0 && names.every((name) => /^[0-9a-f]{16,}\.json/.test(name));
}

/** All that is known of what is in a folder. */
export function describeMade({ kind, path, timeMs }: Found): Made {
	const { page } = KINDS[kind];
	const about = {
		...{ kind, path, name: basename(path), bytes: bytesOf(path) },
		page: existsSync(join(path, page)) ? join(path, page) : null,
	};
	const startedAt = new Date(timeMs).toISOString();
	const nothing = { place: null, startedAt, reason: null, simulatedS: null, headline: '' };
	try {
		const of = { run: ofRun, repeats: ofRepeats, sweep: ofStudy, capacity: ofStudy, study: ofJobs }[
			kind
		];
		return { ...about, ...nothing, ...of(path) };
	} catch (error) {
		return { ...about, ...nothing, status: 'unreadable', reason: plainText(messageOf(error)) };
	}
}

type Told = Pick<Made, 'status'> & Partial<Made>;

function ofRun(path: string): Told {
	const metadata = readMetadata(path);
	const { location, startedAt, status, simulatedUs, reason } = listingOf(
		basename(path),
		path,
		metadata,
	);
	return {
		...{ reason, place: location, startedAt },
		// A folder is there, so it has begun.
		status: status === 'starting' ? 'running' : status,
		simulatedS: simulatedUs === null ? null : usToSeconds(simulatedUs),
		headline: headline(figuresIn(path, 'experiment.json', ['metrics', 'run'])),
	};
}

function ofRepeats(path: string): Told {
	const { title, runs } = readRepeatsFile(path);
	const failed = runs.filter(({ failure }) => failure !== null).length;
	const isDone = existsSync(join(path, 'summary.json'));
	const figures = figuresIn(path, 'summary.json', ['figures']);
	const means = Object.entries(figures).map(([key, one]) => [
		key,
		(one as { mean?: unknown }).mean,
	]);
	return {
		place: plainText(title),
		status: failed > 0 ? 'failed' : isDone ? 'complete' : unfinished(path),
		reason: failed > 0 ? `${failed} of ${runs.length} repeats failed` : null,
		headline: [`${runs.length} repeats`, headline(Object.fromEntries(means))]
			.filter((text) => text !== '')
			.join(SEPARATOR),
	};
}

function ofStudy(path: string): Told {
	const failed = rowsIn(join(path, 'failures.csv'));
	const kind = existsSync(join(path, KINDS.sweep.file)) ? 'sweep' : 'capacity';
	const file: unknown = parse(readFileSync(join(path, KINDS[kind].file), 'utf8'));
	const location = (file as { base?: { location?: unknown } } | null)?.base?.location;
	const rows = rowsIn(join(path, 'results.csv'));
	const points = existsSync(join(path, 'means.csv')) ? rowsIn(join(path, 'means.csv')) : rows;
	return {
		place: typeof location === 'string' ? plainText(location) : null,
		status: failed > 0 ? 'failed' : isHeld(path) ? 'running' : 'complete',
		reason: failed > 0 ? `${failed} runs failed` : null,
		headline: kind === 'sweep' ? `${points} points, ${rows} runs` : bestText(path, points),
	};
}

/** Of a study that has no results yet. */
function ofJobs(path: string): Told {
	const done = readdirSync(join(path, 'jobs')).length;
	return { status: unfinished(path), headline: `${done} jobs done`, reason: 'not done to its end' };
}

/** The configuration that gives most for a dollar. */
function bestText(path: string, configurations: number): string {
	const best = figuresIn(path, 'best.json', ['qpsPerUsdPerHour']);
	const { configuration, capacityQps: qps } = best as {
		configuration?: unknown;
		capacityQps?: unknown;
	};
	const found =
		typeof qps === 'number'
			? `${SEPARATOR}best per dollar: ${plainText(String(configuration))}, ${withUnit(qps, 'requests/s')}`
			: '';
	return `${configurations} configurations${found}`;
}

const FIGURES: readonly (readonly [key: string, text: (value: number) => string])[] = [
	['serving.completed', (value) => `${formatNumber(value)} requests`],
	['serving.ttftS.p99', (value) => `TTFT p99 ${withUnit(value, 's')}`],
	['energy.loadKwh', (value) => withUnit(value, 'kWh')],
	['energy.importKwh', (value) => `${withUnit(value, 'kWh')} imported`],
	['emissions.importG', (value) => `${formatGrams(value)} CO2eq`],
	['bill.energyUsd', (value) => withUnit(value, 'USD')],
];

/** What a run comes to, by its figures' dotted names. */
function headline(figures: Readonly<Record<string, unknown>>): string {
	return FIGURES.flatMap(([key, text]) => {
		const value = figures[key];
		return typeof value === 'number' ? [text(value)] : [];
	}).join(SEPARATOR);
}

/** A mapping within a JSON file; an empty one where there is none. */
function figuresIn(
	folder: string,
	name: string,
	keys: readonly string[],
): Readonly<Record<string, unknown>> {
	const path = join(folder, name);
	if (!existsSync(path)) return {};
	let value: unknown = JSON.parse(readFileSync(path, 'utf8'));
	for (const key of keys) value = (value as Record<string, unknown> | null)?.[key];
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Rows of a CSV below its head. */
function rowsIn(path: string): number {
	if (!existsSync(path)) return 0;
	const lines = readFileSync(path, 'utf8')
		.split('\n')
		.filter((line) => line !== '').length;
	return Math.max(0, lines - 1);
}

/** How repeats and studies without results stand. */
function unfinished(path: string): RunStatus {
	return isHeld(path) ? 'running' : 'incomplete';
}

/** Whether somebody is at work in a folder. @throws ConfigError for a lock that cannot be read */
export function isHeld(path: string): boolean {
	const held = holderOf(path);
	return held !== null && held.life !== 'dead';
}

/** Bytes of all files below a folder; links are not followed. */
function bytesOf(folder: string): number {
	let bytes = 0;
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) bytes += bytesOf(path);
		else bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
	}
	return bytes;
}
