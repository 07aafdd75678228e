/**
 * Lets the event loop live while there is much to do: whoever works in a loop asks now and then whether a rest is
 * due, puts its work down in order, and takes it up again afterwards. Where work is put down changes no result.
 */
export interface Breather {
	/** Monotonic real time, in milliseconds: to learn how long pieces of work take. */
	nowMs(): number;
	/** True once timers, signals and sockets have waited long enough, until they have had their turn. */
	isDue(): boolean;
	/** Resolves when they have had it. */
	rest(): Promise<void>;
}

/** For whoever has an event loop to himself. */
export const TIRELESS: Breather = {
	nowMs: () => 0,
	isDue: () => false,
	rest: () => Promise.resolve(),
};
