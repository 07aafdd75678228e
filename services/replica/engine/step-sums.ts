/** What is added up over the report step, of one GPU. */
export interface StepSums {
	energyJ: number;
	/** Of it, what went to requests with their prompt and with their answer. */
	prefillJ: number;
	decodeJ: number;
	flops: number;
	busyS: number;
	/** Batches begun. */
	batches: number;
	/** Integral of (1 - clock ratio) over busy time. */
	slowedS: number;
}

/** Nothing yet. */
export function createSums(): StepSums {
	return { energyJ: 0, prefillJ: 0, decodeJ: 0, flops: 0, busyS: 0, batches: 0, slowedS: 0 };
}

/** Begins the next step. */
export function clearSums(sums: StepSums): void {
	sums.energyJ = 0;
	sums.prefillJ = 0;
	sums.decodeJ = 0;
	sums.flops = 0;
	sums.busyS = 0;
	sums.batches = 0;
	sums.slowedS = 0;
}
