/** Where energy is from in the first place. `initial`: it was in a battery when the run began, from wherever. */
export const ORIGINS = ['renewable', 'generator', 'grid', 'initial'] as const;
export type OriginOfEnergy = (typeof ORIGINS)[number];

/** Shares of each origin, or amounts; in the order of ORIGINS. */
export type Mix = [number, number, number, number];

const NONE = 4;

/**
 * What a battery holds, by where it is from. A battery mixes all it holds: what leaves has the mix, and so do losses.
 * At the start everything is `initial`.
 */
export class StoredOrigins {
	readonly #contentWh: Mix;

	constructor(storedWh: number) {
		this.#contentWh = [0, 0, 0, storedWh];
	}

	/** Energy in it that was there at the start, Wh. */
	get initialWh(): number {
		return this.#contentWh[3];
	}

	/** Shares of each origin; of an empty battery nobody knows, which is `initial`. */
	mix(into: Mix): Mix {
		const total = sumOf(this.#contentWh);
		for (let i = 0; i < NONE; i++) into[i] = total > 0 ? (this.#contentWh[i] as number) / total : 0;
		if (total <= 0) into[3] = 1;
		return into;
	}

	/**
	 * A step that ends with `storedWh`. What is more than before has the mix of what was charged, what is less is missing
	 * from all alike.
	 *
	 * @param charged shares of what was charged; null: nothing was
	 */
	hold(storedWh: number, charged: Readonly<Mix> | null): void {
		const content = this.#contentWh;
		const before = sumOf(content);
		const gainedWh = storedWh - before;
		if (gainedWh > 0) {
			const mix = charged ?? this.mix([0, 0, 0, 0]);
			for (let i = 0; i < NONE; i++)
				content[i] = (content[i] as number) + gainedWh * (mix[i] as number);
			return;
		}
		const left = before > 0 ? Math.max(0, storedWh) / before : 0;
		for (let i = 0; i < NONE; i++) content[i] = (content[i] as number) * left;
	}
}

function sumOf(mix: Readonly<Mix>): number {
	return mix[0] + mix[1] + mix[2] + mix[3];
}
