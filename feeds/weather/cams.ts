import { parse } from 'csv-parse/sync';
import { parseInstantMs } from '../signal/instant.ts';
import { weatherColumns } from './columns.ts';
import { numberOrNull, usualStepMs } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import { linesOf, type Row, unreadable } from './table.ts';

/**
 * CAMS Radiation Service: comments `# name: value`, the last of them the names, rows of a period of universal time and energies in
 * Wh/m2, separated by semicolons.
 */
export function readCams(text: string, path: string): RawWeather {
	const lines = text.split(/\r?\n/);
	const comments = lines.filter((line) => line.startsWith('#'));
	const said = (name: RegExp) =>
		comments
			.find((line) => name.test(line))
			?.replace(/^[^:]*(\([^)]*\))?:/, '')
			.trim() ?? null;
	const names = (comments.at(-1) ?? '')
		.replace(/^#\s*/, '')
		.split(';')
		.map((name) => name.trim());
	const reference = said(/^# *Time reference/i) ?? 'Universal time (UT)';
	if (!/universal|\bUTC?\b/i.test(reference))
		throw unreadable(path, `its time is ${reference}; ask CAMS for universal time`);
	const rows = rowsOf(lines);
	const stampsMs = Float64Array.from(rows, ({ line, cells }) => {
		const fromMs = parseInstantMs((cells[0]?.split('/')[0] ?? '').replace(/\.0$/, ''));
		if (fromMs !== null) return fromMs;
		throw unreadable(
			path,
			`line ${line} has the period "${cells[0]}"; CAMS writes 2020-06-01T12:00:00.0/2020-06-01T13:00:00.0`,
		);
	});
	const stepMs = usualStepMs(stampsMs);
	const { columns, notes } = weatherColumns({
		...{ path, names, rows, stepMs, others: [0] },
		unitOf: (name) => (/^[GBD]HI$|^BNI$/i.test(name) ? 'Wh/m2' : null),
	});
	return {
		format: 'CAMS CSV',
		labelling: 'start and end of the interval',
		label: 'left',
		stepMs,
		place: {
			name: null,
			latitude: numberOrNull(said(/^# *Latitude/i)),
			longitude: numberOrNull(said(/^# *Longitude/i)),
			altitudeM: numberOrNull(said(/^# *Altitude/i)),
		},
		offsetMinutes: 0,
		clock: reference,
		stampsMs,
		lines: linesOf(rows),
		isTypical: false,
		columns,
		isAirInstant: false,
		notes,
	};
}

function rowsOf(lines: readonly string[]): Row[] {
	return lines.flatMap((line, i) => {
		if (line.startsWith('#') || line.trim() === '') return [];
		const [cells = []] = parse(line, {
			delimiter: ';',
			relax_column_count: true,
			trim: true,
		}) as string[][];
		return [{ line: i + 1, cells }];
	});
}
