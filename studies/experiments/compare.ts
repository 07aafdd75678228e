import type { Experiment } from './experiment.ts';
import type { Outcome } from './run-experiment.ts';

/** What is compared with the publication. */
export const quantities = ['power', 'time', 'mfu'] as const;
export type Quantity = (typeof quantities)[number];

/** A published figure, ours, and the difference relative to the former. */
export interface Difference {
	readonly published: number | null;
	readonly ours: number;
	readonly relative: number | null;
}

/** An outcome beside what was published of it: W per GPU, s, percent. */
export function compare(
	{ published }: Experiment,
	outcome: Outcome,
): Readonly<Record<Quantity, Difference>> {
	return {
		power: difference(published.powerW, outcome.powerW),
		time: difference(published.timeS, outcome.timeS),
		mfu: difference(published.mfuPercent, outcome.mfuPercent),
	};
}

function difference(published: number | null, ours: number): Difference {
	return { published, ours, relative: published === null ? null : ours / published - 1 };
}

/** Energy of all GPUs in kWh, without PUE: average power times GPU-hours. */
export function energyKwh(
	{ tensorParallel, pipelineStages }: Experiment,
	powerW: number,
	timeS: number,
): number {
	return (powerW * tensorParallel * pipelineStages * timeS) / 3_600_000;
}
