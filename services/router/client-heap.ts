/** Where all clients are. Plain data. */
export interface ClientsState {
	/** When each sends next, where no common factor changes the rate; Infinity: never any more. */
	readonly nextUs: number[];
	/** Their numbers, a heap: whoever sends first is first, of equals the one with the lower number. */
	readonly heap: number[];
	/** When the last request came, likewise. */
	lastUs: number;
}

/** Lets the client at a place of the heap sink to where it belongs. */
export function sink({ heap, nextUs }: ClientsState, from: number): void {
	const client = heap[from];
	if (client === undefined) return;
	const isBefore = (one: number, other: number) => {
		const [oneUs, otherUs] = [nextUs[one] as number, nextUs[other] as number];
		return oneUs < otherUs || (oneUs === otherUs && one < other);
	};
	let place = from;
	for (;;) {
		let below = 2 * place + 1;
		if (below >= heap.length) break;
		if (below + 1 < heap.length && isBefore(heap[below + 1] as number, heap[below] as number))
			below++;
		if (!isBefore(heap[below] as number, client)) break;
		heap[place] = heap[below] as number;
		place = below;
	}
	heap[place] = client;
}
