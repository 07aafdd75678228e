import type { WireInput } from '../../kernel/actor/contract.ts';
import { compareNames } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';

/**
 * Takes rows of many wires in the order (time, name of the source, sequence). A heap of wires keeps the cost
 * of a row at the logarithm of their count. Which wire comes first by name is found out once: the wires of
 * a port stay the same during a run.
 */
export class RowMerge {
	/** Positions of wires in order of their sources' names; a wire's place here is its rank. */
	#byName: readonly number[] = [];
	/** Ranks of wires with rows left; the least by (time, rank) in front. */
	#heap = new Int32Array(0);
	/** Time of the next row by rank. */
	#timesUs = new Float64Array(0);

	/**
	 * Takes every row before `untilUs`.
	 *
	 * @param visit called with the wire whose current row is the taken one
	 */
	take(wires: readonly WireInput[], untilUs: SimTime, visit: (wire: WireInput) => void): void {
		if (this.#byName.length !== wires.length) this.#rank(wires);
		let size = 0;
		for (let rank = 0; rank < wires.length; rank++) {
			const timeUs = this.#wire(wires, rank).nextUs();
			this.#timesUs[rank] = timeUs;
			if (timeUs < untilUs) this.#heap[size++] = rank;
		}
		for (let at = (size >> 1) - 1; at >= 0; at--) this.#siftDown(at, size);
		while (size > 0) {
			const rank = this.#heap[0] as number;
			const wire = this.#wire(wires, rank);
			wire.take(untilUs);
			visit(wire);
			const timeUs = wire.nextUs();
			this.#timesUs[rank] = timeUs;
			if (timeUs >= untilUs) this.#heap[0] = this.#heap[--size] as number;
			this.#siftDown(0, size);
		}
	}

	#rank(wires: readonly WireInput[]): void {
		const sources = wires.map(({ source }) => source);
		this.#byName = sources
			.map((_, i) => i)
			.sort((a, b) => compareNames(sources[a] as string, sources[b] as string));
		this.#heap = new Int32Array(wires.length);
		this.#timesUs = new Float64Array(wires.length);
	}

	#wire(wires: readonly WireInput[], rank: number): WireInput {
		return wires[this.#byName[rank] as number] as WireInput;
	}

	#isBefore(a: number, b: number): boolean {
		const earlier = (this.#timesUs[a] as number) - (this.#timesUs[b] as number);
		return earlier < 0 || (earlier === 0 && a < b);
	}

	#siftDown(from: number, size: number): void {
		const heap = this.#heap;
		for (let at = from; ; ) {
			let least = at;
			for (let child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++)
				if (this.#isBefore(heap[child] as number, heap[least] as number)) least = child;
			if (least === at) return;
			const moved = heap[at] as number;
			heap[at] = heap[least] as number;
			heap[least] = moved;
			at = least;
		}
	}
}
