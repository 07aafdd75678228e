/** What a column of weather measures. */
export type Measure = 'irradiance' | 'temperature' | 'wind';

/** Of values of a unit into the one that is used here. */
export interface Conversion {
	readonly into: string;
	/** Nothing changes. */
	readonly isSame: boolean;
	of(value: number): number;
}

const HOUR_MS = 3_600_000;
const INTO: Readonly<Record<Measure, string>> = {
	irradiance: 'W/m2',
	temperature: 'degC',
	wind: 'm/s',
};

/** W/m2 of powers. */
const POWERS: Readonly<Record<string, number>> = { 'w/m2': 1, 'kw/m2': 1000, 'mw/cm2': 10 };
/** Wh/m2 of energies of an interval. */
const ENERGIES: Readonly<Record<string, number>> = {
	...{ 'wh/m2': 1, 'kwh/m2': 1000, 'w-hr/m2': 1, 'whr/m2': 1 },
	...{ 'kj/m2': 1 / 3.6, 'j/m2': 1 / 3600, 'mj/m2': 1000 / 3.6, 'j/cm2': 10_000 / 3600 },
};
/** m/s of speeds. */
const SPEEDS: Readonly<Record<string, number>> = {
	...{ 'm/s': 1, mps: 1, ms: 1, 'km/h': 1 / 3.6, kmh: 1 / 3.6, kph: 1 / 3.6 },
	...{
		mph: 0.44704,
		'mp/h': 0.44704,
		'mi/h': 0.44704,
		kn: 0.514444,
		kt: 0.514444,
		knots: 0.514444,
	},
};

/** What a column measures by its quantity. */
export function measureOf(named: 'ghi' | 'dni' | 'dhi' | 'bhi' | 'airC' | 'windMs'): Measure {
	if (named === 'airC') return 'temperature';
	return named === 'windMs' ? 'wind' : 'irradiance';
}

/**
 * How values of a unit become W/m2, degC or m/s; null for a unit that is not known. An empty one is that.
 *
 * @param stepMs length of the interval of an energy
 */
export function conversionOf(measure: Measure, unit: string, stepMs: number): Conversion | null {
	const plain = plainUnit(unit);
	if (plain === '' || plain === '-') return byFactor(measure, 1);
	if (measure === 'temperature') return temperature(plain);
	const energy = ENERGIES[plain];
	if (measure === 'irradiance' && energy !== undefined)
		return byFactor(measure, (energy * HOUR_MS) / stepMs);
	const factor = (measure === 'irradiance' ? POWERS : SPEEDS)[plain];
	return factor === undefined ? null : byFactor(measure, factor);
}

/** `W m-2`, `W/m^2`, `W/m²`, `w_m2` and `wm2` are one. */
function plainUnit(unit: string): string {
	return unit
		.toLowerCase()
		.replaceAll('²', '2')
		.replace(/[\s^*.·]+/g, '')
		.replace(/m-2$/, '/m2')
		.replace(/^(k?wh?|[kmj]*j)[_/]*m2$/, '$1/m2')
		.replace(/^m[_/]*s(-1)?$/, 'm/s')
		.replace(/^km[_/]*h(-1|r)?$/, 'km/h')
		.replace(/^wh\/m2\/h(r)?$/, 'w/m2');
}

function temperature(plain: string): Conversion | null {
	const into = INTO.temperature;
	const letter = /^(?:°|º|deg|degree|degrees)?_?(c|f|k|celsius|fahrenheit|kelvin)$/.exec(
		plain,
	)?.[1]?.[0];
	if (letter === 'c') return { into, isSame: true, of: (value) => value };
	if (letter === 'k') return { into, isSame: false, of: (value) => value - 273.15 };
	return letter === 'f' ? { into, isSame: false, of: (value) => (value - 32) / 1.8 } : null;
}

function byFactor(measure: Measure, factor: number): Conversion {
	return { into: INTO[measure], isSame: factor === 1, of: (value) => value * factor };
}
