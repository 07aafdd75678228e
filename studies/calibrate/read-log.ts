import { parse } from 'csv-parse/sync';
import { readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { isBench, readBench } from './read-bench.ts';
import { hasPower, readDmon, readPower } from './read-power.ts';
import {
	countedRequests,
	countsRequests,
	matrixSeries,
	POWER_SERIES,
	type Series,
	seriesPower,
} from './read-prometheus.ts';
import { hasRequests, readRequests } from './read-requests.ts';
import type { PowerLog, ServedLog } from './served-log.ts';

/** What the logs of one run say together. */
export interface Logs {
	readonly served: ServedLog;
	readonly power: PowerLog | null;
	readonly paths: readonly string[];
}

/** Of one file. */
interface Read {
	readonly served: ServedLog | null;
	readonly power: PowerLog | null;
}

/**
 * Reads the logs of a run: what was asked, from one of them, and power, from one of them, which may be the same.
 *
 * @throws ConfigError for a file that is none, and where there are no requests or two lists of them
 */
export function readLogs(paths: readonly string[]): Logs {
	let served: ServedLog | null = null;
	let power: PowerLog | null = null;
	for (const path of paths) {
		const read = readLog(path);
		if (read.served !== null && served !== null)
			throw refusal(path, 'another log has the requests already; give one of them');
		if (read.power !== null && power !== null)
			throw refusal(path, 'another log has the power already; give one of them');
		served = read.served ?? served;
		power = read.power ?? power;
	}
	if (served === null)
		throw refusal(
			paths.join(' '),
			'it has no requests: give a log of them beside it (vllm bench serve --save-detailed, JSON lines, CSV, or a Prometheus export with counters of vLLM)',
		);
	return { served, power, paths };
}

function refusal(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot calibrate to "${path}": ${reason}`);
}

function readLog(path: string): Read {
	try {
		return readText(readInputText(path));
	} catch (error) {
		throw refusal(path, messageOf(error).split('\n')[0] ?? '');
	}
}

function readText(text: string): Read {
	const none = { served: null, power: null };
	const value = json(text);
	if (value !== undefined) return readJson(value);
	const dmon = readDmon(text);
	if (dmon !== null) return { ...none, power: dmon };
	const lines = text.split('\n').filter((line) => line.trim() !== '');
	if (lines[0]?.trimStart().startsWith('{') === true)
		return { ...none, served: readRequests(lines.map(rowOf), 'JSON lines') };
	return readTable(text);
}

function readJson(value: unknown): Read {
	if (isBench(value)) return { served: readBench(value), power: null };
	const series = matrixSeries(value);
	if (series !== null) return readSeries(series);
	const rows = Array.isArray(value) ? value : [value];
	if (rows.length > 0 && rows.every((row) => hasRequests(Object(row) as Record<string, unknown>)))
		return { served: readRequests(rows as Record<string, unknown>[], 'JSON'), power: null };
	throw new Error(
		'it is JSON of no kind that is known: neither of vllm bench serve nor of a Prometheus range query nor a list of requests',
	);
}

function readSeries(series: readonly Series[]): Read {
	const power = seriesPower(series);
	const served = countsRequests(series) ? countedRequests(series) : null;
	if (power === null && served === null)
		throw new Error(`it has neither counters of vLLM nor ${POWER_SERIES.join(' nor ')}`);
	return { served, power };
}

function readTable(text: string): Read {
	const rows = parse(text, {
		...{ columns: true, trim: true, skip_empty_lines: true, bom: true },
		relax_column_count: true,
	}) as Record<string, string>[];
	const columns = Object.keys(rows[0] ?? {});
	const none = { served: null, power: null };
	if (hasRequests(rows[0] ?? {})) return { ...none, served: readRequests(rows, 'CSV') };
	const series = tableSeries(rows, columns);
	if (series !== null) return readSeries(series);
	if (hasPower(columns)) return { ...none, power: readPower(rows, columns) };
	throw new Error(
		`its columns are those of no log that is known: ${columns.slice(0, 8).join(', ') || 'there are none'}`,
	);
}

/** A range query as a table: `time,name,value` a row, or a column for each series beside the time. */
function tableSeries(rows: readonly Record<string, string>[], columns: string[]): Series[] | null {
	const time = columns.find((name) => /^(time|timestamp)$/i.test(name));
	if (time === undefined) return null;
	const epochOf = (text: string) => {
		const number = Number(text);
		return Number.isFinite(number)
			? number > 1e11
				? number / 1000
				: number
			: Date.parse(text) / 1000;
	};
	const name = columns.find((one) => /^(name|metric|__name__)$/i.test(one));
	if (name !== undefined && columns.includes('value')) {
		const bySeries = new Map<string, [number, number][]>();
		for (const row of rows) {
			const labels = columns
				.filter((one) => one !== time && one !== 'value')
				.map((one) => row[one]);
			const key = JSON.stringify([row[name], labels]);
			const points = bySeries.get(key) ?? [];
			points.push([epochOf(row[time] ?? ''), Number(row['value'])]);
			bySeries.set(key, points);
		}
		return [...bySeries].map(([key, points]) => ({
			...{ name: (JSON.parse(key) as [string])[0], labels: {} },
			points: points.sort((a, b) => a[0] - b[0]),
		}));
	}
	const metrics = columns.filter((one) =>
		/^"?(vllm:|DCGM_FI_DEV_POWER_USAGE|nvidia_smi_)/.test(one),
	);
	if (metrics.length === 0) return null;
	return metrics.map((column) => ({
		...{ name: column.replace(/\{.*$/, ''), labels: {} },
		points: rows.map((row) => [epochOf(row[time] ?? ''), Number(row[column])] as const),
	}));
}

function json(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

function rowOf(line: string, i: number): Record<string, unknown> {
	const value = json(line);
	if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
	throw new Error(`line ${i + 1} is no JSON`);
}
