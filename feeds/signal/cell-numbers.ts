import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { NUMBER } from './file-times.ts';
import type { Reading } from './reading.ts';

/** `1,5`, `1.234,5`. */
const WITH_COMMA = /^[+-]?(\d{1,3}(\.\d{3})+|\d+)?,\d+$/;
/** `1,234`, which may be one and a bit or more than a thousand. */
const UNCLEAR = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/** `1,234.5`, `1,234,567`. */
const GROUPED_BY_COMMA = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const GROUPED_BY_POINT = /^[+-]?\d{1,3}(\.\d{3})+$/;

/**
 * Reads the numbers of a column, with points or with commas: what the scenario says, else what the file shows by one that
 * can be meant in one way only. Numbers of both kinds in one column contradict each other.
 */
export class CellNumbers {
	readonly #decimal: Reading['decimal'];
	/** Whether a bare comma may belong to a number at all: in a file that separates by commas it does not. */
	readonly #mayHaveComma: boolean;
	#pointLine = 0;
	#commaLine = 0;
	#unclear: { readonly text: string; readonly line: number } | null = null;
	#commas = 0;
	#numbers = 0;

	constructor(decimal: Reading['decimal'], delimiter: string) {
		this.#decimal = decimal;
		this.#mayHaveComma = decimal === 'comma' || delimiter !== ',';
	}

	/** The number; NaN for a text that is none. */
	read(written: string, row: { readonly line: number }): number {
		this.#numbers++;
		// Most are as they are.
		if (this.#decimal !== 'comma' && NUMBER.test(written)) return this.#pointed(written, row);
		const text = plain(written);
		if (this.#decimal !== 'comma' && NUMBER.test(text)) return this.#pointed(text, row);
		if (this.#decimal === 'point')
			return GROUPED_BY_COMMA.test(text) ? Number(text.replaceAll(',', '')) : Number.NaN;
		if (this.#decimal === 'comma' && !text.includes(','))
			return GROUPED_BY_POINT.test(text) ? Number(text.replaceAll('.', '')) : bare(text);
		if (!this.#mayHaveComma || !WITH_COMMA.test(text)) return Number.NaN;
		this.#commas++;
		if (UNCLEAR.test(text)) this.#unclear ??= { text, line: row.line };
		else if (this.#commaLine === 0) this.#commaLine = row.line;
		return Number(text.replaceAll('.', '').replace(',', '.'));
	}

	#pointed(text: string, row: { readonly line: number }): number {
		if (this.#pointLine === 0 && text.includes('.')) this.#pointLine = row.line;
		return Number(text);
	}

	/** After the last number. Returns why the column contradicts itself or cannot be told; null: it does not. */
	problem(): string | null {
		if (this.#decimal !== null) return null;
		const commaLine = this.#commaLine || (this.#unclear?.line ?? 0);
		if (commaLine > 0 && this.#pointLine > 0)
			return `it has numbers with a comma (line ${commaLine}) and with a point (line ${this.#pointLine}); say decimal: comma or decimal: point`;
		if (this.#unclear === null || this.#commaLine > 0) return null;
		return `line ${this.#unclear.line} has ${quoted(this.#unclear.text)}, which may have a decimal comma or one between thousands; say decimal: comma or decimal: point`;
	}

	notes(): Note[] {
		return this.#commas === 0
			? []
			: [note('numbers have a decimal comma', this.#commas, this.#numbers)];
	}
}

/** With a hyphen for a minus and without the spaces between thousands. */
function plain(text: string): string {
	const signed = text.replace(/^\u2212/, '-');
	return /^[+-]?\d{1,3}([ \u00a0\u202f']\d{3})+([.,]\d+)?$/.test(signed)
		? signed.replace(/[ \u00a0\u202f']/g, '')
		: signed;
}

function bare(text: string): number {
	return /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
