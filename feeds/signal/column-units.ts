import { quoted } from '../../protocol/plain-text.ts';

/** What kinds of values there are, and in which unit we keep each. */
export const BASE_UNITS = {
	power: 'W',
	energy: 'Wh',
	intensity: 'g/kWh',
	price: 'money/kWh',
	speed: 'm/s',
	fraction: '1',
	irradiance: 'W/m2',
	temperature: 'degC',
} as const;
export type Dimension = keyof typeof BASE_UNITS;

/** A unit as somebody wrote it. */
export interface Unit {
	/** As we write it: `kW`, `lb/MWh`, `EUR/MWh`. */
	readonly text: string;
	readonly dimension: Dimension;
	/** What a value in it is multiplied by to be in the base unit of its dimension; NaN where a factor is not enough. */
	readonly factor: number;
	/** Of prices: an ISO 4217 code; null for everything else. */
	readonly currency: string | null;
}

/** What the name of a column says of the unit of its values. */
export type NamedUnit =
	| { readonly type: 'unit'; readonly unit: Unit }
	/** Something that stands where units do and is none that we know, or one of several. */
	| { readonly type: 'unclear'; readonly text: string; readonly why: string };

const POWERS = { W: 1, kW: 1e3, MW: 1e6, GW: 1e9, mW: 1e-3 } as const;
const ENERGIES = { Wh: 1, kWh: 1e3, MWh: 1e6, GWh: 1e9, J: 1 / 3600, kJ: 1 / 3.6, MJ: 1e6 / 3600 };
/** Grams of a mass; the pound is exact by the international agreement of 1959. */
const MASSES = { g: 1, kg: 1e3, t: 1e6, tonne: 1e6, tonnes: 1e6, lb: 453.59237, lbs: 453.59237 };
type Table = ReadonlyMap<string, readonly [text: string, factor: number]>;

function table(entries: Readonly<Record<string, readonly [string, number]>>): Table {
	return new Map(Object.entries(entries));
}

const SPEEDS = table({
	'm/s': ['m/s', 1],
	ms: ['m/s', 1],
	mps: ['m/s', 1],
	'km/h': ['km/h', 1 / 3.6],
	kmh: ['km/h', 1 / 3.6],
	kph: ['km/h', 1 / 3.6],
	mph: ['mph', 0.44704],
	kn: ['kn', 1852 / 3600],
	kt: ['kn', 1852 / 3600],
	kts: ['kn', 1852 / 3600],
	knots: ['kn', 1852 / 3600],
});
const FRACTIONS = table({
	'%': ['%', 0.01],
	percent: ['%', 0.01],
	fraction: ['fraction', 1],
	'p.u.': ['fraction', 1],
	pu: ['fraction', 1],
});
/** Signs of money that mean one currency, and parts of it. */
const SIGNS = table({
	'€': ['EUR', 1],
	'£': ['GBP', 1],
	us$: ['USD', 1],
	a$: ['AUD', 1],
	c$: ['CAD', 1],
	eurct: ['EUR', 0.01],
	eurocent: ['EUR', 0.01],
	'€ct': ['EUR', 0.01],
	uscent: ['USD', 0.01],
	uscents: ['USD', 0.01],
	pence: ['GBP', 0.01],
});
/** Signs that several currencies have. */
const SHARED_SIGNS: ReadonlySet<string> = new Set([
	'$',
	'¥',
	'kr',
	'ct',
	'cts',
	'cent',
	'cents',
	'c',
	'¢',
	'p',
	'r',
	'rs',
	'₨',
]);
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Whether three letters are a currency of ISO 4217. */
export function isCurrency(code: string): boolean {
	return CURRENCIES.has(code);
}

/**
 * The unit that a column's name ends with or has in brackets: `Price (EUR/MWh)`, `co2_lb_per_mwh`, `power_kW`, `Load [MW]`,
 * `tCO2/MWh`. Null where the name says nothing of it.
 */
export function unitInName(name: string): NamedUnit | null {
	const brackets = [...name.matchAll(/[([]([^()[\]]*)[)\]]/g)].map((match) =>
		(match[1] ?? '').trim(),
	);
	for (const text of brackets.reverse()) {
		const read = readUnit(text) ?? readUnit(text.split(',')[0] as string);
		if (read !== null) return read;
	}
	const named = unitAtEnd(name.replace(/[([][^()[\]]*[)\]]/g, ' '));
	const [unclear] = brackets.filter((text) => text !== '');
	if (named !== null || unclear === undefined) return named;
	return { type: 'unclear', text: unclear, why: 'is no unit that is known here' };
}

/**
 * A unit by itself, in any of the ways in which people write it; null for what is none.
 *
 * @param text such as `EUR/MWh`, `lbs CO2 per MWh`, `kW`
 */
export function readUnit(text: string): NamedUnit | null {
	const plain = text
		.normalize('NFKC')
		.trim()
		.replace(/\s*(\/|\bper\b|_per_)\s*/gi, '/')
		.replace(/[_\s]+/g, ' ');
	if (plain === '') return null;
	const parts = plain.split('/');
	if (parts.length === 2) return ratio(parts[0] as string, parts[1] as string, text);
	if (parts.length > 2) return null;
	return simple(plain);
}

function simple(text: string): NamedUnit | null {
	const power = symbol(POWERS, text, { watt: 'W', watts: 'W', kilowatt: 'kW', kilowatts: 'kW' });
	if (power === 'unclear') return { type: 'unclear', text, why: 'may be MW or mW' };
	if (power !== null) return known(power, 'power', POWERS[power]);
	const energy = symbol(ENERGIES, text, {});
	if (energy !== null && energy !== 'unclear') return known(energy, 'energy', ENERGIES[energy]);
	const lower = text.toLowerCase();
	const fraction = FRACTIONS.get(lower);
	if (fraction !== undefined) return known(fraction[0], 'fraction', fraction[1]);
	const speed = lower === 'ms' ? undefined : SPEEDS.get(lower);
	if (speed !== undefined) return known(speed[0], 'speed', speed[1]);
	if (/^(°|deg ?)c$|^celsius$/.test(lower)) return known('degC', 'temperature', 1);
	if (/^(°|deg ?)f$|^fahrenheit$/.test(lower)) return known('degF', 'temperature', Number.NaN);
	if (/^(w\/m\^?2|wm-2)$/.test(lower)) return known('W/m2', 'irradiance', 1);
	return null;
}

/** `above` per `below`. */
function ratio(above: string, below: string, text: string): NamedUnit | null {
	const speed = SPEEDS.get(`${above}/${below}`.toLowerCase());
	if (speed !== undefined) return known(speed[0], 'speed', speed[1]);
	if (/^w$/i.test(above) && /^m(\^?2|²)$/i.test(below)) return known('W/m2', 'irradiance', 1);
	// Electrical energy is what all of it is here.
	const bare = below
		.trim()
		.replace(/(Wh)[ _-]?(e|el)$/i, '$1')
		.replace(/W-?hr$/i, 'Wh');
	const energy = symbol(ENERGIES, bare, {});
	if (energy === null || energy === 'unclear' || energy === 'J') return null;
	const kwh = ENERGIES[energy] / 1000;
	const mass = massOf(above);
	if (mass !== null)
		return known(
			`${mass.replace(/^lbs$/, 'lb').replace(/^tonnes?$/, 't')}/${energy}`,
			'intensity',
			MASSES[mass] / kwh,
		);
	const money = above.trim().replace(/\s+/g, '');
	const [code, part] = SIGNS.get(money.toLowerCase()) ?? centsOf(money) ?? [money.toUpperCase(), 1];
	if (isCurrency(code)) {
		const unit = `${part === 1 ? code : `${code}/100`}/${energy}`;
		return {
			type: 'unit',
			unit: { text: unit, dimension: 'price', factor: part / kwh, currency: code },
		};
	}
	if (SHARED_SIGNS.has(money.toLowerCase()))
		return {
			type: 'unclear',
			text: text.trim(),
			why: `does not say of which currency ${quoted(above.trim())} is`,
		};
	return null;
}

/** `EURct`, `SEK cent`: hundredths of a currency that is named. */
function centsOf(money: string): readonly [code: string, part: number] | null {
	const code = /^([a-z]{3})(ct|cts|cents?)$/i.exec(money)?.[1]?.toUpperCase() ?? null;
	return code !== null && isCurrency(code) ? [code, 0.01] : null;
}

/** The mass of `lbs CO2`, `tCO2eq`, `gCO₂`; null for no mass. */
function massOf(text: string): keyof typeof MASSES | null {
	const bare = text
		.trim()
		.replace(/[ -]*(of )?(ghg|co2)([ -]?(eq\.?|e|equiv\.?|equivalents?))?$/i, '')
		.trim()
		.toLowerCase();
	return Object.hasOwn(MASSES, bare) ? (bare as keyof typeof MASSES) : null;
}

/** The symbol that `text` is: as it is written where that matters (MW, mW), else whatever its case. */
function symbol<Symbols extends Readonly<Record<string, number>>>(
	symbols: Symbols,
	text: string,
	words: Readonly<Record<string, keyof Symbols>>,
): (keyof Symbols & string) | 'unclear' | null {
	if (Object.hasOwn(symbols, text)) return text as keyof Symbols & string;
	const lower = text.toLowerCase();
	if (Object.hasOwn(words, lower)) return words[lower] as keyof Symbols & string;
	const found = Object.keys(symbols).filter((name) => name.toLowerCase() === lower);
	if (found.length > 1) return 'unclear';
	return (found[0] as (keyof Symbols & string) | undefined) ?? null;
}

function known(text: string, dimension: Dimension, factor: number): NamedUnit {
	return { type: 'unit', unit: { text, dimension, factor, currency: null } };
}

/**
 * `power_kW`, `Load MW`, `co2_lb_per_mwh`, `price_eur_mwh`: the last words, as many as make a unit. A number before it makes
 * it a size (`PV 5 kW`).
 */
function unitAtEnd(name: string): NamedUnit | null {
	const words = name
		.normalize('NFKC')
		.split(/[\s_,;:]+/)
		.filter((word) => word !== '');
	for (let length = Math.min(4, words.length); length >= 1; length--) {
		const from = words.length - length;
		const read =
			readUnit(words.slice(from).join(' ')) ??
			(length === 2 ? readUnit(words.slice(from).join('/')) : null);
		if (read === null || (read.type === 'unit' && !isPlain(read.unit, words[from] as string)))
			continue;
		return /^[\d.]+$/.test(words[from - 1] ?? '') ? null : read;
	}
	return null;
}

/** Short symbols are words of many meanings: at the end of a name only those of power, energy and longer ones count. */
function isPlain({ dimension }: Unit, word: string): boolean {
	return (
		word.length > 2 ||
		dimension === 'power' ||
		dimension === 'energy' ||
		!/^[a-z]+$/i.test(word) ||
		dimension === 'intensity'
	);
}
