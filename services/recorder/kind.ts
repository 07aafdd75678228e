import type { PortSpec } from '../../protocol/readings.ts';
import { type SimTime, usToSeconds } from '../../protocol/time.ts';
import type { ActorEnv, ActorKind, InputSpec, SpanActor, WireInput } from '../actor/contract.ts';
import { bookColumns, type Column, csvNumber, csvText, requestColumns } from './columns.ts';
import { RecorderConfig } from './config.ts';
import { type Civil, civilTimes } from './local-time.ts';
import { RowMerge } from './merge.ts';
import { progressOf } from './progress.ts';
import { makeRunFolder, markEnded, RunFile, runningMetadata, writeMetadata } from './run-folder.ts';

export interface RecorderState {
	/** Length of each file in bytes, in the order of its tables. */
	positions: number[];
	requestsCompleted: number;
}

/** One CSV file: which wires feed it and how a row is written. */
interface Table {
	readonly file: RunFile;
	readonly merge: RowMerge;
	readonly port: number;
	readonly header: string;
	readonly row: (wire: WireInput) => string;
}

const BOOKS = 0;
const REQUESTS = 1;
const USAGE = 2;

/** The only writer of a run folder: all that the actors say goes into its files, in one fixed order. */
export const recorderKind: ActorKind<RecorderConfig> = {
	kind: 'recorder',
	config: RecorderConfig,
	create: createRecorder,
};

function createRecorder(config: RecorderConfig, env: ActorEnv): SpanActor<RecorderState> {
	const tables = openTables(config);
	writeMetadata(config.folder, runningMetadata(config.metadata));
	const progress = progressOf(config);
	return {
		timing: 'span',
		inputs: inputSpecs(config),
		outputs: [],
		init: () => ({ positions: tables.map(() => 0), requestsCompleted: 0 }),
		promiseUs: (_state, _port, untilUs) => untilUs,
		step(state, span, inputs) {
			let booksRows = 0;
			for (let t = 0; t < tables.length; t++) {
				const { file, port, row, header, merge } = tables[t] as Table;
				file.goTo(state.positions[t] as number);
				if (file.position === 0) file.append(header);
				merge.take(inputs[port] ?? [], span.untilUs, (wire) => {
					file.append(row(wire));
					if (port === REQUESTS) state.requestsCompleted += 1;
					if (port === BOOKS) booksRows += 1;
				});
				file.flush();
				state.positions[t] = file.position;
			}
			const books = inputs[BOOKS]?.[0];
			if (booksRows > 0 && books !== undefined)
				env.announce(span.untilUs, progress(books, state.requestsCompleted));
			return state;
		},
		async finish(state, end) {
			for (let t = 0; t < tables.length; t++) {
				const { file } = tables[t] as Table;
				// What a window wrote that did not complete is no part of the run.
				file.goTo(state.positions[t] as number);
				file.close();
			}
			markEnded(config.folder, STATUS[end.outcome], {
				reason: end.outcome === 'complete' ? null : end.reason,
				simulatedUntilUs: end.simulatedUntilUs,
			});
		},
	};
}

const STATUS = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;

function inputSpecs(config: RecorderConfig): InputSpec[] {
	const port = (name: string, kind: PortSpec['kind'], fields: PortSpec['fields']): InputSpec => ({
		name,
		kind,
		fields,
		optional: true,
	});
	const specs: InputSpec[] = [
		{ name: 'books', kind: 'interval', fields: config.books },
		port('requests', 'event', config.requests),
		port('usage', 'interval', config.usage),
	];
	for (const { name, fields } of generatorPorts(config)) specs.push(port(name, 'interval', fields));
	return specs;
}

/** The ports that follow `usage`: what the first plant and the first turbine say of their weather. */
function generatorPorts({ weather, wind }: RecorderConfig): Pick<PortSpec, 'name' | 'fields'>[] {
	return [
		...(weather === null ? [] : [{ name: 'weather', fields: weather }]),
		...(wind === null ? [] : [{ name: 'wind', fields: wind }]),
	];
}

function openTables(config: RecorderConfig): Table[] {
	const { folder } = config;
	const civil = civilTimes(config.startEpochMs, config.timezone);
	const books = bookColumns(config.books, config.mode);
	const requests = config.replicas.length === 0 ? [] : requestColumns(config.requests);
	makeRunFolder(folder);
	const tables: Table[] = [
		{
			file: new RunFile(folder, 'timeseries.csv'),
			merge: new RowMerge(),
			port: BOOKS,
			header: `microgrid,time,${names(books)},time_utc\n`,
			row: bookRow(csvText(config.microgrid), books, civil),
		},
	];
	if (config.replicas.length > 0) {
		const usage = config.usage.map(({ name }, field) => ({ name, field }));
		tables.push(
			{
				file: new RunFile(folder, 'request_metrics.csv'),
				merge: new RowMerge(),
				port: REQUESTS,
				header: `${names(requests)},replica\n`,
				row: (wire) => `${cells(requests, wire)},${wire.source}\n`,
			},
			{
				file: new RunFile(folder, 'usage.csv'),
				merge: new RowMerge(),
				port: USAGE,
				header: `time_s,replica,${names(usage)}\n`,
				row: (wire) => `${seconds(wire.timeUs)},${wire.source},${cells(usage, wire)}\n`,
			},
		);
	}
	generatorPorts(config).forEach(({ name, fields }, i) => {
		const columns = fields.map((field, f) => ({ name: field.name, field: f }));
		tables.push({
			file: new RunFile(folder, `${name}.csv`),
			merge: new RowMerge(),
			port: USAGE + 1 + i,
			header: `time_s,${names(columns)}\n`,
			row: (wire) => `${seconds(wire.timeUs)},${cells(columns, wire)}\n`,
		});
	});
	return tables;
}

function bookRow(microgrid: string, columns: Column[], civil: Civil): Table['row'] {
	return (wire) =>
		`${microgrid},${civil.local(wire.timeUs)},${cells(columns, wire)},${civil.utc(wire.timeUs)}\n`;
}

function names(columns: readonly Column[]): string {
	return columns.map(({ name }) => csvText(name)).join(',');
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
