/**
 * Requests whose KV cache is on its way out, in order. Their blocks are held until it is out. The link takes one
 * at a time.
 */
export interface Outbox {
	readonly slots: number[];
	readonly sentAtS: number[];
	freeAtS: number;
	/** Where the head of the queue has arrived and waits for blocks: when the first come free. */
	wakesAtS: number;
}

/** Requests whose KV cache has landed and that wait for blocks and a place, in order. */
export interface Landing {
	readonly slots: number[];
	readonly landedAtS: number[];
}

/** An empty outbox. */
export function createOutbox(): Outbox {
	return {
		slots: [],
		sentAtS: [],
		freeAtS: Number.NEGATIVE_INFINITY,
		wakesAtS: Number.NEGATIVE_INFINITY,
	};
}

/** Nothing has landed. */
export function createLanding(): Landing {
	return { slots: [], landedAtS: [] };
}
