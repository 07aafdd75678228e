import Table from 'cli-table3';
import type { InspectedDay, Inspection } from '../feeds/weather/inspect.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Tables without a line between rows. */
const CLOSE = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
/** A month of less than this many days, or less of a day, is an edge of the file. */
const DAYS_MIN = 0.5;
/** More gaps than this are summed up. */
const GAPS_SHOWN = 8;
const DAY_MS = 86_400_000;

/** What a file is, a line each. */
export function factsOf(inspection: Inspection): [what: string, fact: string][] {
	const { place, gaps } = inspection;
	const where =
		place.latitude === null
			? (place.name ?? 'unknown')
			: `${place.name === null ? '' : `${place.name}, `}${place.latitude}, ${place.longitude}, ${place.altitudeM ?? '?'} m`;
	return [
		['file', inspection.file],
		['format', inspection.format],
		['place', where],
		['clock', inspection.clock],
		['labels', inspection.labelling],
		[
			'covers',
			inspection.typicalYear
				? 'a typical year, made of months of several years'
				: `${inspection.from} to ${inspection.until}`,
		],
		['step', `${inspection.stepMinutes} min, ${inspection.intervals} intervals`],
		['derived', inspection.derived ?? 'nothing'],
		['sun', sunText(inspection)],
		['gaps', gaps.length === 0 ? 'none' : String(gaps.length)],
	];
}

/** A table as people read it: what its columns are, then its rows. */
export interface ShownTable {
	readonly head: readonly string[];
	readonly rows: readonly (readonly string[])[];
}

/** An inspection for people: facts, ranges, and a line of days for each month. */
export function inspectionText(inspection: Inspection): string {
	const { gaps } = inspection;
	const lines = factsOf(inspection).map(([key, value]) => `${key.padEnd(9)}${value}`);
	for (const gap of gaps.slice(0, GAPS_SHOWN))
		lines.push(
			`         ${gap.quantity}: ${gap.from} to ${gap.until}${gap.filled ? ' (filled)' : ' (not filled)'}`,
		);
	if (gaps.length > GAPS_SHOWN)
		lines.push(`         and ${gaps.length - GAPS_SHOWN} more (--json)`);
	for (const note of inspection.notes) lines.push(`note     ${note}`);
	const tables = [rangesOf(inspection), monthsOf(inspection)].map(drawn);
	return [...lines, '', tables.join('\n\n'), '', ...plot(inspection)].join('\n');
}

/** How its light lies to the sun, or why that is not known. */
function sunText({ sun, quantities, days }: Inspection): string {
	if (sun !== null) return `${sun.isOff ? 'WARNING: ' : ''}${sun.text}`;
	if (quantities['ghi'] === undefined) return 'not compared: the file has no irradiance';
	return days.some(({ clearKwhPerM2 }) => clearKwhPerM2 !== null)
		? 'not compared: the file has no cloudless day'
		: 'not compared: the place is not known';
}

function drawn({ head, rows }: ShownTable): string {
	const table = new Table({ head: [...head], chars: CLOSE, style: { head: [], border: [] } });
	table.push(...rows.map((row) => [...row]));
	return table.toString();
}

/** Between what each quantity of a file lies. */
export function rangesOf({ quantities }: Inspection): ShownTable {
	return {
		head: ['quantity', 'unit', 'min', 'mean', 'max', 'missing'],
		rows: Object.entries(quantities).map(([name, { unit, min, mean, max, missing }]) => [
			...[name, unit, text(min, 2), text(mean, 2), text(max, 2), String(missing)],
		]),
	};
}

/** What each month of a file has, but for the edges of the file. */
export function monthsOf(inspection: Inspection): ShownTable {
	const isPv = inspection.quantities['pv'] !== undefined;
	const light = isPv ? ['kWh/kW/day'] : ['GHI kWh/m2', 'a day', 'of clear sky', 'spread of days'];
	const shown = inspection.months.filter(({ days }) => days >= DAYS_MIN);
	return {
		head: ['month', 'days', ...light, 'air degC', 'wind m/s'],
		rows: shown.map((month) => [
			month.month,
			text(month.days, 1),
			...(isPv
				? [text(month.pvKwhPerKwDay, 3)]
				: [
						text(month.ghiKwhPerM2, 1),
						text(month.ghiKwhPerM2Day, 3),
						text(month.clearSkyIndex, 2),
						text(month.dailyIndexStd, 2),
					]),
			text(month.airMeanC, 1),
			text(month.windMs, 1),
		]),
	};
}

/** A line of bars for each month, one bar a day. */
function plot({ days, typicalYear }: Inspection): string[] {
	const energy = (day: InspectedDay) => day.ghiKwhPerM2 ?? day.pvKwhPerKw;
	const most = Math.max(...days.map((day) => energy(day) ?? 0));
	if (!(most > 0)) return [];
	const unit = days.some(({ ghiKwhPerM2 }) => ghiKwhPerM2 !== null) ? 'kWh/m2' : 'kWh/kW';
	const lines = new Map<string, string[]>();
	for (const day of days.filter(({ part }) => part >= DAYS_MIN)) {
		const date = new Date(day.day * DAY_MS).toISOString();
		const month = typicalYear ? date.slice(5, 7) : date.slice(0, 7);
		const row = lines.get(month) ?? new Array<string>(31).fill(' ');
		const value = energy(day);
		row[Number(date.slice(8, 10)) - 1] =
			value === null ? '?' : (BARS[Math.min(7, Math.floor((value / most) * 8))] as string);
		lines.set(month, row);
	}
	return [
		`days, full bar ${text(most, 1)} ${unit}:`,
		...[...lines].map(([month, row]) => `${month.padStart(7)} ${row.join('')}`),
	];
}

function text(value: number | null, digits: number): string {
	return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}
