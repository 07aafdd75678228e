import { ConfigError } from '../../../protocol/errors.ts';
import { quoted } from '../../../protocol/plain-text.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { type Dimension, readUnit, type Unit } from '../../signal/column-units.ts';

/** How the values of a source that carries anything become values of ours. */
export interface ValueRule {
	/** In which unit they are then. */
	readonly unit: string;
	/** In which they come. */
	readonly givenUnit: string;
	convert(given: number): number;
}

/** What a scenario says of the values. */
export interface ValueKeys {
	readonly unit: string | null;
	readonly usdPerUnit: number | null;
	readonly scale: number;
}

interface Kept {
	readonly unit: string;
	/** Null: no unit of ours but plain numbers. */
	readonly dimension: Dimension | null;
	/** A unit that would do, for messages. */
	readonly example: string;
}

const INTENSITY: Kept = { unit: 'g/kWh', dimension: 'intensity', example: 'lb/MWh' };

/** The unit in which values of each quantity are kept. */
const KEPT: Readonly<Record<FeedQuantity, Kept>> = {
	carbon: INTENSITY,
	'marginal-carbon': INTENSITY,
	'carbon-index': { unit: 'percentile', dimension: null, example: 'percentile' },
	price: { unit: 'USD/kWh', dimension: 'price', example: 'EUR/MWh' },
	irradiance: { unit: 'W/m2', dimension: 'irradiance', example: 'W/m2' },
	temperature: { unit: 'degC', dimension: 'temperature', example: 'degF' },
	'wind-speed': { unit: 'm/s', dimension: 'speed', example: 'km/h' },
	power: { unit: 'W', dimension: 'power', example: 'kW' },
	rate: { unit: '1/s', dimension: null, example: '1/min' },
	plain: { unit: '1', dimension: null, example: 'any' },
};

/** At night pyranometers lose heat to the sky and show some watts below nothing: that is no sun, and no fault. */
const NIGHT_W_PER_M2 = -20;

/**
 * How values in the unit that a scenario names become values of a quantity. Nothing is guessed: a unit of something else, or of a currency
 * without its rate, is refused.
 *
 * @param name of the feed, for messages
 * @throws ConfigError naming the unit and what would do
 */
export function valueRule(name: string, quantity: FeedQuantity, keys: ValueKeys): ValueRule {
	const { unit, dimension, example } = KEPT[quantity];
	const refuse = (reason: string): never => {
		throw new ConfigError(`Cannot use ${name} as ${quantity}: ${reason}`);
	};
	const scaled = (givenUnit: string, factor: number, offset = 0): ValueRule => ({
		...{ unit, givenUnit },
		convert: (given) => {
			// Without a factor a value stays the same to the bit.
			const value = (factor === 1 ? given : given * factor) + offset;
			return quantity === 'irradiance' && value < 0 && value >= NIGHT_W_PER_M2 ? 0 : value;
		},
	});
	if (keys.usdPerUnit !== null && quantity !== 'price') refuse('usdPerUnit is of prices alone');
	if (keys.unit === null) return scaled(unit, keys.scale * (keys.usdPerUnit ?? 1));
	const given = keys.unit.trim();
	if (quantity === 'plain') return { ...scaled(given, keys.scale), unit: given };
	if (quantity === 'rate') return scaled(given, keys.scale * (perSecond(given) ?? wrong()));
	if (quantity === 'carbon-index') return scaled(given, given === unit ? keys.scale : wrong());
	if (quantity === 'temperature') {
		const to = TEMPERATURES.get(given.toLowerCase().replace(/^°|^deg ?/, '')) ?? wrong();
		return scaled(given, keys.scale * to[0], to[1]);
	}
	const read = readUnit(given);
	if (read === null) return wrong();
	if (read.type === 'unclear') return refuse(`unit ${quoted(given)} ${read.why}`);
	if (read.unit.dimension !== dimension) return wrong();
	return scaled(read.unit.text, keys.scale * read.unit.factor * rateOf(read.unit, keys, refuse));

	function wrong(): never {
		return refuse(`unit ${quoted(given)} is none of it; write one such as ${example}`);
	}
}

/** USD for one unit of a price's currency. */
function rateOf({ currency }: Unit, keys: ValueKeys, refuse: (reason: string) => never): number {
	if (currency === null) return 1;
	if (currency === 'USD')
		return keys.usdPerUnit === null ? 1 : refuse('its unit is USD; drop usdPerUnit');
	return keys.usdPerUnit ?? refuse(`its unit is ${currency}; say what one is in USD by usdPerUnit`);
}

/** Factor and offset to degC. */
const TEMPERATURES: ReadonlyMap<string, readonly [number, number]> = new Map([
	['c', [1, 0]],
	['celsius', [1, 0]],
	['f', [5 / 9, -160 / 9]],
	['fahrenheit', [5 / 9, -160 / 9]],
	['k', [1, -273.15]],
	['kelvin', [1, -273.15]],
]);

const SECONDS: Readonly<Record<string, number>> = { s: 1, sec: 1, second: 1 };
const MINUTES: Readonly<Record<string, number>> = { m: 60, min: 60, minute: 60 };
const HOURS: Readonly<Record<string, number>> = { h: 3600, hour: 3600 };
const SPANS: Readonly<Record<string, number>> = { ...SECONDS, ...MINUTES, ...HOURS };

/** `1/s`, `requests/min`, `req/h`, `qps`, `rpm`; null for none. */
function perSecond(unit: string): number | null {
	const lower = unit.toLowerCase();
	if (lower === 'qps' || lower === 'rps' || lower === 'hz') return 1;
	if (lower === 'rpm') return 1 / 60;
	const [, span = ''] = /^(?:1|requests?|reqs?|queries)\s*\/\s*(\w+)$/.exec(lower) ?? [];
	return Object.hasOwn(SPANS, span) ? 1 / (SPANS[span] as number) : null;
}
