/** A kind of event, by Vidur's numbers. */
export const BATCH_STAGE_ARRIVAL = 1;
export const REQUEST_ARRIVAL = 2;
export const BATCH_STAGE_END = 3;
export const BATCH_END = 4;
export const GLOBAL_SCHEDULE = 5;
export const REPLICA_SCHEDULE = 6;
export const REPLICA_STAGE_SCHEDULE = 7;

/** Something that happens at a time; what it is about is -1 where it is about no such thing. */
export interface VidurEvent {
	readonly atS: number;
	readonly kind: number;
	readonly replica: number;
	readonly stage: number;
	/** Of a batch, or of a request. */
	readonly subject: number;
	/** Number of the batch on its stage, over all batches and stages. */
	readonly batchStage: number;
}

/** Events by their times; at one time the one added first is first. */
export class EventHeap {
	readonly #events: VidurEvent[] = [];
	readonly #orders: number[] = [];
	#added = 0;

	/** Time of the first, Infinity if there is none. */
	get firstS(): number {
		return this.#events[0]?.atS ?? Number.POSITIVE_INFINITY;
	}

	push(event: VidurEvent): void {
		const order = this.#added++;
		let place = this.#events.length;
		while (place > 0) {
			const parent = (place - 1) >> 1;
			if (!this.#isAfter(parent, event.atS, order)) break;
			this.#move(parent, place);
			place = parent;
		}
		this.#put(place, event, order);
	}

	/** Takes the first out. */
	pop(): VidurEvent | undefined {
		const first = this.#events[0];
		const event = this.#events.pop();
		const order = this.#orders.pop();
		const { length } = this.#events;
		if (event === undefined || order === undefined || length === 0) return first;
		let place = 0;
		for (let child = 1; child < length; child = 2 * place + 1) {
			const right = this.#events[child + 1];
			if (right !== undefined && this.#isAfter(child, right.atS, this.#orders[child + 1] as number))
				child++;
			if (this.#isAfter(child, event.atS, order)) break;
			this.#move(child, place);
			place = child;
		}
		this.#put(place, event, order);
		return first;
	}

	#isAfter(place: number, atS: number, order: number): boolean {
		const otherS = (this.#events[place] as VidurEvent).atS;
		return otherS > atS || (otherS === atS && (this.#orders[place] as number) > order);
	}

	#move(from: number, to: number): void {
		this.#put(to, this.#events[from] as VidurEvent, this.#orders[from] as number);
	}

	#put(place: number, event: VidurEvent, order: number): void {
		this.#events[place] = event;
		this.#orders[place] = order;
	}
}
