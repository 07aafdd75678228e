import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { isWarning, remarkText } from '../../protocol/remark.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { REQUESTS } from '../../protocol/run-folder/requests.ts';
import type { RequestChanges } from '../../protocol/run-folder/summary-serving.ts';
import type { NameOf } from '../../protocol/run-folder/table.ts';
import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';
import { readChanges } from './changes.ts';
import { Column, cellNumber } from './columns.ts';
import { type FeedAccount, feedAccount, heardOf } from './feeds.ts';
import { loadRatesOf } from './load-rates.ts';
import { MemberSums } from './member-energies.ts';
import { readMetadataWhole } from './metadata.ts';
import { type ProducerSeries, ProducerSums } from './producers.ts';
import { type RequestQuantiles, readQuantiles } from './quantiles.ts';
import { readCsv } from './read-csv.ts';
import type { Steps } from './steps.ts';
import { hasArrivals, readTold } from './told.ts';
import { readUsage, type Usage } from './usage.ts';

/** request_metrics.csv by columns, what the report needs of it. Times in seconds since the start. */
export interface Requests {
	readonly count: number;
	readonly arrivedS: Float64Array;
	readonly e2eS: Float64Array;
	/** Time to first token: Vidur's prefill_e2e_time. */
	readonly ttftS: Float64Array;
	readonly prefillTokens: Float64Array;
	readonly decodeTokens: Float64Array;
	readonly restarts: Float64Array;
	/** Prompt tokens found in a prefix cache; null where there was none. */
	readonly cachedTokens: Float64Array | null;
	/** From the end of the prompt to the arrival of its KV cache elsewhere; null where there was one pool. */
	readonly transferS: Float64Array | null;
	/** GPU energy with its prompt and with its answer, Wh; null where the file does not say. */
	readonly prefillWh: Float64Array | null;
	readonly decodeWh: Float64Array | null;
}

/** A run folder, read. */
export interface Run {
	readonly folder: string;
	readonly metadata: RunMetadata;
	readonly steps: Steps;
	/** Null where the run had no replicas, or kept their quantiles alone. */
	readonly requests: Requests | null;
	/** Null where there is no request_quantiles.csv. */
	readonly quantiles: RequestQuantiles | null;
	readonly usage: Usage | null;
	/** Null where the run had no file of them. */
	readonly changes: RequestChanges | null;
	/** What the run was told in its course. */
	readonly told: readonly LoggedCommand[];
	/** The folder of the whole run if it heard something from outside (commands, feeds, requests), which its scenario does not say. */
	readonly heardIn: string | null;
	/** How the feeds did that the run followed. */
	readonly feeds: readonly FeedAccount[];
	/** What could not be read, for people. */
	readonly remarks: readonly string[];
}

/**
 * Reads the folder of a run or of one of its sites.
 *
 * @param root folder of the whole run
 * @throws ConfigError if the folder is no run folder
 */
export async function readRun(folder: string, root: string = folder): Promise<Run> {
	const { metadata, leftOut } = readMetadataWhole(folder);
	const remarks = leftOut.map((key) => `metadata.yaml: "${key}" cannot be read and is left out`);
	const warnings = (metadata.gridbeat.remarks ?? []).filter(isWarning);
	remarks.push(...warnings.map(remarkText));
	const remark = (file: string, torn: number | null): void => {
		if (torn !== null && torn > 0) remarks.push(`${file}: ${torn} incomplete row(s) left out`);
	};
	const { steps, torn } = await readSteps(folder, metadata);
	remark('timeseries.csv', torn);
	const { requests, torn: tornRequests } = await readRequests(folder);
	remark('request_metrics.csv', tornRequests);
	const { quantiles, torn: tornQuantiles } = await readQuantiles(folder);
	remark('request_quantiles.csv', tornQuantiles);
	const usage = await readUsage(folder, steps, loadRatesOf(steps, metadata));
	remark('usage.csv', usage?.torn ?? null);
	const { changes, torn: tornChanges } = await readChanges(folder);
	remark('changed_requests.csv', tornChanges);
	const told = readTold(root);
	const heard = heardOf(told);
	const untilS = steps.count * steps.stepS;
	const feeds = (metadata.gridbeat.feeds ?? []).map((feed) => feedAccount(feed, heard, untilS));
	const heardIn = told.length > 0 || hasArrivals(root) ? root : null;
	return {
		...{ folder, metadata, steps, requests, quantiles, usage, changes },
		...{ told, heardIn, feeds, remarks },
	};
}

/** Columns of timeseries.csv that are kept one by one; the members' powers are only added up. */
const KEPT =
	/^(p_delta|p_grid|policy_state\.(curtailed|cap_per_gpu|grid_connected|unserved)|(dispatch_states|generator_states|grid_signals)\..+)$/;

type SeriesPattern = Parameters<typeof TIMESERIES.partOf>[0];
/** A described name; `power` of a battery is that of older folders. */
type SeriesName = NameOf<SeriesPattern> | `dispatch_states.${string}.power`;

/** timeseries.csv as read: kept columns by name, and what follows from each row. */
interface Series {
	readonly kept: ReadonlyMap<SeriesName, Float64Array>;
	readonly startS: Float64Array;
	readonly loadW: Float64Array;
	readonly productionW: Float64Array;
	readonly producers: readonly ProducerSeries[];
	readonly members: MemberSums;
}

/** timeseries.csv of a run folder, and how many rows of it are cut short. */
export async function readSteps(
	folder: string,
	metadata: RunMetadata,
): Promise<{ steps: Steps; torn: number }> {
	const path = join(folder, TIMESERIES.file);
	const kept: { name: SeriesName; index: number; column: Column }[] = [];
	const [startS, loadW, productionW] = [new Column(), new Column(), new Column()];
	let members = new MemberSums([]);
	let producers = new ProducerSums(metadata, []);
	const torn = await readCsv(path, TIMESERIES, (header) => {
		header.forEach((name, index) => {
			if (KEPT.test(name)) kept.push({ name: name as SeriesName, index, column: new Column() });
		});
		const sums = new MemberSums(header);
		members = sums;
		const made = new ProducerSums(metadata, header);
		producers = made;
		const utc = TIMESERIES.placeIn(header, 'time_utc');
		const local = TIMESERIES.placeIn(header, 'time');
		if (utc === -1 && local === -1)
			throw new ConfigError('it has neither a column "time_utc" nor one "time"');
		return (row) => {
			// Vessim's own folders have the naive time only; read as UTC.
			const text = utc === -1 ? `${row[local]?.replace(' ', 'T')}Z` : row[utc];
			startS.push(Date.parse(text ?? '') / 1000);
			for (const { index, column } of kept) column.push(cellNumber(row[index]));
			let [load, production] = [0, 0];
			for (const [m, index] of sums.columns.entries()) {
				const powerW = Number(row[index]);
				sums.add(m, powerW);
				if (powerW > 0) production += powerW;
				else load -= powerW;
			}
			loadW.push(load);
			productionW.push(production);
			made.add(row);
		};
	});
	if (torn === null) throw new ConfigError(`Cannot read the run "${folder}": no timeseries.csv`);
	const series = {
		kept: new Map(kept.map(({ name, column }) => [name, column.values()])),
		startS: startS.values(),
		loadW: loadW.values(),
		productionW: productionW.values(),
		producers: producers.series(),
		members,
	};
	return { steps: toSteps(series, metadata), torn };
}

function toSteps(
	{ kept, startS, loadW, productionW, producers, members }: Series,
	metadata: RunMetadata,
): Steps {
	const count = startS.length;
	const between = count > 1 ? (startS[1] as number) - (startS[0] as number) : null;
	const column = (name: SeriesName): Float64Array => kept.get(name) ?? new Float64Array(count);
	const find = (pattern: SeriesPattern): [name: SeriesName, part: string][] =>
		[...kept.keys()].flatMap((name) => {
			const part = TIMESERIES.partOf(pattern, name);
			return part === null ? [] : [[name, part]];
		});
	const first = (...patterns: SeriesPattern[]) => patterns.flatMap(find)[0]?.[0];
	const gridW = column('p_grid');
	const deltaW = column('p_delta');
	const curtailedW = column('policy_state.curtailed');
	const batteries = find('dispatch_states.<battery>.soc').map(([name, battery]) => {
		return {
			name: battery,
			soc: column(name),
			storedWh: column(`dispatch_states.${battery}.charge_level`),
			// `power` in older folders.
			powerW:
				kept.get(`dispatch_states.${battery}.current_power`) ??
				kept.get(`dispatch_states.${battery}.power`) ??
				null,
		};
	});
	const unservedW = column('policy_state.unserved');
	const generators = find('generator_states.<name>.power').map(([name, generator]) => ({
		name: generator,
		powerW: column(name),
	}));
	// What neither the grid nor curtailment took went into the batteries.
	const batteryW = deltaW.map((delta, i) => {
		const madeW = generators.reduce((sum, { powerW }) => sum + (powerW[i] as number), 0);
		const leftW = delta + madeW + (unservedW[i] as number);
		return leftW - (gridW[i] as number) - (curtailedW[i] as number);
	});
	const carbon = first('grid_signals.carbon', 'grid_signals.<site>-carbon');
	const marginal = first('grid_signals.marginal', 'grid_signals.<site>-marginal');
	const price = first('grid_signals.price', 'grid_signals.<site>-price');
	const exportPay = first('grid_signals.exports', 'grid_signals.<site>-exports');
	const stepS = between ?? metadata.environment.step_size ?? 1;
	return {
		...{ count, stepS },
		timezone: metadata.gridbeat.timezone ?? 'UTC',
		members: members.energies(stepS),
		startS,
		loadW,
		productionW,
		producers,
		gridW,
		batteryW: batteries.length === 0 ? new Float64Array(count) : batteryW,
		curtailedW,
		batteries,
		generators,
		connected: kept.get('policy_state.grid_connected') ?? null,
		unservedW,
		carbon: carbon === undefined ? null : column(carbon),
		marginal: marginal === undefined ? null : column(marginal),
		price: price === undefined ? null : column(price),
		exportPay: exportPay === undefined ? null : column(exportPay),
		capW: inForce(kept.get('policy_state.cap_per_gpu') ?? new Float64Array(count).fill(Number.NaN)),
	};
}

/** A cap written in step k is in force in step k + 1. */
function inForce(decided: Float64Array): Float64Array {
	const capW = new Float64Array(decided.length).fill(Number.NaN);
	if (decided.length > 0) capW.set(decided.subarray(0, -1), 1);
	return capW;
}

async function readRequests(
	folder: string,
): Promise<{ requests: Requests | null; torn: number | null }> {
	const path = join(folder, REQUESTS.file);
	const wanted = {
		arrivedS: 'arrived_at',
		e2eS: 'request_e2e_time',
		ttftS: 'prefill_e2e_time',
		prefillTokens: 'request_num_prefill_tokens',
		decodeTokens: 'request_num_decode_tokens',
		restarts: 'request_num_restarts',
	} as const;
	const optional = {
		cachedTokens: 'request_num_cached_tokens',
		transferS: 'request_kv_transfer_time',
		prefillWh: 'prefill_energy',
		decodeWh: 'decode_energy',
	} as const;
	const columns = Object.entries({ ...wanted, ...optional }).map(([key, name]) => ({
		key,
		name,
		column: new Column(),
	}));
	const torn = await readCsv(path, REQUESTS, (header) => {
		const indexes = columns.map(({ name }) => REQUESTS.placeIn(header, name));
		return (row) => {
			for (let i = 0; i < columns.length; i++) {
				const index = indexes[i] as number;
				if (index !== -1) columns[i]?.column.push(cellNumber(row[index]));
			}
		};
	});
	if (torn === null) return { requests: null, torn };
	const byKey = Object.fromEntries(columns.map(({ key, column }) => [key, column.values()]));
	const requests = byKey as Record<keyof typeof wanted, Float64Array>;
	const count = requests.arrivedS.length;
	const given = (key: keyof typeof optional) => {
		const column = byKey[key];
		return column === undefined || column.length < count || count === 0 ? null : column;
	};
	const extras = {
		cachedTokens: given('cachedTokens'),
		transferS: given('transferS'),
		prefillWh: given('prefillWh'),
		decodeWh: given('decodeWh'),
	};
	return { requests: { ...requests, count, ...extras }, torn };
}
