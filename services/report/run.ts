import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { Column, cellNumber } from './columns.ts';
import { type RunMetadata, readMetadata } from './metadata.ts';
import { readCsv } from './read-csv.ts';
import { readUsage, type Usage } from './usage.ts';

/** A battery's columns: state and level before each step, power of the step (charge +, discharge -). */
export interface BatterySeries {
	readonly name: string;
	readonly soc: Float64Array;
	readonly chargeLevelWh: Float64Array;
	/** Null where the file has no such column (Vessim's own). */
	readonly powerW: Float64Array | null;
}

/** timeseries.csv by columns; row k holds over [startS[k], startS[k] + stepS). */
export interface Steps {
	readonly count: number;
	readonly stepS: number;
	/** Seconds since 1970. */
	readonly startS: Float64Array;
	/** Sums over all members: consumption as a positive number, production likewise. */
	readonly loadW: Float64Array;
	readonly productionW: Float64Array;
	/** Export +, import -. */
	readonly gridW: Float64Array;
	/** All batteries together, charge +, discharge -. */
	readonly batteryW: Float64Array;
	readonly curtailedW: Float64Array;
	readonly batteries: readonly BatterySeries[];
	/** g/kWh, or null without a carbon signal. */
	readonly carbon: Float64Array | null;
	/** USD/kWh, or null without a price. */
	readonly price: Float64Array | null;
	/** Cap in force over the step, W per GPU; NaN where none is. */
	readonly capW: Float64Array;
}

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
}

/** A run folder, read. */
export interface Run {
	readonly folder: string;
	readonly metadata: RunMetadata;
	readonly steps: Steps;
	/** Null where the run had no replicas. */
	readonly requests: Requests | null;
	readonly usage: Usage | null;
	/** What could not be read, for people. */
	readonly remarks: readonly string[];
}

/** @throws ConfigError if the folder is no run folder */
export async function readRun(folder: string): Promise<Run> {
	const metadata = readMetadata(folder);
	const remarks: string[] = [];
	const remark = (file: string, torn: number | null): void => {
		if (torn !== null && torn > 0) remarks.push(`${file}: ${torn} incomplete row(s) left out`);
	};
	const { steps, torn } = await readSteps(folder, metadata);
	remark('timeseries.csv', torn);
	const { requests, torn: tornRequests } = await readRequests(folder);
	remark('request_metrics.csv', tornRequests);
	const usage = await readUsage(folder, steps);
	remark('usage.csv', usage?.torn ?? null);
	return { folder, metadata, steps, requests, usage, remarks };
}

async function readSteps(
	folder: string,
	metadata: RunMetadata,
): Promise<{ steps: Steps; torn: number }> {
	const path = join(folder, 'timeseries.csv');
	const table = new Map<string, Column>();
	const startS = new Column();
	const torn = await readCsv(path, (header) => {
		const columns = header.map((name) => {
			const column = new Column();
			table.set(name, column);
			return column;
		});
		const utc = header.indexOf('time_utc');
		const local = header.indexOf('time');
		return (row) => {
			// Vessim's own folders have the naive time only; read as UTC.
			const text = utc === -1 ? `${row[local]?.replace(' ', 'T')}Z` : row[utc];
			startS.push(Date.parse(text ?? '') / 1000);
			for (let i = 0; i < columns.length; i++) columns[i]?.push(cellNumber(row[i]));
		};
	});
	if (torn === null) throw new ConfigError(`Cannot read the run "${folder}": no timeseries.csv`);
	const values = new Map([...table].map(([name, column]) => [name, column.values()]));
	return { steps: toSteps(values, startS.values(), metadata), torn };
}

function toSteps(
	table: ReadonlyMap<string, Float64Array>,
	startS: Float64Array,
	metadata: RunMetadata,
): Steps {
	const count = startS.length;
	const between = count > 1 ? (startS[1] as number) - (startS[0] as number) : null;
	const column = (name: string): Float64Array => table.get(name) ?? new Float64Array(count);
	const find = (pattern: RegExp): string[] =>
		[...table.keys()].filter((name) => pattern.test(name));
	const { loadW, productionW } = sumActors(find(/^actor_states\..+\.power$/).map(column), count);
	const gridW = column('p_grid');
	const deltaW = column('p_delta');
	const curtailedW = column('policy_state.curtailed');
	const batteries = find(/^dispatch_states\..+\.soc$/).map((name) => {
		const battery = name.slice('dispatch_states.'.length, -'.soc'.length);
		return {
			name: battery,
			soc: column(name),
			chargeLevelWh: column(`dispatch_states.${battery}.charge_level`),
			powerW: table.get(`dispatch_states.${battery}.power`) ?? null,
		};
	});
	// What neither the grid nor curtailment took went into the batteries.
	const batteryW = deltaW.map(
		(delta, i) => delta - (gridW[i] as number) - (curtailedW[i] as number),
	);
	const carbon = find(/^grid_signals\.carbon/)[0];
	const price = find(/^grid_signals\..*price/)[0];
	return {
		count,
		stepS: between ?? metadata.environment.step_size ?? 1,
		startS,
		loadW,
		productionW,
		gridW,
		batteryW: batteries.length === 0 ? new Float64Array(count) : batteryW,
		curtailedW,
		batteries,
		carbon: carbon === undefined ? null : column(carbon),
		price: price === undefined ? null : column(price),
		capW: inForce(
			table.get('policy_state.cap_per_gpu') ?? new Float64Array(count).fill(Number.NaN),
		),
	};
}

/** A cap written in step k is in force in step k + 1. */
function inForce(decided: Float64Array): Float64Array {
	const capW = new Float64Array(decided.length).fill(Number.NaN);
	capW.set(decided.subarray(0, Math.max(0, decided.length - 1)), 1);
	return capW;
}

function sumActors(
	powers: readonly Float64Array[],
	count: number,
): { loadW: Float64Array; productionW: Float64Array } {
	const loadW = new Float64Array(count);
	const productionW = new Float64Array(count);
	for (const power of powers)
		for (let i = 0; i < count; i++) {
			const value = power[i] as number;
			if (value > 0) productionW[i] = (productionW[i] as number) + value;
			else loadW[i] = (loadW[i] as number) - value;
		}
	return { loadW, productionW };
}

async function readRequests(
	folder: string,
): Promise<{ requests: Requests | null; torn: number | null }> {
	const path = join(folder, 'request_metrics.csv');
	const wanted = {
		arrivedS: 'arrived_at',
		e2eS: 'request_e2e_time',
		ttftS: 'prefill_e2e_time',
		prefillTokens: 'request_num_prefill_tokens',
		decodeTokens: 'request_num_decode_tokens',
		restarts: 'request_num_restarts',
	};
	const columns = Object.entries(wanted).map(([key, name]) => ({
		key,
		name,
		column: new Column(),
	}));
	const torn = await readCsv(path, (header) => {
		const indexes = columns.map(({ name }) => header.indexOf(name));
		const missing = columns.find((_, i) => indexes[i] === -1);
		if (missing !== undefined)
			throw new ConfigError(`there is no column "${missing.name}" in the header`);
		return (row) => {
			for (let i = 0; i < columns.length; i++)
				columns[i]?.column.push(cellNumber(row[indexes[i] as number]));
		};
	});
	if (torn === null) return { requests: null, torn };
	const byKey = Object.fromEntries(columns.map(({ key, column }) => [key, column.values()]));
	const requests = byKey as Record<keyof typeof wanted, Float64Array>;
	return { requests: { ...requests, count: requests.arrivedS.length }, torn };
}
