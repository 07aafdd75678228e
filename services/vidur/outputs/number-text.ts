import { NUMBER_BYTES, putNumber } from './number-bytes.ts';

/** The text of a number that is written several times. */
export class NumberText {
	readonly bytes = new Uint8Array(NUMBER_BYTES);
	length = 0;
	#value = Number.NaN;

	/** Makes it that of a number, unless it is already. */
	of(value: number): this {
		if (value !== this.#value) {
			this.#value = value;
			this.length = putNumber(this.bytes, 0, value);
		}
		return this;
	}
}

/** A short text that is made of pieces and written several times. */
export class TextPiece {
	readonly bytes = new Uint8Array(256);
	length = 0;

	clear(): this {
		this.length = 0;
		return this;
	}

	all(bytes: Uint8Array): this {
		for (let i = 0; i < bytes.length; i++) this.bytes[this.length + i] = bytes[i] as number;
		this.length += bytes.length;
		return this;
	}

	number(value: number): this {
		this.length = putNumber(this.bytes, this.length, value);
		return this;
	}
}
