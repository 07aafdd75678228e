import type { InputSpec, WireInput } from '../../kernel/actor/contract.ts';
import { BATCHES_PORT, CHANGED_PORT, ROUTED_PORT } from '../../protocol/ports.ts';
import type { Field } from '../../protocol/readings.ts';
import { BATCHES } from '../../protocol/run-folder/batches.ts';
import { type Civil, civilTimes } from '../../protocol/run-folder/civil-time.ts';
import { csvText } from '../../protocol/run-folder/csv-text.ts';
import { ownTable } from '../../protocol/run-folder/files.ts';
import { CHANGED_REQUESTS, REQUESTS } from '../../protocol/run-folder/requests.ts';
import { portOf, stepTableOf } from '../../protocol/run-folder/step-tables.ts';
import type { Table } from '../../protocol/run-folder/table.ts';
import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';
import { USAGE } from '../../protocol/run-folder/usage.ts';
import { type SimTime, usToSeconds } from '../../protocol/time.ts';
import { BATCH_HEADER, batchRows, TRACE_END, traceHeader, traceRows } from './batch-rows.ts';
import { bookColumns, type Column, columnsOf, csvNumber, requestColumns } from './columns.ts';
import type { RecorderConfig } from './config.ts';
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
export interface PortTable {
	readonly port: InputSpec;
	readonly merge: RowMerge;
	readonly outputs: readonly Output[];
}

/** The ports of a recorder with their files, `books` first; opens the files. */
export function openTables(config: RecorderConfig, recording: RecordingFolder): PortTable[] {
	const { extras } = config;
	const csv: OpenCsv = ({ file }, names, row) => {
		const header = `${names}\n`;
		return { file: recording.table(file, header), header, end: '', row };
	};
	const civil = civilTimes(config.startEpochMs, config.timezone);
	const books = bookColumns(config.books, config.mode);
	const isServing = config.replicas.length > 0;
	const requests = isServing ? requestColumns(config.requests) : [];
	const networkColumns = config.network === undefined ? [] : NETWORK_COLUMNS;
	const tables: PortTable[] = [
		table({ name: 'books', kind: 'interval', fields: config.books }, [
			csv(
				TIMESERIES,
				TIMESERIES.header('microgrid', 'time', ...names(books), 'time_utc'),
				bookRow(csvText(config.microgrid), books, civil),
			),
		]),
		// Ahead of `requests`: what is known of a request's way is known when it has completed.
		...(config.network === undefined ? [] : [table({ ...ROUTED_PORT, optional: true }, [])]),
		table({ name: 'requests', kind: 'event', fields: config.requests, optional: true }, [
			...(isServing && extras?.requests !== 'sketch'
				? [
						csv(
							REQUESTS,
							REQUESTS.header(...names(requests), 'replica', ...networkColumns),
							(wire) => `${cells(requests, wire)},${wire.source}${networkCells(wire)}\n`,
						),
					]
				: []),
		]),
		usageTable(config, csv),
		...(config.changes === true
			? [
					table({ ...CHANGED_PORT, optional: true }, [
						csv(
							CHANGED_REQUESTS,
							CHANGED_REQUESTS.header('arrived_at', ...names(CHANGED_COLUMNS)),
							changedRow,
						),
					]),
				]
			: []),
	];
	if (extras?.batches === true || extras?.chromeTrace === true)
		tables.push(
			table({ ...BATCHES_PORT, optional: true }, [
				...(extras.batches ? [csv(BATCHES, BATCH_HEADER, batchRows)] : []),
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
	for (const { name, fields, columns } of config.series)
		tables.push(
			stepRows(columns === undefined ? stepTableOf(name) : ownTable(name, columns), fields, csv),
		);
	return tables;
}

function table(port: InputSpec, outputs: readonly Output[]): PortTable {
	return { port, merge: new RowMerge(), outputs };
}

/** Opens a CSV file by its description and first line. */
type OpenCsv = (described: Table, header: string, row: Output['row']) => Output;

function usageTable(config: RecorderConfig, csv: OpenCsv): PortTable {
	const usage = columnsOf(USAGE, config.usage);
	return table({ name: 'usage', kind: 'interval', fields: config.usage, optional: true }, [
		...(config.replicas.length > 0
			? [
					csv(
						USAGE,
						USAGE.header('time_s', 'replica', ...names(usage)),
						(wire) => `${seconds(wire.timeUs)},${wire.source},${cells(usage, wire)}\n`,
					),
				]
			: []),
	]);
}

/** A row a step for the fields of an output of one actor: `wind.csv` of the port `wind`. */
function stepRows(described: Table, fields: readonly Field[], csv: OpenCsv): PortTable {
	const columns = columnsOf(described, fields);
	const name = portOf(described);
	return table({ name, kind: 'interval', fields: [...fields], optional: true }, [
		csv(
			described,
			described.header('time_s', ...names(columns)),
			(wire) => `${seconds(wire.timeUs)},${cells(columns, wire)}\n`,
		),
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

const CHANGED_COLUMNS = columnsOf(CHANGED_REQUESTS, CHANGED_PORT.fields);

function changedRow(wire: WireInput): string {
	return `${seconds(wire.timeUs)},${cells(CHANGED_COLUMNS, wire)}\n`;
}

function networkCells(wire: WireInput): string {
	return wire instanceof NetworkView ? `,${wire.cells()}` : '';
}

function names<Name extends string>(columns: readonly { readonly name: Name }[]): Name[] {
	return columns.map(({ name }) => name);
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
