import { bytesToColumns, columnsToBytes } from '../../protocol/codec.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { portPath, type Wire } from '../../protocol/readings.ts';
import { addDelay, FOREVER_US, formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { WireInput } from './contract.ts';
import type { WireMoment } from './moment.ts';

const INITIAL_ROWS = 16;

/**
 * The consumer's end of one wire: rows that have arrived and are still of use, in typed arrays, with the
 * time before which every row is known. Rows before the current one are forgotten as the buffer fills.
 */
export class WireQueue implements WireInput {
	readonly source: string;
	readonly wire: Wire;
	readonly delayUs: SimTime;
	knownUntilUs: SimTime;
	/** Fields of a row. */
	readonly fields: number;
	private times = new Float64Array(INITIAL_ROWS);
	private values: Float64Array;
	/** Index of the current row, -1 before the first. */
	private current = -1;
	private count = 0;

	constructor(wire: Wire, fields: number) {
		this.wire = wire;
		this.source = wire.from.actor;
		this.delayUs = wire.delayUs;
		this.knownUntilUs = wire.delayUs;
		this.fields = fields;
		this.values = new Float64Array(INITIAL_ROWS * fields);
		if (wire.initial !== null) {
			this.values.set(wire.initial);
			this.times[0] = 0;
			this.count = 1;
		}
	}

	get timeUs(): SimTime {
		return this.times[this.current] as number;
	}

	/** Takes in one row of the producer's, at the producer's time. */
	push(producerTimeUs: SimTime, values: ArrayLike<number>, offset: number, step: number): void {
		const timeUs = producerTimeUs + this.delayUs;
		if (timeUs < this.knownUntilUs) this.refuse(timeUs);
		if (this.count === this.times.length) this.makeRoom();
		const row = this.count;
		this.times[row] = timeUs;
		let at = row * this.fields;
		let from = offset;
		for (let field = 0; field < this.fields; field++) {
			this.values[at++] = values[from] as number;
			from += step;
		}
		this.count = row + 1;
	}

	/** Takes in rows packed as columns: producer times, then field after field. */
	pushColumns(columns: Float64Array): void {
		const rows = columns.length / (1 + this.fields);
		for (let row = 0; row < rows; row++)
			this.push(columns[row] as number, columns, rows + row, rows);
	}

	/** Takes in the producer's promise: nothing more before `producerUntilUs` (its time). */
	promise(producerUntilUs: SimTime): void {
		const known = producerUntilUs + this.delayUs;
		if (known > this.knownUntilUs) this.knownUntilUs = Math.min(known, FOREVER_US);
	}

	seek(timeUs: SimTime): boolean {
		let row = this.current;
		while (row + 1 < this.count && (this.times[row + 1] as number) <= timeUs) row++;
		this.current = row;
		return row >= 0;
	}

	value(field: number): number {
		return this.values[this.current * this.fields + field] as number;
	}

	nextUs(): SimTime {
		const row = this.current + 1;
		return row < this.count ? (this.times[row] as number) : Number.POSITIVE_INFINITY;
	}

	take(untilUs: SimTime): boolean {
		const row = this.current + 1;
		if (row >= this.count || (this.times[row] as number) >= untilUs) return false;
		this.current = row;
		return true;
	}

	/** True if the producer has said all before `untilUs`, its time: nothing of that is on its way. */
	isSettled(untilUs: SimTime): boolean {
		return this.knownUntilUs - this.delayUs >= untilUs;
	}

	/** Without the rows before the current one, which nobody can read any more. */
	takeMoment(): WireMoment {
		const first = Math.max(0, this.current);
		const rows = this.count - first;
		const columns = new Float64Array((1 + this.fields) * rows);
		columns.set(this.times.subarray(first, this.count));
		for (let row = 0; row < rows; row++)
			for (let field = 0; field < this.fields; field++)
				columns[(1 + field) * rows + row] = this.values[
					(first + row) * this.fields + field
				] as number;
		const { knownUntilUs } = this;
		const hasCurrent = this.current >= 0;
		return {
			...{ from: portPath(this.wire.from), knownUntilUs, hasCurrent },
			columns: columnsToBytes(columns),
		};
	}

	putMoment({ knownUntilUs, hasCurrent, columns }: WireMoment): void {
		const packed = bytesToColumns(columns);
		const rows = packed.length / (1 + this.fields);
		const capacity = Math.max(INITIAL_ROWS, 2 ** Math.ceil(Math.log2(rows)));
		this.times = new Float64Array(capacity);
		this.values = new Float64Array(capacity * this.fields);
		this.times.set(packed.subarray(0, rows));
		for (let row = 0; row < rows; row++)
			for (let field = 0; field < this.fields; field++)
				this.values[row * this.fields + field] = packed[(1 + field) * rows + row] as number;
		this.count = rows;
		this.current = hasCurrent ? 0 : -1;
		this.knownUntilUs = knownUntilUs;
	}

	/**
	 * Goes on from a moment at the start of a window. Others may have been in that window already when it was taken: what they
	 * said of it is left out, for they say it again.
	 */
	beginAt(moment: WireMoment, windowStartUs: SimTime): void {
		this.putMoment(moment);
		const knownUntilUs = windowStartUs + this.delayUs;
		if (moment.knownUntilUs <= knownUntilUs) return;
		while (this.count > 0 && (this.times[this.count - 1] as number) >= knownUntilUs) this.count--;
		this.knownUntilUs = knownUntilUs;
	}

	/** Shifts the rows still of use to the front, or doubles the buffer when most of it is. */
	private makeRoom(): void {
		const keepFrom = Math.max(0, this.current);
		const kept = this.count - keepFrom;
		if (kept > this.times.length / 2) {
			const times = new Float64Array(this.times.length * 2);
			const values = new Float64Array(this.values.length * 2);
			times.set(this.times.subarray(keepFrom, this.count));
			values.set(this.values.subarray(keepFrom * this.fields, this.count * this.fields));
			this.times = times;
			this.values = values;
		} else {
			this.times.copyWithin(0, keepFrom, this.count);
			this.values.copyWithin(0, keepFrom * this.fields, this.count * this.fields);
		}
		this.count = kept;
		this.current -= keepFrom;
	}

	private refuse(timeUs: SimTime): never {
		throw new SimulationError(
			`Cannot accept a row of "${portPath(this.wire.from)}" for ${formatSimTime(timeUs)}: ` +
				`it had promised to say nothing more before ${formatSimTime(this.knownUntilUs)}`,
			{ actor: this.source, timeUs: addDelay(timeUs, 0) },
		);
	}
}
