import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { unusedNote } from '../signal/unused-columns.ts';
import { type Conversion, conversionOf, measureOf } from './column-units.ts';
import type { Columns, Quantity } from './series.ts';
import { column, isFiller, present, type Row, unreadable } from './table.ts';

/** What a column may be: a quantity, or the direct light on the horizontal, from which the others follow. */
type Named = Exclude<Quantity, 'pv'> | 'bhi';

/**
 * Names as files have them, in small letters, without units, spaces and signs; of several in one file the first here counts.
 * Those of SAM's own reader are all here, of pvlib's tables, of NREL's and Open-Meteo's. Wind is that at 10 m or without a height.
 */
const SPELLINGS: Readonly<Record<Named, readonly string[]>> = {
	ghi: [
		...[
			'ghi',
			'gh',
			'global',
			'globalhorizontal',
			'globalhorizontalirradiance',
			'globalirradiance',
		],
		...['shortwaveradiation', 'allskysfcswdwn', 'globalhorizontalradiation', 'ssrd'],
	],
	dni: [
		...['dni', 'dn', 'bni', 'beam', 'direct', 'directnormal', 'directnormalirradiance'],
		...['beamirradiance', 'beamnormal', 'beamnormalirradiance', 'allskysfcswdni'],
		...['directnormalradiation', 'directirradiance'],
	],
	dhi: [
		...['dhi', 'df', 'dif', 'diffuse', 'diffusehorizontal', 'diffusehorizontalirradiance'],
		...['diffuseirradiance', 'diffuseradiation', 'allskysfcswdiff', 'diffusehorizontalradiation'],
	],
	bhi: [
		...['bhi', 'directradiation', 'directhorizontal', 'directhorizontalirradiance'],
		...['beamhorizontal', 'beamhorizontalirradiance'],
	],
	airC: [
		...['airtemperature', 'tempair', 'airtemp', 'tdry', 'drybulb', 'drybulbtemp'],
		...['drybulbtemperature', 'temperature', 'temperature2m', 'temp2m', 't2m', 'ambient'],
		...['ambienttemp', 'ambienttemperature', 'tamb', 'tair', 'temp'],
	],
	windMs: [
		...['windspeed10m', 'ws10m', 'wind10m', 'windspeed', 'wspd', 'wind', 'ws', 'windspd'],
		...['windvelocity'],
	],
};

const NAMED = Object.keys(SPELLINGS) as Named[];
/** A unit behind a name without brackets: `ghi_wm2`, `temp_air_c`, `wind speed, km/h`. */
const UNIT_BEHIND =
	/^(.*[a-z0-9])[\s_,-]+(w[_/ ]?m\^?[2²]|kwh?[_/ ]?m\^?[2²]|wh[_/ ]?m\^?[2²]|deg[_ ]?[cf]|°[cf]|[cfk]|celsius|fahrenheit|kelvin|m[_/ ]?s|mps|km[_/ ]?h|kph|mph|kn|knots)$/i;

interface Header {
	/** Plain name. */
	readonly name: string;
	/** As it is written; null: the name has none. */
	readonly unit: string | null;
}

/** The names that a header may mean, and the unit beside them: `GHI (W/m^2)`, `Tdry`, `temp_air [K]`, `ghi_wm2`. */
function headersOf(text: string): Header[] {
	const match = /^([^([]*)[([]\s*([^)\]]*?)\s*[)\]]+\s*$/.exec(text.trim());
	const [name, unit] = match === null ? [text, null] : [match[1] ?? '', match[2] ?? ''];
	const behind = match === null ? UNIT_BEHIND.exec(text.trim()) : null;
	return [
		{ name: plain(name), unit },
		...(behind === null ? [] : [{ name: plain(behind[1] ?? ''), unit: behind[2] ?? '' }]),
	];
}

function plain(name: string): string {
	return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The quantity that a column's name means; null for none. */
function namedOf(text: string): { readonly named: Named; readonly header: Header } | null {
	for (const header of headersOf(text)) {
		const named = NAMED.find((one) => SPELLINGS[one].includes(header.name));
		if (named !== undefined) return { named, header };
	}
	return null;
}

/** Whether some column is of light, by its name. */
export function namesLight(names: readonly string[]): boolean {
	return names.some((name) => ['ghi', 'dni', 'dhi', 'bhi'].includes(namedOf(name)?.named ?? ''));
}

/** Whether some column is of light, air or wind, by its name. */
export function namesWeather(names: readonly string[]): boolean {
	return names.some((name) => namedOf(name) !== null);
}

/** Of what columns are taken. */
export interface Source {
	readonly path: string;
	readonly names: readonly string[];
	readonly rows: readonly Row[];
	/** Positions of columns that say the time or the place, which are used otherwise. */
	readonly others: readonly number[];
	/** Length of an interval, ms, for energies. */
	readonly stepMs: number;
	/** The unit of a column where another part of the file says it; null where none does. */
	readonly unitOf?: (name: string) => string | null;
	/** What stands for none. */
	readonly isMissing?: (value: number) => boolean;
}

/**
 * The columns of light, air and wind of a table, by any of their names, in W/m2, degC and m/s. Direct light on the horizontal gives
 * the diffuse or the global.
 *
 * @returns with them what was converted, derived and not used
 * @throws ConfigError naming a unit that is not known
 */
export function weatherColumns(source: Source): { columns: Columns; notes: Note[] } {
	const { names, others } = source;
	const best = new Map<Named, { at: number; rank: number; unit: string | null }>();
	names.forEach((text, at) => {
		const found = others.includes(at) ? null : namedOf(text);
		if (found === null) return;
		const rank = SPELLINGS[found.named].indexOf(found.header.name);
		if (rank < (best.get(found.named)?.rank ?? Number.POSITIVE_INFINITY))
			best.set(found.named, { at, rank, unit: found.header.unit });
	});
	const notes: Note[] = [];
	const { ghi, dni, dhi, bhi, airC, windMs } = Object.fromEntries(
		NAMED.map((named) => {
			const found = best.get(named);
			return [named, found === undefined ? undefined : taken(named, found, { source, notes })];
		}),
	);
	const light = fromHorizontal({ ghi, dni, dhi, bhi }, notes);
	const used = new Set(
		[...best].filter(([named]) => named !== 'bhi' || light.usesBeam).map(([, { at }]) => at),
	);
	const unused = names.filter((name, at) => name !== '' && !used.has(at) && !others.includes(at));
	return {
		columns: present({ ...light.columns, airC, windMs }),
		notes: [...notes, ...unusedNames(unused)],
	};
}

/** What is said of columns that nothing is taken from; nothing of none. */
export function unusedNames(names: readonly string[]): Note[] {
	return names.length === 0 ? [] : [unusedNote(names)];
}

type Values = Float64Array | undefined;

/** Direct light on the horizontal gives what is missing of global and diffuse. */
export function fromHorizontal(
	{ ghi, dni, dhi, bhi }: Readonly<Record<'ghi' | 'dni' | 'dhi' | 'bhi', Values>>,
	notes: Note[],
): { columns: Columns; usesBeam: boolean } {
	const columns = present({ ghi, dni, dhi });
	if (bhi === undefined) return { columns, usesBeam: false };
	if (ghi !== undefined && dhi === undefined && dni === undefined) {
		notes.push(note('diffuse light is global less direct light on the horizontal'));
		return {
			columns: { ghi, dhi: ghi.map((value, i) => Math.max(0, value - (bhi[i] as number))) },
			usesBeam: true,
		};
	}
	if (ghi === undefined && dhi !== undefined) {
		notes.push(note('global light is diffuse and direct light on the horizontal together'));
		const sum = dhi.map((value, i) => value + (bhi[i] as number));
		return { columns: { ...columns, ghi: sum }, usesBeam: true };
	}
	return { columns, usesBeam: false };
}

function taken(
	named: Named,
	{ at, unit }: { at: number; unit: string | null },
	{ source, notes }: { source: Source; notes: Note[] },
): Values {
	const { path, names, rows, stepMs, isMissing = isFiller } = source;
	const name = names[at] as string;
	const said = unit ?? source.unitOf?.(name) ?? null;
	const conversion = said === null ? null : convert(named, said, { name, stepMs, path });
	const values = column(rows, at, path, isMissing);
	if (conversion === null || conversion.isSame) return values;
	notes.push(
		note(`values of ${quoted(name)} converted from ${said} into ${conversion.into}`, rows.length),
	);
	return values?.map((value) => conversion.of(value));
}

function convert(
	named: Named,
	unit: string,
	{ name, stepMs, path }: { name: string; stepMs: number; path: string },
): Conversion {
	const found = conversionOf(measureOf(named), unit, stepMs);
	if (found !== null) return found;
	throw unreadable(
		path,
		`its column ${quoted(name)} is in ${quoted(unit)}, which is no known unit of ${measureOf(named)}; convert it to ${{ irradiance: 'W/m2', temperature: 'degC', wind: 'm/s' }[measureOf(named)]}`,
	);
}
