import type { InputSpec, WireInput } from '../../kernel/actor/contract.ts';
import { BATCHES_PORT, CHANGED_PORT, ROUTED_PORT } from '../../protocol/ports.ts';
import { type SimTime, usToSeconds } from '../../protocol/time.ts';
import { BATCH_COLUMNS, batchRows, TRACE_END, traceHeader, traceRows } from './batch-rows.ts';
import { bookColumns, type Column, csvNumber, csvText, requestColumns } from './columns.ts';
import type { RecorderConfig } from './config.ts';
import { type Civil, civilTimes } from './local-time.ts';
import { RowMerge } from './merge.ts';
import { NETWORK_COLUMNS, NetworkView } from './network.ts';
import type { RecordingFolder } from './recording-folder.ts';
import type { RunFile } from './run-file.ts';

/** One file that grows: how it begins, how a row is written, how it ends. */
export interface Output {
	readonly file: RunFile;
	readonly header: string;
	readonly end: string;
	readonly row: (wire: WireInput) => string;
}

/** One input port and the files that its rows go to. */
export interface Table {
	readonly port: InputSpec;
	readonly merge: RowMerge;
	readonly outputs: readonly Output[];
}

/** The ports of a recorder with their files, `books` first; opens the files. */
export function openTables(config: RecorderConfig, recording: RecordingFolder): Table[] {
	const { extras } = config;
	const csv = (name: string, columns: readonly string[], row: Output['row']): Output => {
		const header = `${columns.join(',')}\n`;
		return { file: recording.table(name, header), header, end: '', row };
	};
	const civil = civilTimes(config.startEpochMs, config.timezone);
	const books = bookColumns(config.books, config.mode);
	const isServing = config.replicas.length > 0;
	const requests = isServing ? requestColumns(config.requests) : [];
	const networkColumns = config.network === undefined ? [] : NETWORK_COLUMNS;
	const tables: Table[] = [
		table({ name: 'books', kind: 'interval', fields: config.books }, [
			csv(
				'timeseries.csv',
				['microgrid', 'time', ...names(books), 'time_utc'],
				bookRow(csvText(config.microgrid), books, civil),
			),
		]),
		// Ahead of `requests`: what is known of a request's way is known when it has completed.
		...(config.network === undefined ? [] : [table({ ...ROUTED_PORT, optional: true }, [])]),
		table({ name: 'requests', kind: 'event', fields: config.requests, optional: true }, [
			...(isServing && extras?.requests !== 'sketch'
				? [
						csv(
							'request_metrics.csv',
							[...names(requests), 'replica', ...networkColumns],
							(wire) => `${cells(requests, wire)},${wire.source}${networkCells(wire)}\n`,
						),
					]
				: []),
		]),
		usageTable(config, csv),
		...(config.changes === true
			? [
					table({ ...CHANGED_PORT, optional: true }, [
						csv('changed_requests.csv', ['arrived_at', ...names(CHANGED_COLUMNS)], changedRow),
					]),
				]
			: []),
	];
	if (extras?.batches === true || extras?.chromeTrace === true)
		tables.push(
			table({ ...BATCHES_PORT, optional: true }, [
				...(extras.batches ? [csv('batch_metrics.csv', BATCH_COLUMNS, batchRows)] : []),
				...(extras.chromeTrace ? [traceOutput(config, recording)] : []),
			]),
		);
	if (extras !== undefined && extras.operations !== null)
		tables.push(
			table(
				{ name: 'operations', kind: 'interval', fields: extras.operations, optional: true },
				[],
			),
		);
	for (const [name, fields] of [
		['weather', config.weather],
		['wind', config.wind],
	] as const) {
		if (fields === null) continue;
		const columns = fields.map((column, field) => ({ name: column.name, field }));
		tables.push(
			table({ name, kind: 'interval', fields, optional: true }, [
				csv(
					`${name}.csv`,
					['time_s', ...names(columns)],
					(wire) => `${seconds(wire.timeUs)},${cells(columns, wire)}\n`,
				),
			]),
		);
	}
	return tables;
}

function table(port: InputSpec, outputs: readonly Output[]): Table {
	return { port, merge: new RowMerge(), outputs };
}

function usageTable(
	config: RecorderConfig,
	csv: (name: string, header: readonly string[], row: Output['row']) => Output,
): Table {
	const usage = config.usage.map(({ name }, field) => ({ name, field }));
	return table({ name: 'usage', kind: 'interval', fields: config.usage, optional: true }, [
		...(config.replicas.length > 0
			? [
					csv(
						'usage.csv',
						['time_s', 'replica', ...names(usage)],
						(wire) => `${seconds(wire.timeUs)},${wire.source},${cells(usage, wire)}\n`,
					),
				]
			: []),
	]);
}

function traceOutput({ replicas }: RecorderConfig, recording: RecordingFolder): Output {
	const header = traceHeader(replicas);
	return {
		file: recording.table('chrome_trace.json', header),
		header,
		end: TRACE_END,
		row: traceRows(replicas),
	};
}

function bookRow(microgrid: string, columns: Column[], civil: Civil): Output['row'] {
	return (wire) =>
		`${microgrid},${civil.local(wire.timeUs)},${cells(columns, wire)},${civil.utc(wire.timeUs)}\n`;
}

const CHANGED_COLUMNS = CHANGED_PORT.fields.map(({ name }, field): Column => ({ name, field }));

function changedRow(wire: WireInput): string {
	return `${seconds(wire.timeUs)},${cells(CHANGED_COLUMNS, wire)}\n`;
}

function networkCells(wire: WireInput): string {
	return wire instanceof NetworkView ? `,${wire.cells()}` : '';
}

function names(columns: readonly Column[]): string[] {
	return columns.map(({ name }) => csvText(name));
}

function cells(columns: readonly Column[], wire: WireInput): string {
	let line = '';
	for (let i = 0; i < columns.length; i++) {
		const column = columns[i] as Column;
		if (i > 0) line += ',';
		line += 'field' in column ? csvNumber(wire.value(column.field)) : column.text;
	}
	return line;
}

function seconds(timeUs: SimTime): string {
	return String(usToSeconds(timeUs));
}
