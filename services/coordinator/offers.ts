import { type Offer, type Place, type Placing, packed, spread } from './places.ts';

/** A worker that asks for a place does so again within this time, or is gone. */
const OFFER_MS = 5_000;
/** Places are spread when nobody new has come for so long. */
const SETTLED_MS = 2_000;

/** A worker that asks now. */
export interface Asking {
	readonly worker: string;
	readonly offer: Offer;
	readonly nowMs: number;
}

/** What workers offer that wait, and what was dealt to them. */
export class Offers {
	private readonly arrange: Placing['arrange'];
	private sinceMs = 0;
	private readonly waiting = new Map<string, { readonly offer: Offer; readonly atMs: number }>();

	constructor(arrange: Placing['arrange']) {
		this.arrange = arrange;
	}

	/** The places of those that are free which a worker has; null: it has to wait for others. */
	deal({ worker, offer, nowMs }: Asking, free: readonly Place[]): readonly string[] | null {
		if (this.arrange === 'packed') return packed(free, offer);
		if (!this.waiting.has(worker)) this.sinceMs = nowMs;
		this.waiting.set(worker, { offer, atMs: nowMs });
		for (const [other, { atMs }] of this.waiting)
			if (nowMs - atMs > OFFER_MS) this.waiting.delete(other);
		if (nowMs - this.sinceMs < SETTLED_MS) return null;
		const offers = new Map([...this.waiting].map(([one, about]) => [one, about.offer]));
		const own = spread(free, offers)?.get(worker);
		if (own === undefined) return null;
		this.waiting.delete(worker);
		return own;
	}

	/** For people: who waits until there is room for all; null: nobody. */
	describe(): string | null {
		const { size } = this.waiting;
		if (size === 0) return null;
		const room = [...this.waiting.values()].reduce((sum, { offer }) => sum + offer.capacity, 0);
		return `${size} ${size === 1 ? 'worker waits' : 'workers wait'} with room for ${room} until there is room for all`;
	}
}
