/**
 * Text that others wrote (messages of the bus, standard error of processes, contents of files) may hold terminal
 * escapes, line breaks that look like lines of ours, or marks that turn the reading direction. It passes here before
 * it is shown or written.
 */

/** Longest text of others that is shown, in UTF-16 units. */
const TEXT_LENGTH_MAX = 2_000;

/** Controls (C0, DEL, C1), format characters (bidi marks, zero widths), lone surrogates, line and paragraph separators. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of visible characters: what cannot be seen becomes an escape as in source code, what is too long is cut. */
export function plainText(text: string, lengthMax: number = TEXT_LENGTH_MAX): string {
	// Cut first: escapes of a text of many megabytes would be larger still.
	const kept = text.length > lengthMax ? text.slice(0, lengthMax) : text;
	const visible = kept.replace(INVISIBLE, (char) => SHORT[char] ?? escapeOf(char));
	return kept === text ? visible : `${visible}… (${text.length - lengthMax} characters more)`;
}

/** Of a value in quotes: enough to find it by. */
const QUOTED_LENGTH_MAX = 80;

/** A value of somebody's file, in quotes as messages have them. */
export function quoted(value: string): string {
	return `"${plainText(value, QUOTED_LENGTH_MAX)}"`;
}

/** The same of several lines: each for itself, line breaks stay. */
export function plainLines(text: string, lengthMax: number = TEXT_LENGTH_MAX): string {
	return text
		.split(/\r?\n/)
		.map((line) => plainText(line, lengthMax))
		.join('\n');
}

function escapeOf(char: string): string {
	const code = char.codePointAt(0) ?? 0;
	if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
	return `\\u{${code.toString(16)}}`;
}
