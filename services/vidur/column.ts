const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

/** What a column consists of: memory that threads share. */
export interface ColumnParts {
	readonly chunks: Float64Array[];
	readonly length: number;
}

/** A list of numbers that grows, 8 bytes each, in pieces that stay where they are. */
export class Column {
	readonly #chunks: Float64Array[];
	#last: Float64Array;
	length: number;

	constructor({ chunks, length }: ColumnParts = { chunks: [], length: 0 }) {
		this.#chunks = chunks;
		this.#last = chunks.at(-1) ?? new Float64Array(0);
		this.length = length;
	}

	/** For another thread to make the same column of. */
	get parts(): ColumnParts {
		return { chunks: this.#chunks, length: this.length };
	}

	push(value: number): void {
		const place = this.length & (CHUNK - 1);
		if (place === 0) {
			this.#last = new Float64Array(new SharedArrayBuffer(CHUNK * 8));
			this.#chunks.push(this.#last);
		}
		this.#last[place] = value;
		this.length++;
	}

	at(index: number): number {
		return (this.#chunks[index >> CHUNK_BITS] as Float64Array)[index & (CHUNK - 1)] as number;
	}

	/** Replaces the last one. */
	replaceLast(value: number): void {
		this.#last[(this.length - 1) & (CHUNK - 1)] = value;
	}
}
