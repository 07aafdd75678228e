/** A list of numbers that grows, 8 bytes each. */
export class Column {
	#values = new Float64Array(1024);
	length = 0;

	push(value: number): void {
		if (this.length === this.#values.length) {
			const larger = new Float64Array(2 * this.length);
			larger.set(this.#values);
			this.#values = larger;
		}
		this.#values[this.length++] = value;
	}

	at(index: number): number {
		return this.#values[index] as number;
	}

	/** Replaces the last one. */
	replaceLast(value: number): void {
		this.#values[this.length - 1] = value;
	}

	/** A copy of all. */
	toArray(): Float64Array {
		return this.#values.slice(0, this.length);
	}
}
