import { quoted } from '../../protocol/plain-text.ts';
import { note } from '../../protocol/remark.ts';
import { hasOffset, parseInstantMs } from '../signal/instant.ts';
import { type WallClock, zoneClock } from '../signal/wall-clock.ts';
import { unusedNames, weatherColumns } from './columns.ts';
import { usualStepMs } from './fixed-table.ts';
import { type Label, NOWHERE, type Place, type RawWeather } from './series.ts';
import {
	column,
	columnOf,
	csvRows,
	isFiller,
	linesOf,
	present,
	type Row,
	unreadable,
} from './table.ts';
import { tableTimes } from './table-times.ts';

const MINUTE_MS = 60_000;

/** How CSV files with ISO date-times differ. */
export interface WeatherOptions {
	/** Column of a file that has one for each place. */
	readonly column: string | null;
	/** Zone of date-times whose file says none. */
	readonly timezone: string;
}

/**
 * Solcast: columns period_end or PeriodStart with their offset from UTC, period (PT5M), ghi, dni, dhi, air_temp,
 * wind_speed_10m, in the spelling of either version of its toolkit.
 */
export function readSolcast(text: string, path: string): RawWeather {
	const [header, ...rows] = csvRows(text, path);
	const names = (header?.cells ?? []).map((name) => name.replaceAll('_', ''));
	const end = columnOf(names, 'periodend');
	const start = columnOf(names, 'periodstart');
	const period = columnOf(names, 'period');
	const stepMs = period < 0 ? null : periodMs(rows[0]?.cells[period] ?? '', path);
	const common = dated(rows, end >= 0 ? end : start, path, zoneClock('UTC'));
	const found = weatherColumns({
		...{ path, rows, names: header?.cells ?? [] },
		others: [end, start, period].filter((at) => at >= 0),
		stepMs: stepMs ?? usualStepMs(common.stampsMs),
	});
	return {
		...common,
		format: 'Solcast CSV',
		labelling:
			end >= 0 ? 'end of the interval (period_end)' : 'start of the interval (PeriodStart)',
		label: end >= 0 ? 'right' : 'left',
		stepMs,
		clock: "each stamp's own offset; UTC without one",
		columns: found.columns,
		notes: [...common.notes, ...found.notes],
	};
}

/** Vessim's normalised series: UTC date-times that end their interval, then a column of PV power for each place. */
export function readVessim(text: string, path: string, options: WeatherOptions): RawWeather {
	const [header, ...rows] = csvRows(text, path);
	const names = header?.cells ?? [];
	const places = names.slice(1);
	const at =
		options.column === null && places.length === 1 ? 1 : columnOf(names, options.column ?? '');
	if (at < 1)
		throw unreadable(
			path,
			`it has a column of PV power for each place; name one of ${places.map((name) => quoted(name)).join(', ')}`,
		);
	const pv = column(rows, at, path, isFiller);
	const worst = pv?.find((value) => value < 0 || value > 1.5);
	if (worst !== undefined)
		throw unreadable(
			path,
			`its column "${names[at]}" has ${worst}, not a fraction of the peak power`,
		);
	const common = dated(rows, 0, path, zoneClock('UTC'));
	return {
		...common,
		format: 'Vessim CSV',
		labelling: 'end of the interval, as in Vessim’s solar series',
		label: 'right',
		stepMs: null,
		place: { ...NOWHERE, name: names[at] ?? null },
		clock: 'UTC, as in Vessim',
		columns: present({ pv }),
		notes: [...common.notes, ...unusedNames(places.filter((_, i) => i + 1 !== at))],
	};
}

/**
 * Gridbeat's own form: comment lines `# key: value`, then time (the interval's start), ghi, dni, dhi,
 * air_temperature, wind_speed; any of the columns but time may be missing. Other tables of date-times are read likewise.
 */
export function readOwn(text: string, path: string, options: WeatherOptions): RawWeather {
	const [comments, body] = splitComments(text);
	const said = new Map(
		comments.flatMap((line) => {
			const match = /^#\s*([\w ]+?)\s*:\s*(.*?)\s*$/.exec(line);
			return match === null ? [] : [[match[1]?.toLowerCase() ?? '', match[2] ?? ''] as const];
		}),
	);
	const [header, ...rows] = csvRows(body, path).map((row) => ({
		...row,
		line: row.line + comments.length,
	}));
	const names = header?.cells ?? [];
	const zone = said.get('time zone') ?? options.timezone;
	const label = labelOf(said.get('label'), path);
	const synthetic = said.get('synthetic');
	const times = tableTimes(names, rows, path);
	const timed = rows.map(({ line }, i) => ({ line, cells: [times.texts[i] ?? ''] }));
	const common = dated(timed, 0, path, zoneClock(zone));
	const found = weatherColumns({
		...{ path, names, rows, others: times.at, stepMs: usualStepMs(common.stampsMs) },
	});
	return {
		...common,
		format: synthetic === undefined ? 'Gridbeat CSV' : 'Gridbeat CSV, synthetic',
		labelling: `${{ left: 'start', centre: 'middle', right: 'end' }[label]} of the interval`,
		label,
		stepMs: null,
		place: placeOf(said),
		clock: `${zone}; stamps with an offset keep it`,
		columns: found.columns,
		notes: [
			...common.notes,
			...found.notes,
			...(synthetic === undefined ? [] : [note(`synthetic: ${synthetic}`)]),
		],
	};
}

function splitComments(text: string): [string[], string] {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	const first = lines.findIndex((line) => !line.startsWith('#'));
	return [lines.slice(0, first), lines.slice(first).join('\n')];
}

function labelOf(text: string | undefined, path: string): Label {
	if (text === undefined || text === 'left') return 'left';
	if (text === 'right' || text === 'centre') return text;
	throw unreadable(path, `its label is ${quoted(text)}; write left, centre or right`);
}

function placeOf(said: ReadonlyMap<string, string>): Place {
	const number = (key: string) => {
		const value = Number.parseFloat(said.get(key) ?? '');
		return Number.isFinite(value) ? value : null;
	};
	return {
		name: said.get('location') ?? null,
		latitude: number('latitude'),
		longitude: number('longitude'),
		altitudeM: number('altitude'),
	};
}

function dated(rows: readonly Row[], at: number, path: string, clock: WallClock) {
	const seen = new Set<number>();
	let second = 0;
	const stampsMs = Float64Array.from(rows, ({ line, cells }) => {
		const text = (cells[at] ?? '').replace(/\s*UTC$/, 'Z');
		const instantMs = parseInstantMs(text);
		if (instantMs === null)
			throw unreadable(
				path,
				`line ${line} has the time ${quoted(text)}; write ISO date-times such as 2024-06-20T00:05:00Z`,
			);
		if (hasOffset(text)) return instantMs;
		// The clock shows an hour twice when it is put back: the second time is the second pass.
		const again =
			seen.has(instantMs) && clock.instantMs(instantMs) !== clock.instantMs(instantMs, true);
		seen.add(instantMs);
		if (again) second++;
		return clock.instantMs(instantMs, again);
	});
	return {
		place: NOWHERE,
		offsetMinutes: null,
		stampsMs,
		lines: linesOf(rows),
		isTypical: false,
		isAirInstant: false,
		notes:
			second === 0
				? []
				: [note('stamps that come twice taken as the hour after the clock was put back', second)],
	};
}

function periodMs(text: string, path: string): number {
	const match = /^PT(?:(\d+)H)?(?:(\d+)M)?$/i.exec(text);
	const minutes = Number(match?.[1] ?? 0) * 60 + Number(match?.[2] ?? 0);
	if (minutes > 0) return minutes * MINUTE_MS;
	throw unreadable(path, `its period is ${quoted(text)}; Solcast writes PT5M, PT30M or PT1H`);
}
