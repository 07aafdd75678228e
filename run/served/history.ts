import { ConfigError } from '../../protocol/errors.ts';
import { tableOf } from '../../protocol/run-folder/files.ts';
import type { Table } from '../../protocol/run-folder/table.ts';
import type { History, HistoryQuery } from '../../services/gateway/runs-host.ts';
import { addedUp, type TimedValues } from './added-up.ts';
import { type OpenTable, withTable } from './table-part.ts';
import { Thinning } from './thinning.ts';

/** Columns by which rows of one time are told apart. */
const NAMES = ['replica', 'site'];

/**
 * A part of a table of a site by columns, thinned.
 *
 * @param path of the table
 * @throws ConfigError for a table or a column that is not there
 */
export async function historyOf(path: string, site: string, query: HistoryQuery): Promise<History> {
	const described = tableOf(`${query.table}.csv`);
	const part = await withTable(path, (table) => readPart(table, described, query));
	if (part === null)
		throw new ConfigError(
			`Cannot read the table "${query.table}" of the site "${site}": it has none, or no row yet`,
		);
	return { site, table: query.table, ...part };
}

type Part = Omit<History, 'site' | 'table'>;

async function readPart(
	table: OpenTable,
	described: Table | null,
	query: HistoryQuery,
): Promise<Part> {
	const { header } = table;
	const first = await firstRow(table);
	const timeUsOf = timeOf(header, first, query.table);
	const isOurs = filterOf(header, query);
	const columns = columnsOf(header, first, described, query);
	const units = Object.fromEntries(
		columns.flatMap(({ name }) => {
			const unit = described?.describe(name)?.unit ?? null;
			return unit === null ? [] : [[name, unit] as const];
		}),
	);
	const [last] = first === null ? [] : await table.lastRows(1);
	const { fromUs, toUs, points } = query;
	const lastUs = last === undefined ? fromUs : timeUsOf(last);
	const untilUs = Math.min(toUs ?? Number.POSITIVE_INFINITY, lastUs + 1);
	const firstUs = Math.max(fromUs, first === null ? fromUs : timeUsOf(first));
	const thinning = new Thinning(columns.length, points, [firstUs, Math.max(firstUs, untilUs - 1)]);
	const valuesOf = async function* (): AsyncGenerator<TimedValues> {
		for await (const row of table.rowsFrom((one) => timeUsOf(one) < fromUs)) {
			const timeUs = timeUsOf(row);
			if (timeUs >= untilUs) return;
			if (timeUs >= fromUs && isOurs(row)) yield [timeUs, columns.map(({ of }) => of(row))];
		}
	};
	if (first !== null)
		for await (const row of query.sum ? addedUp(valuesOf()) : valuesOf()) thinning.add(...row);
	const { columns: kept, ...rest } = thinning.kept();
	const values = columns.map(
		({ name }, c) => [name, (kept[c] ?? []).map((v) => (Number.isFinite(v) ? v : null))] as const,
	);
	return { ...rest, columns: Object.fromEntries(values), units };
}

async function firstRow(table: OpenTable): Promise<readonly string[] | null> {
	for await (const row of table.rowsFrom(() => false)) return row;
	return null;
}

/** Simulated time of a row, in microseconds. */
function timeOf(
	header: readonly string[],
	first: readonly string[] | null,
	name: string,
): (row: readonly string[]) => number {
	const seconds = header.indexOf('time_s');
	if (seconds !== -1) return (row) => Math.round(Number(row[seconds]) * 1e6);
	const utc = header.indexOf('time_utc');
	if (utc === -1)
		throw new ConfigError(`Cannot read a stretch of the table "${name}": its rows have no time`);
	const startMs = Date.parse(first?.[utc] ?? '');
	return (row) => Math.round((Date.parse(row[utc] ?? '') - startMs) * 1000);
}

/** Whether a row is of the thing that is wanted. */
function filterOf(
	header: readonly string[],
	{ of, table, sum }: HistoryQuery,
): (row: readonly string[]) => boolean {
	const column = NAMES.find((one) => header.includes(one));
	if (sum && of !== null)
		throw new ConfigError(`Cannot add up the rows of all and read those of "${of}": leave out one`);
	if (column === undefined) {
		if (sum)
			throw new ConfigError(
				`Cannot add up the rows of the table "${table}": it has one of each time`,
			);
		if (of === null) return () => true;
		throw new ConfigError(`Cannot read "${of}" of the table "${table}": its rows are of one thing`);
	}
	if (sum) return () => true;
	if (of === null)
		throw new ConfigError(
			`Cannot read the table "${table}" without the name of a ${column}: give it as "of"`,
		);
	const at = header.indexOf(column);
	return (row) => row[at] === of;
}

interface WantedColumn {
	readonly name: string;
	of(row: readonly string[]): number;
}

function columnsOf(
	header: readonly string[],
	first: readonly string[] | null,
	described: Table | null,
	{ columns, table, sum }: HistoryQuery,
): WantedColumn[] {
	const isNumber = (name: string, at: number): boolean => {
		const kind = described?.describe(name)?.kind;
		const cell = first?.[at] ?? '';
		return kind !== 'text' && kind !== 'time' && name !== 'time_s' && Number.isFinite(Number(cell));
	};
	const isAddable = (name: string): boolean => {
		const { isCount, kind = 'text' } = described?.describe(name) ?? {};
		return isCount === true || kind === 'sum' || kind === 'total';
	};
	const all = header.filter((name, at) => isNumber(name, at) && (!sum || isAddable(name)));
	const unknown = columns?.find((name) => !all.includes(name));
	if (unknown !== undefined)
		throw new ConfigError(
			`Cannot read the column "${unknown}" of the table "${table}": ${sum ? 'those that can be added up' : 'those of numbers'} are ${all.join(', ')}`,
		);
	return (columns ?? all).map((name) => {
		const at = header.indexOf(name);
		return { name, of: (row) => (row[at] === '' ? Number.NaN : Number(row[at])) };
	});
}
