import { join, resolve } from 'node:path';
import { tableOf } from '../protocol/run-folder/files.ts';
import type { RunMetadata, RunStatus } from '../protocol/run-folder/metadata.ts';
import type { Reported } from '../protocol/run-folder/summary.ts';
import { readColumns } from '../results/export/read-columns.ts';
import { readMetadata, statusOf } from '../results/report/metadata.ts';
import { siteNamesOf, summaryOf } from '../results/report/sites.ts';
import { siteFolder } from '../services/recorder/run-folder.ts';
import { withRuns } from './launch/open-run.ts';

/** A CSV file of a run folder by columns; docs/results.md describes them. */
export interface RunTable {
	readonly rows: number;
	/** Columns of numbers by their names in the file, such as `p_grid`; NaN stands for no value. */
	readonly numbers: ReadonlyMap<string, Float64Array>;
	/** Columns of words and of times, such as `time_utc`; null stands for no value. */
	readonly texts: ReadonlyMap<string, readonly (string | null)[]>;
	/** Units by column, such as `W`, where there is one. */
	readonly units: ReadonlyMap<string, string>;
}

/** The tables of a site. */
export interface LoadedSite {
	/** timeseries.csv: powers, states of charge and signals, one row a step. */
	readonly timeSeries: RunTable;
	/** request_metrics.csv, one row a request; null where the run recorded none. */
	readonly requests: RunTable | null;
	/** Any other CSV file, such as `weather.csv`; null if there is none. @throws ConfigError if it cannot be read */
	table(file: string): Promise<RunTable | null>;
}

/** A run folder, read. */
export interface LoadedRun {
	/** Its absolute path. */
	readonly folder: string;
	/** `running` while the run goes on. */
	readonly status: RunStatus;
	/** metadata.yaml: what was run, where its data are from, and how it ended. */
	readonly metadata: RunMetadata;
	/** The figures, as of simulate(), without those of the best dispatch in hindsight; NaN for one that does not exist. */
	readonly summary: Reported;
	/** By name; the key is '' where the run has one site. */
	readonly sites: ReadonlyMap<string, LoadedSite>;
	/** The tables of the first site, which is the only one as a rule. */
	readonly timeSeries: RunTable;
	readonly requests: RunTable | null;
}

/**
 * Reads the folder of a run, also of one that goes on or has failed. A run whose process died without a word is brought
 * to its end first: its tables are cut to its last whole window.
 *
 * @param options `onNotice` hears of that
 * @throws ConfigError for what is no run folder, or cannot be read
 */
export async function loadRun(
	path: string,
	options: { readonly onNotice?: ((text: string) => void) | undefined } = {},
): Promise<LoadedRun> {
	const folder = resolve(path);
	const { onNotice = () => {} } = options;
	return withRuns([folder], { what: 'loadRun()', writes: false, say: onNotice }, async () => {
		const metadata = readMetadata(folder);
		const summary = await summaryOf(folder);
		const names = siteNamesOf(metadata);
		const folders: [string, string][] =
			names.length === 0 ? [['', folder]] : names.map((name) => [name, siteFolder(folder, name)]);
		const sites = new Map<string, LoadedSite>();
		for (const [name, own] of folders) sites.set(name, await loadSite(own));
		const [{ timeSeries, requests }] = [...sites.values()] as [LoadedSite];
		return { folder, status: statusOf(metadata), metadata, summary, sites, timeSeries, requests };
	});
}

async function loadSite(folder: string): Promise<LoadedSite> {
	const table = (file: string) => readTable(folder, file);
	const timeSeries = (await table('timeseries.csv')) ?? EMPTY;
	return { timeSeries, requests: await table('request_metrics.csv'), table };
}

const EMPTY: RunTable = { rows: 0, numbers: new Map(), texts: new Map(), units: new Map() };

async function readTable(folder: string, file: string): Promise<RunTable | null> {
	const described = tableOf(file);
	const columns = await readColumns(join(folder, file), described);
	if (columns === null) return null;
	const numbers = new Map<string, Float64Array>();
	const texts = new Map<string, readonly (string | null)[]>();
	const units = new Map<string, string>();
	let rows = 0;
	for (const [name, column] of columns) {
		const values = column.numbers();
		if (values === null) texts.set(name, column.texts());
		else numbers.set(name, values);
		rows = values?.length ?? column.texts().length;
		const unit = described?.describe(name)?.unit ?? null;
		if (unit !== null && unit !== 'UTC') units.set(name, unit);
	}
	return { rows, numbers, texts, units };
}
