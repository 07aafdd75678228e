import { compareNames } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { WireInput } from '../actor/contract.ts';

/**
 * Takes every row before `untilUs` from all wires in the order (time, name of the source, sequence). A heap
 * of wires keeps the cost of a row at the logarithm of their count.
 *
 * @param visit called with the wire whose current row is the taken one
 */
export function mergeRows(
	wires: readonly WireInput[],
	untilUs: SimTime,
	visit: (wire: WireInput) => void,
): void {
	const heap = wires.filter((wire) => wire.nextUs() < untilUs);
	heap.sort((a, b) => order(a, b));
	// Sorted is a heap already. Its times are those of the rows not yet taken.
	let size = heap.length;
	while (size > 0) {
		const wire = heap[0] as WireInput;
		wire.take(untilUs);
		visit(wire);
		if (wire.nextUs() >= untilUs) {
			size -= 1;
			heap[0] = heap[size] as WireInput;
		}
		siftDown(heap, size);
	}
}

function order(a: WireInput, b: WireInput): number {
	return a.nextUs() - b.nextUs() || compareNames(a.source, b.source);
}

function siftDown(heap: WireInput[], size: number): void {
	let at = 0;
	for (;;) {
		let least = at;
		for (let child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++)
			if (order(heap[child] as WireInput, heap[least] as WireInput) < 0) least = child;
		if (least === at) return;
		const moved = heap[at] as WireInput;
		heap[at] = heap[least] as WireInput;
		heap[least] = moved;
		at = least;
	}
}
