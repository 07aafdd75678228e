import { NUMBER_BYTES, putNumber } from './number-bytes.ts';
import { createSpace, type Piece, putPiece } from './space.ts';

/** The text of a number that is written several times. */
export class NumberText implements Piece {
	readonly space = createSpace(NUMBER_BYTES);
	readonly from = 0;
	to = 0;
	#value = Number.NaN;

	/** Makes it that of a number, unless it is already. */
	of(value: number): this {
		if (value !== this.#value) {
			this.#value = value;
			this.to = putNumber(this.space, 0, value);
		}
		return this;
	}
}

/** A short text that is made of pieces and written several times. */
export class TextPiece implements Piece {
	readonly space = createSpace(512);
	readonly from = 0;
	to = 0;

	clear(): this {
		this.to = 0;
		return this;
	}

	piece(piece: Piece): this {
		this.to = putPiece(this.space, this.to, piece);
		return this;
	}

	number(value: number): this {
		this.to = putNumber(this.space, this.to, value);
		return this;
	}
}
