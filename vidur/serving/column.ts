const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;

/** What the numbers of a column may be: any, or whole ones below 2^31 in half the memory. */
export type ColumnKind = 'real' | 'whole';

type Chunk = Float64Array | Int32Array;

/** What a column consists of: memory that threads share. */
export interface ColumnParts {
	readonly kind: ColumnKind;
	readonly chunks: Chunk[];
	readonly length: number;
}

/** A list of numbers that grows, in pieces that stay where they are. */
export class Column {
	readonly #kind: ColumnKind;
	readonly #chunks: Chunk[];
	#last: Chunk;
	length: number;

	constructor(kind: ColumnKind = 'real', chunks: Chunk[] = [], length = 0) {
		this.#kind = kind;
		this.#chunks = chunks;
		this.#last = chunks.at(-1) ?? new Float64Array(0);
		this.length = length;
	}

	/** For another thread to make the same column of. */
	get parts(): ColumnParts {
		return { kind: this.#kind, chunks: this.#chunks, length: this.length };
	}

	push(value: number): void {
		const place = this.length & (CHUNK - 1);
		if (place === 0) {
			this.#last = createChunk(this.#kind);
			this.#chunks.push(this.#last);
		}
		this.#last[place] = value;
		this.length++;
	}

	at(index: number): number {
		return (this.#chunks[index >> CHUNK_BITS] as Chunk)[index & (CHUNK - 1)] as number;
	}

	/** Replaces the last one. */
	replaceLast(value: number): void {
		this.#last[(this.length - 1) & (CHUNK - 1)] = value;
	}
}

function createChunk(kind: ColumnKind): Chunk {
	return kind === 'real'
		? new Float64Array(new SharedArrayBuffer(CHUNK * Float64Array.BYTES_PER_ELEMENT))
		: new Int32Array(new SharedArrayBuffer(CHUNK * Int32Array.BYTES_PER_ELEMENT));
}
