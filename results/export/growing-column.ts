import { Column } from '../report/columns.ts';

/** Numbers until a cell is none, texts from then on; an empty cell is no value. */
export class GrowingColumn {
	#numbers: Column | null = new Column();
	#texts: (string | null)[] = [];

	push(cell: string): void {
		if (this.#numbers !== null) {
			const value = cell === '' ? Number.NaN : Number(cell);
			// A number whose text would be another, such as 007, is a name.
			if (cell === '' || String(value) === cell) {
				this.#numbers.push(value);
				return;
			}
			this.#texts = Array.from(this.#numbers.values(), (one) =>
				Number.isNaN(one) ? null : String(one),
			);
			this.#numbers = null;
		}
		this.#texts.push(cell === '' ? null : cell);
	}

	/** The numbers, NaN for no value; null if the column is of texts. */
	numbers(): Float64Array | null {
		return this.#numbers?.values() ?? null;
	}

	texts(): readonly (string | null)[] {
		return this.#texts;
	}
}
