import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { holderOf } from '../../kernel/files/folder-lock.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { REQUESTS } from '../../protocol/run-folder/requests.ts';
import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';
import { USAGE } from '../../protocol/run-folder/usage.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import { readMetadata, statusOf } from '../../results/report/metadata.ts';
import { siteNamesOf, summaryOf } from '../../results/report/sites.ts';
import { summaryJson } from '../../results/report/summary-rows.ts';
import type {
	History,
	HistoryQuery,
	LatencyHistory,
	LatencyQuery,
	RunListing,
	RunRecord,
	SiteAbout,
	StepRow,
} from '../../services/gateway/runs-host.ts';
import type { Snapshot } from '../../services/gateway/snapshot.ts';
import { siteFolder } from '../../services/recorder/run-folder.ts';
import { readCommands } from '../launch/command-log.ts';
import { withRuns } from '../launch/open-run.ts';
import { historyOf } from './history.ts';
import { latencyHistoryOf } from './latency-history.ts';
import { siteAbouts } from './site-about.ts';
import { nestedRow, type SiteRows, snapshotOf, type UsageRows } from './step-row.ts';
import { withTable } from './table-part.ts';
import { vessimConfig } from './vessim-config.ts';

/** What a run folder says of its run, in a line. */
export function listingOf(id: string, folder: string, metadata: RunMetadata): RunListing {
	const { environment, execution, gridbeat } = metadata;
	const stepUs = environment.step_size ? Math.round(environment.step_size * 1e6) : null;
	const untilUs = untilOf(metadata, stepUs);
	const { timezone = null, simulated_until_s: untilS } = gridbeat;
	const said = statusOf(metadata);
	const isLost = said === 'running' && gridbeat.format !== undefined && !isHeld(folder);
	const status = isLost ? 'incomplete' : said;
	const recordedUs = typeof untilS === 'number' ? Math.round(untilS * 1e6) : null;
	return {
		...{ id, status, isLive: false },
		name: environment.name ?? id,
		location: gridbeat.location ?? null,
		startedAt: execution.start ?? null,
		endedAt: execution.end ?? null,
		simStart: civilTime(environment.sim_start ?? null, timezone),
		...{ timezone, stepUs, untilUs },
		simulatedUs: recordedUs ?? (status === 'complete' ? untilUs : null),
		reason: isLost ? 'its process ended without a word' : (gridbeat.reason ?? null),
	};
}

function isHeld(folder: string): boolean {
	const held = holderOf(folder);
	return held !== null && held.life !== 'dead';
}

function untilOf({ gridbeat, environment }: RunMetadata, stepUs: number | null): number | null {
	const { until } = (gridbeat.scenario ?? {}) as { until?: unknown };
	if (typeof until === 'string' || typeof until === 'number') {
		try {
			return parseDuration(until as string, 'the length "until"');
		} catch {
			return null;
		}
	}
	const [first, last] = [environment.sim_start, environment.sim_end].map((time) =>
		Date.parse(`${(time ?? '').replace(' ', 'T')}Z`),
	) as [number, number];
	const us = (last - first) * 1000 + (stepUs ?? 0);
	return Number.isFinite(us) && us >= 0 ? us : null;
}

function civilTime(local: string | null, zone: string | null): string | null {
	if (local === null) return null;
	const time = DateTime.fromSQL(local, { zone: zone ?? 'UTC' });
	return time.isValid ? time.toISO({ suppressMilliseconds: true }) : null;
}

/** The record of a run in its folder. */
export class FolderRecord implements RunRecord {
	readonly listing: RunListing;
	readonly #folder: string;
	readonly #metadata: RunMetadata;

	constructor(folder: string, metadata: RunMetadata, listing: RunListing) {
		this.#folder = folder;
		this.#metadata = metadata;
		this.listing = listing;
	}

	async sites(): Promise<readonly SiteAbout[]> {
		return siteAbouts(this.#metadata).map(({ model: _, ...site }) => site);
	}

	async snapshot(): Promise<Snapshot | null> {
		const sites: SiteRows[] = [];
		let simUs = 0;
		for (const about of siteAbouts(this.#metadata)) {
			const folder = this.#siteFolder(about.name);
			const [row] = await lastRowsOf(folder, 1);
			if (row === undefined) return null;
			const { atUs, rows: usage } = await lastUsage(folder);
			simUs = Math.max(simUs, (await timeOfRow(folder, row)) ?? atUs ?? 0);
			const batteries = about.actors.filter(({ kind }) => kind === 'battery');
			sites.push({
				...{ name: about.name, row, usage, model: about.model },
				kinds: new Map(about.actors.map(({ name, kind }) => [name, kind])),
				capacities: new Map(
					batteries.map(({ name, about: its }) => [name, Number(its['capacityWh'])]),
				),
			});
		}
		return sites.length === 0 ? null : snapshotOf(simUs, sites);
	}

	async history(query: HistoryQuery): Promise<History> {
		const site = query.site ?? this.#siteNames()[0] ?? '';
		return historyOf(join(this.#siteFolder(site), `${query.table}.csv`), site, query);
	}

	async latency(query: LatencyQuery): Promise<LatencyHistory> {
		const site = query.site ?? this.#siteNames()[0] ?? '';
		return latencyHistoryOf(join(this.#siteFolder(site), REQUESTS.file), site, query);
	}

	async lastRows(site: string, count: number): Promise<readonly StepRow[]> {
		return lastRowsOf(this.#siteFolder(site), count);
	}

	async commands(): Promise<readonly unknown[]> {
		return readCommands(this.#folder);
	}

	async scenario(): Promise<unknown> {
		return this.#metadata.gridbeat.scenario ?? null;
	}

	async summary(): Promise<unknown> {
		const opening = { what: 'gridbeat serve', writes: false, say: () => {} };
		const folder = this.#folder;
		const summary = await withRuns([folder], opening, () => summaryOf(folder));
		return JSON.parse(JSON.stringify(summaryJson(summary)));
	}

	async microgrid(site: string): Promise<unknown> {
		this.#siteFolder(site);
		return vessimConfig(site, this.#metadata);
	}

	#siteNames(): readonly string[] {
		return siteAbouts(this.#metadata).map(({ name }) => name);
	}

	/** @throws ConfigError for a site that the run does not have */
	#siteFolder(site: string): string {
		const names = this.#siteNames();
		if (!names.includes(site))
			throw new ConfigError(`Cannot find the site "${site}": the run has ${names.join(', ')}`);
		const isOne = siteNamesOf(this.#metadata).length === 0;
		return isOne ? this.#folder : siteFolder(this.#folder, site);
	}
}

/** Metadata of run folders, read again when a file has changed: reading YAML takes long. */
export class MetadataCache {
	readonly #known = new Map<string, { readonly stamp: string; readonly metadata: RunMetadata }>();

	/** Null for a folder without a run, or one that cannot be read. */
	read(folder: string): RunMetadata | null {
		const path = join(folder, 'metadata.yaml');
		const stat = statSync(path, { throwIfNoEntry: false });
		if (stat === undefined || !stat.isFile()) return null;
		const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
		const known = this.#known.get(folder);
		if (known?.stamp === stamp) return known.metadata;
		try {
			const metadata = readMetadata(folder);
			this.#known.set(folder, { stamp, metadata });
			return metadata;
		} catch {
			return null;
		}
	}
}

async function lastRowsOf(folder: string, count: number): Promise<StepRow[]> {
	const rows = await withTable(join(folder, TIMESERIES.file), async ({ header, lastRows }) =>
		(await lastRows(count)).map((row) => nestedRow(header, row)),
	);
	return rows ?? [];
}

/** Simulated time of a row, from the first of its table. */
async function timeOfRow(folder: string, row: StepRow): Promise<number | null> {
	const first = await withTable(join(folder, TIMESERIES.file), async ({ header, rowsFrom }) => {
		for await (const one of rowsFrom(() => false)) return nestedRow(header, one);
		return null;
	});
	const [from, at] = [first, row].map((one) => Date.parse(String(one?.['time_utc'])));
	const us = ((at ?? Number.NaN) - (from ?? Number.NaN)) * 1000;
	return Number.isFinite(us) ? us : null;
}

/** More replicas than this are not looked for. */
const REPLICAS_MAX = 10_000;

/** The rows of usage.csv of the last step that is whole there. */
async function lastUsage(folder: string): Promise<{ atUs: number | null; rows: UsageRows }> {
	const none = { atUs: null, rows: new Map() };
	if (!existsSync(join(folder, USAGE.file))) return none;
	const found = await withTable(join(folder, USAGE.file), async ({ header, lastRows }) => {
		const [time, replica] = [header.indexOf('time_s'), header.indexOf('replica')];
		for (let count = 64; ; count *= 8) {
			const rows = await lastRows(count);
			const last = rows.at(-1)?.[time];
			const ours = rows.filter((row) => row[time] === last);
			if (ours.length === rows.length && rows.length === count && count < REPLICAS_MAX) continue;
			const named = ours.map((row) => [row[replica] ?? '', cellsByName(header, row)] as const);
			const atUs = last === undefined ? null : Math.round(Number(last) * 1e6);
			return { atUs, rows: new Map(named) };
		}
	});
	return found ?? none;
}

function cellsByName(header: readonly string[], row: readonly string[]) {
	return new Map(
		header.map((name, i) => {
			const value = row[i] === '' ? Number.NaN : Number(row[i]);
			return [name, Number.isFinite(value) ? value : null] as const;
		}),
	);
}
