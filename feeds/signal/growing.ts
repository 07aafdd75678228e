/** A list of numbers that grows without boxing them. Room that is never used costs address space only. */
class Growing<Store extends Float64Array | Uint32Array> {
	#values: Store;
	#count = 0;
	readonly #make: (room: number) => Store;

	constructor(make: (room: number) => Store, room: number) {
		this.#make = make;
		this.#values = make(room);
	}

	push(value: number): void {
		if (this.#count === this.#values.length) {
			const more = this.#make(Math.ceil(this.#count * 1.5) + 16);
			more.set(this.#values);
			this.#values = more;
		}
		this.#values[this.#count++] = value;
	}

	/** What was pushed; a view, so nothing may be pushed after it. */
	values(): Store {
		return this.#values.subarray(0, this.#count) as Store;
	}
}

/** A growing list of floating-point numbers. */
export function growingFloats(room = 1024): Growing<Float64Array> {
	return new Growing((length) => new Float64Array(length), room);
}

/** A growing list of whole numbers from 0 to 4,294,967,295. */
export function growingCounts(room = 1024): Growing<Uint32Array> {
	return new Growing((length) => new Uint32Array(length), room);
}
