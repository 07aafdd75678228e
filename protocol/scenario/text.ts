import { ConfigError } from '../errors.ts';

/**
 * What the texts have in common in which flags give a part of a scenario. Each stands beside the schema that it fills, as
 * `parse…(text, what)`: pure, paths as they were written, and `what` is how errors call it, such as `--cap`.
 */

/** @throws ConfigError for what is no number, naming the text whole */
export function parseNumber(text: string, what: string, whole = text): number {
	const number = Number(text);
	if (text.trim() === '' || !Number.isFinite(number))
		throw new ConfigError(`Cannot use ${what} "${whole}": give a number`);
	return number;
}

/** A value, or null where the text is `none`. */
export function parseUnlessNone<T>(
	text: string,
	what: string,
	parse: (text: string, what: string) => T,
): T | null {
	return text === 'none' ? null : parse(text, what);
}

/**
 * The values of a text that may be given several times; `none` alone stands for an empty list.
 *
 * @throws ConfigError for none beside others
 */
export function parseList<T>(
	texts: readonly string[],
	what: string,
	parse: (text: string, what: string) => T,
): T[] {
	if (!texts.includes('none')) return texts.map((text) => parse(text, what));
	if (texts.length === 1) return [];
	throw new ConfigError(
		`Cannot use ${what} none with other values (${texts.filter((text) => text !== 'none').join(', ')}): give one or the other`,
	);
}
