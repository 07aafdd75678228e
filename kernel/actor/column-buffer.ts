import { bytesToColumns, columnsToBytes } from '../../protocol/codec.ts';
import type { SimTime } from '../../protocol/time.ts';

const INITIAL_ROWS = 8;
/** Blocks are sent when they have this many rows or bytes, and at the end of a window. */
const BLOCK_ROWS = 4096;
/** Below the largest message that a NATS server accepts by default, 1 MiB. */
const BLOCK_BYTES = 768 * 1024;

/** Rows of a block of a port with this many fields. */
export function blockRows(fields: number): number {
	return Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (8 * (1 + fields)))));
}

/** Rows waiting to be sent: times, then each field, in columns of 64-bit floats. */
export class ColumnBuffer {
	readonly fields: number;
	rows = 0;
	private capacity = INITIAL_ROWS;
	private data: Float64Array<ArrayBuffer>;

	constructor(fields: number) {
		this.fields = fields;
		this.data = new Float64Array((1 + fields) * INITIAL_ROWS);
	}

	append(timeUs: SimTime, values: ArrayLike<number>): void {
		if (this.rows === this.capacity) this.grow();
		const row = this.rows++;
		this.data[row] = timeUs;
		let at = this.capacity + row;
		for (let field = 0; field < this.fields; field++) {
			this.data[at] = values[field] as number;
			at += this.capacity;
		}
	}

	/** Removes up to `limit` of the oldest rows and returns them packed: times first, then field by field. */
	drain(limit = Number.POSITIVE_INFINITY): Float64Array<ArrayBuffer> {
		const rows = Math.min(limit, this.rows);
		const packed = new Float64Array((1 + this.fields) * rows);
		for (let column = 0; column <= this.fields; column++) {
			const start = column * this.capacity;
			packed.set(this.data.subarray(start, start + rows), column * rows);
			this.data.copyWithin(start, start + rows, start + this.rows);
		}
		this.rows -= rows;
		return packed;
	}

	takeMoment(): Uint8Array {
		const packed = new Float64Array((1 + this.fields) * this.rows);
		for (let column = 0; column <= this.fields; column++) {
			const start = column * this.capacity;
			packed.set(this.data.subarray(start, start + this.rows), column * this.rows);
		}
		return columnsToBytes(packed);
	}

	putMoment(bytes: Uint8Array): void {
		const packed = bytesToColumns(bytes);
		const rows = packed.length / (1 + this.fields);
		this.rows = 0;
		while (this.capacity < rows) this.grow();
		for (let column = 0; column <= this.fields; column++)
			this.data.set(packed.subarray(column * rows, (column + 1) * rows), column * this.capacity);
		this.rows = rows;
	}

	private grow(): void {
		const capacity = this.capacity * 2;
		const data = new Float64Array((1 + this.fields) * capacity);
		for (let column = 0; column <= this.fields; column++) {
			const start = column * this.capacity;
			data.set(this.data.subarray(start, start + this.rows), column * capacity);
		}
		this.data = data;
		this.capacity = capacity;
	}
}
