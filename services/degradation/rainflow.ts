/** A cycle of a path: how deep, around which mean, and how much of it (1, or 0.5 of one that does not close). */
export interface Cycle {
	readonly range: number;
	readonly mean: number;
	readonly count: number;
}

/**
 * Rainflow counting after ASTM E1049-85 (2017), section 5.4.4, one value at a time: memory grows only with the
 * half cycles that are still open.
 */
export class Rainflow {
	/** Reversals that are not part of a counted cycle yet; the last one may still move on. */
	readonly #open: number[] = [];
	readonly #visit: (cycle: Cycle) => void;

	/** @param visit called with each cycle when it is counted */
	constructor(visit: (cycle: Cycle) => void) {
		this.#visit = visit;
	}

	/** The next value of the path. */
	add(value: number): void {
		const open = this.#open;
		const last = open.at(-1);
		if (last === value) return;
		const before = open.at(-2);
		const goesOn = last !== undefined && before !== undefined && value > last === last > before;
		if (goesOn) open[open.length - 1] = value;
		else {
			this.#count(open.length);
			open.push(value);
		}
	}

	/** The path is over: what is open counts as half cycles. */
	end(): void {
		const open = this.#open;
		this.#count(open.length);
		for (let i = 1; i < open.length; i++)
			this.#report(open[i - 1] as number, open[i] as number, 0.5);
		open.length = 0;
	}

	/** Counts what the last reversal has closed, now that it is known to be one. */
	#count(length: number): void {
		const open = this.#open;
		for (let n = length; n >= 3; n = open.length) {
			const [a, b, c] = open.slice(-3) as [number, number, number];
			if (Math.abs(c - b) < Math.abs(b - a)) return;
			if (n === 3) {
				// The range holds the start of the path: half a cycle, and the start moves on.
				this.#report(a, b, 0.5);
				open.shift();
			} else {
				this.#report(a, b, 1);
				open.splice(-3, 2);
			}
		}
	}

	#report(from: number, to: number, count: number): void {
		this.#visit({ range: Math.abs(to - from), mean: (from + to) / 2, count });
	}
}
