import { type Dimension, readUnit } from '../../feeds/signal/column-units.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import { SECOND_US } from '../../protocol/time.ts';

/**
 * The end of a key says its unit (`powerW`, `capacityWh`); a value may say its own instead, `4 kW`, and is converted. What
 * has no unit is taken in that of the key, as ever.
 */

/** What the values of a key are, the unit in which they are kept, and how one may write them. */
interface Quantity {
	readonly what: string;
	readonly such: string;
	/** The value in the unit of the key; null: the unit is of another quantity. */
	readonly convert: (value: number, unit: string) => number | null;
}

function measured(dimension: Dimension, isOurs = (_: string | null) => true) {
	return (value: number, unit: string): number | null => {
		const read = readUnit(unit);
		if (
			read === null ||
			read.type === 'unclear' ||
			read.unit.dimension !== dimension ||
			!isOurs(read.unit.currency)
		)
			return null;
		// 0.3 kWh are 300 Wh, and not a millionth of a millionth more.
		return Number((value * read.unit.factor).toPrecision(15));
	};
}

const POWER: Quantity = {
	what: 'a power',
	such: '300 W or 4 kW',
	convert: measured('power'),
};
const ENERGY: Quantity = {
	what: 'an energy',
	such: '500 Wh or 4 kWh',
	convert: measured('energy'),
};
const INTENSITY: Quantity = {
	what: 'an intensity',
	such: '300 g/kWh or 0.3 t/MWh',
	convert: measured('intensity'),
};
const PRICE: Quantity = {
	what: 'a price in USD',
	such: '0.12 USD/kWh or 120 USD/MWh',
	convert: measured('price', (currency) => currency === 'USD'),
};
const SPAN: Quantity = {
	what: 'a time',
	such: '30 s or 5 min',
	convert: (value, unit) => {
		if (!/^(us|ms|s|min|m|h|d)$/.test(unit)) return null;
		return value === 0 ? 0 : parseDuration(`${value}${unit}`, 'a time') / SECOND_US;
	},
};
const SHARE: Quantity = {
	what: 'a share',
	such: '0.4 or 40 %',
	convert: measured('fraction'),
};
const TEMPERATURE: Quantity = {
	what: 'a temperature',
	such: '25 °C',
	convert: (value, unit) => (/^(°|deg ?)?C$/.test(unit) ? value : null),
};
const ANGLE: Quantity = {
	what: 'an angle',
	such: '35°',
	convert: (value, unit) => (/^(°|deg|degrees?)$/.test(unit) ? value : null),
};
const LENGTH: Quantity = {
	what: 'a height',
	such: '80 m',
	convert: (value, unit) => ({ m: value, km: 1000 * value })[unit] ?? null,
};

/** By the end of the key; the first that fits counts. */
const QUANTITIES: readonly (readonly [RegExp, Quantity])[] = [
	[/(^|\.)valueGPerKwh$|GPerKwh$/, INTENSITY],
	[/[uU]sdPerKwh$/, PRICE],
	[/WPerGpu$|[a-z]W$/, POWER],
	[/[a-z](Wh|Kwh)$/, ENERGY],
	[/(Fraction|Soc|Fade|Efficiency|Share)$/, SHARE],
	[/[a-z]S$/, SPAN],
	[/[a-z]Deg$|itude$/, ANGLE],
	[/[a-z]C$/, TEMPERATURE],
	[/(Height|roughness|measuredAt|altitude)M$/, LENGTH],
];

const TEXT = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.,+-].*)$/u;

/** What the values of a key are, such as `a power`, and how one may write them; null: the key has no unit. */
export function quantityOf(key: string): Pick<Quantity, 'what' | 'such'> | null {
	return QUANTITIES.find(([end]) => end.test(key))?.[1] ?? null;
}

/**
 * The value of a key that a text gives with its unit: `4 kW` for `peakPowerW` is 4000. Null: the key has no unit, the text
 * is no number with something behind it, or that is no unit of the key.
 */
export function valueWithUnit(key: string, text: string): number | null {
	const quantity = QUANTITIES.find(([end]) => end.test(key))?.[1];
	const [, number, unit] = TEXT.exec(text.trim()) ?? [];
	if (quantity === undefined || number === undefined || unit === undefined) return null;
	return quantity.convert(Number(number), unit.trim());
}
