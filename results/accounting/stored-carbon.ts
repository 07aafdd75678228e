/**
 * The carbon that stored energy carries. What is charged from the grid brings the grid's intensity of that
 * time with it, what comes from the sun brings none; a battery mixes all it holds, and what leaves takes its
 * share of the mix along. Losses stay in the mix: the energy that is left bears their carbon.
 */
export class StoredCarbon {
	#storedWh: number;
	#contentG: number;

	/**
	 * @param storedWh at the start
	 * @param openingGPerKwh intensity of what it holds then
	 */
	constructor(storedWh: number, openingGPerKwh: number) {
		this.#storedWh = storedWh;
		this.#contentG = (storedWh / 1000) * openingGPerKwh;
	}

	/** Carbon in it, g. */
	get contentG(): number {
		return this.#contentG;
	}

	/** What charging brings in a step, after which the battery holds `storedWh`. */
	charge(carbonG: number, storedWh: number): void {
		this.#contentG += carbonG;
		this.#storedWh = storedWh;
	}

	/**
	 * A step of discharging or rest that ends with `storedWh`.
	 *
	 * @param delivers false at rest: what is lost then leaves its carbon behind
	 * @returns the carbon that left with the energy, g
	 */
	discharge(storedWh: number, delivers: boolean): number {
		const before = this.#storedWh;
		this.#storedWh = storedWh;
		if (!delivers || before <= 0) return 0;
		const share = Math.min(1, Math.max(0, (before - storedWh) / before));
		const leavingG = this.#contentG * share;
		this.#contentG -= leavingG;
		return leavingG;
	}
}
