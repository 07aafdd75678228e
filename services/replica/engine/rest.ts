/**
 * What a replica whose GPUs may sleep remembers of that: its setting, and since when it has had no work. They sleep from
 * `afterS` after the last batch to the next arrival, and work again `wakeS` after it.
 */
export interface RestState {
	readonly afterS: number;
	readonly wakeS: number;
	/** Of a sleeping GPU. */
	readonly powerW: number;
	/** Infinity while it works. */
	idleFromS: number;
	/** Until when `sleptS` is reported. */
	meteredS: number;
	/** Time asleep in the report step, in seconds. */
	sleptS: number;
}

/** How replicas rest. */
export type Sleep = Pick<RestState, 'afterS' | 'wakeS' | 'powerW'>;

/** A replica without work since time 0; null where GPUs never sleep. */
export function createRest(sleep: Sleep | undefined): RestState | null {
	return sleep === undefined ? null : { ...sleep, idleFromS: 0, meteredS: 0, sleptS: 0 };
}

/** When a replica without a batch can begin with what comes at `workS`. */
export function awakeS(rest: RestState, workS: number): number {
	return workS >= rest.idleFromS + rest.afterS ? workS + rest.wakeS : workS;
}

/** Tells how long it has slept by `nowS`, no later than its work came. */
export function meterRest(rest: RestState, nowS: number): void {
	const fromS = Math.max(rest.meteredS, rest.idleFromS + rest.afterS);
	if (nowS <= fromS) return;
	rest.sleptS += nowS - fromS;
	rest.meteredS = nowS;
}
