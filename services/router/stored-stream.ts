import { namedPrng, type Prng } from '../../kernel/actor/random.ts';

/**
 * A stream whose position lives in the actor's state, so that a window can run again: `at` gives the
 * stream at a stored position, without rebuilding it while nothing has gone back.
 */
export class StoredStream {
	#prng: Prng | null = null;
	#position: readonly number[] | null = null;

	at(position: readonly number[]): Prng {
		if (this.#prng === null || this.#position !== position) this.#prng = namedPrng('', position);
		return this.#prng;
	}

	/** The position after the numbers drawn since `at`. */
	position(): readonly number[] {
		this.#position = this.#prng?.state() ?? [];
		return this.#position;
	}
}
