import { ConfigError } from '../protocol/errors.ts';
import { quoted } from '../protocol/plain-text.ts';
import { parseNumber } from '../protocol/scenario/text.ts';
import { quantityOf, valueWithUnit } from '../run/resolve/quantities.ts';

/**
 * A number, or one with a unit where the key has one: `4 kW`.
 *
 * @throws ConfigError for anything else, naming the flag
 */
export function parseQuantity(text: string, what: string, key: string): number {
	const quantity = quantityOf(key);
	if (quantity === null) return parseNumber(text, what);
	const value = valueWithUnit(key, text) ?? Number(text);
	if (text.trim() !== '' && Number.isFinite(value)) return value;
	throw new ConfigError(
		`Cannot use ${what} ${quoted(text)}: give a number, or ${quantity.what} such as ${quantity.such}`,
	);
}
