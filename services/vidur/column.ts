const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

/** A list of numbers that grows, 8 bytes each, in pieces that stay where they are. */
export class Column {
	#chunks: Float64Array[] = [];
	#last = new Float64Array(0);
	length = 0;

	push(value: number): void {
		const place = this.length & (CHUNK - 1);
		if (place === 0) {
			this.#last = new Float64Array(CHUNK);
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
