import type { NetworkName } from '../protocol/hardware.ts';
import type { Device } from './device.ts';
import { type PredictorConstants, predictorConstants } from './predictor/predictor.ts';
import type { AllReduces } from './profile/network.ts';

/** `serving.compatibility`, and `--compatibility`. */
export type Compatibility = 'vidur' | null;

/** All that `compatibility` decides of a replica. Power is apart: `serving.powerCurve` chooses its curve. */
export interface Behaviour {
	/** How GPUs are joined where the scenario does not say. */
	readonly network: (device: Pick<Device, 'formFactor'>) => NetworkName;
	/** What the price of a batch adds to its operators' times. */
	readonly predictor: PredictorConstants;
	/** All-reduces within a CUDA graph, and bounded where nobody measured them; or calls of NCCL (profile/network.ts). */
	readonly allReduce: AllReduces['as'];
	/** Operations per second in a TFLOP of a data sheet. */
	readonly tera: number;
	/** Schedulers and the memory planner as in Vidur, also where it is wrong (docs/vidur-differences.md). */
	readonly vidur: boolean;
}

/** What engines do today: a captured graph launches its all-reduces by itself, and SXM boards have NVSwitch. */
const today: Behaviour = {
	network: ({ formFactor }) => (formFactor === 'sxm' ? 'dgx' : 'pairwise'),
	predictor: { ...predictorConstants, allReduceLaunchMs: 0 },
	allReduce: 'engine',
	tera: 1e12,
	vidur: false,
};

/** What microsoft/vidur 7d47513 does. */
const vidur: Behaviour = {
	network: () => 'pairwise',
	predictor: predictorConstants,
	allReduce: 'vidur',
	tera: 2 ** 40,
	vidur: true,
};

/** The one place that knows what the switch sets. */
export function behaviourOf(compatibility: Compatibility): Behaviour {
	return compatibility === 'vidur' ? vidur : today;
}
