import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { TraceReading } from '../../protocol/scenario/parts.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { BASE_UNITS, type Dimension, readUnit, type Unit, unitInName } from './column-units.ts';
import { spanText } from './gaps.ts';
import { loadTraceColumn, loadTraceStepUs } from './load.ts';
import { splitReading } from './reading.ts';

/** The keys of a scenario that say how a trace's values are to be read. */
export type TraceKeys = { readonly [Key in keyof typeof TraceReading]?: unknown } & {
	readonly path: string;
	readonly column: string | null;
	readonly scale: number;
	/** null: by the column's name. */
	readonly unit: string | null;
};

/** What a kind of trace may be given in. */
export interface Wanted {
	/** For messages: `a load`, `carbon intensity`. */
	readonly what: string;
	readonly dimensions: readonly Dimension[];
	/** Where neither scenario nor name says anything. */
	readonly byDefault: string;
	/** A unit that would do, for messages. */
	readonly example: string;
}

export interface ReadUnit {
	/** The name of the column. */
	readonly column: string;
	readonly unit: Unit;
	/** Where the unit is from. */
	readonly from: 'scenario' | 'name' | 'default';
	/** By what a value in the file is multiplied to be in the base unit: `scale` and the unit's factor. */
	readonly scale: number;
	/** `values in kW, by the name of column "power_kW"`, for people; null where the scenario says the unit. */
	readonly says: string | null;
}

/**
 * The unit of a trace: the scenario's, else that in the name of its column, else the default. Nothing is guessed: what
 * contradicts, or may be a unit and is none that is known, is refused.
 *
 * @throws ConfigError naming file, column and unit, and what to write
 */
export function traceUnit(keys: TraceKeys, wanted: Wanted): ReadUnit {
	const { path, scale } = keys;
	const { reading } = splitReading(keys);
	const { name: column, unit: below } = loadTraceColumn({ path, column: keys.column, reading });
	const refuse = (reason: string): never => {
		throw new ConfigError(
			`Cannot use trace "${path}" column ${quoted(column)} as ${wanted.what}: ${reason}`,
		);
	};
	const named = unitInName(below === null ? column : `(${below})`);
	const inName = below === null ? null : unitInName(column);
	if (inName?.type === 'unit' && named?.type === 'unit' && differs(inName.unit, named.unit))
		return refuse(
			`its name says ${inName.unit.text} and the row below it ${named.unit.text}; correct one of the two`,
		);
	const given = keys.unit === null ? null : unitOf(keys.unit);
	if (given !== null) {
		if (named?.type === 'unit' && differs(named.unit, given))
			return refuse(
				`its name says ${named.unit.text} and the scenario unit: ${keys.unit}; write unit: ${named.unit.text}, or give the column another name`,
			);
		if (given.dimension === 'energy') return { column, ...ofEnergy(keys, given, refuse) };
		return { column, unit: given, from: 'scenario', scale: scale * given.factor, says: null };
	}
	if (named?.type === 'unclear')
		return refuse(
			`${quoted(named.text)} ${named.why}; say its unit, such as unit: ${wanted.example}${scale === 1 ? ' (scale: comes on top)' : ''}`,
		);
	if (named === null) {
		const unit = unitOf(wanted.byDefault);
		const says = `values of column ${quoted(column)} taken as ${unit.text}, its name says no unit (unit says otherwise)`;
		return { column, unit, from: 'default', scale: scale * unit.factor, says };
	}
	const { unit } = named;
	if (!wanted.dimensions.includes(unit.dimension))
		return refuse(
			`its name says ${unit.text}, ${ARTICLES[unit.dimension]}; ${unit.dimension === 'energy' && wanted.dimensions.includes('power') ? `say unit: ${unit.text} if each row has the energy of the time to the next, ` : ''}give another column, or say its unit, such as unit: ${wanted.example}`,
		);
	if (scale !== 1 && unit.factor !== 1)
		return refuse(
			`its name says ${unit.text}, and scale: ${scale} may be meant in its place or on top; say unit: ${unit.text} for on top, or drop scale`,
		);
	const where = below === null ? 'the name' : 'the row below the name';
	const says = `values in ${unit.text}, by ${where} of column ${quoted(column)}`;
	return { column, unit, from: 'name', scale: scale * unit.factor, says };
}

/** Energies of rows that are evenly apart are mean powers over what lies between them. */
function ofEnergy(
	keys: TraceKeys,
	unit: Unit,
	refuse: (reason: string) => never,
): Omit<ReadUnit, 'column'> {
	const { path, column, scale } = keys;
	const stepUs = loadTraceStepUs({ path, column, reading: splitReading(keys).reading });
	if (stepUs === null)
		return refuse(
			`its rows are not evenly apart, so that energies in ${unit.text} are no powers; give it in W or kW`,
		);
	const factor = (unit.factor * HOUR_US) / stepUs;
	return {
		unit: { ...unit, dimension: 'power', factor },
		...{ from: 'scenario', scale: scale * factor },
		says: `values in ${unit.text} of ${spanText(stepUs / 1e6)} each are taken as mean powers`,
	};
}

const ARTICLES: Readonly<Record<Dimension, string>> = {
	power: 'a power',
	energy: 'an energy and no mean power',
	intensity: 'a carbon intensity',
	price: 'a price',
	speed: 'a speed',
	fraction: 'a fraction',
	irradiance: 'an irradiance',
	temperature: 'a temperature',
};

/** A unit that the scenario's schema lets through. Throws a ConfigError for others. */
export function unitOf(text: string): Unit {
	const read = readUnit(text);
	if (read?.type === 'unit') return read.unit;
	throw new ConfigError(
		`Cannot use unit "${text}": it is none that is known; write one such as ${Object.values(BASE_UNITS).join(', ')}`,
	);
}

function differs(a: Unit, b: Unit): boolean {
	return a.dimension !== b.dimension || a.factor !== b.factor || a.currency !== b.currency;
}

export const LOAD: Wanted = {
	what: 'a load',
	dimensions: ['power'],
	byDefault: 'W',
	example: 'kW',
};
export const PLANT: Wanted = {
	what: 'solar power',
	dimensions: ['fraction', 'power'],
	byDefault: 'fraction',
	example: 'W',
};
export const INTENSITY: Wanted = {
	what: 'carbon intensity',
	dimensions: ['intensity'],
	byDefault: 'g/kWh',
	example: 'lb/MWh',
};
export const PRICE: Wanted = {
	what: 'a price',
	dimensions: ['price'],
	byDefault: 'USD/kWh',
	example: 'EUR/MWh',
};
