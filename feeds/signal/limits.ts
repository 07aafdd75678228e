/** What the values of an actor's trace can be, scaled as the actor takes them. */
export interface Limits {
	/** For messages: `wind speed`, `a price`. */
	readonly what: string;
	readonly least: number;
	readonly most: number;
	/** A value as it stands in the file and as it is taken, why it cannot be, and what would do. */
	say(written: number, taken: number): string;
	/** What values below 0 are taken to be; null: nothing is to be said of them. */
	readonly belowZero: string | null;
}

/** As numbers are written in such messages. */
export function roundedValue(value: number): number {
	return Number(value.toPrecision(4));
}
