import type { Compatibility } from '../compatibility.ts';
import type { ModelGeometry } from '../model.ts';

/** What a profile must have been measured for. */
export interface ProfileNeeds {
	readonly model: ModelGeometry;
	readonly device: string;
	readonly tensorParallel: number;
	/** Whole experts are spread over those GPUs; left out: each is cut. */
	readonly expertParallel?: boolean;
	/** As of a replica; null if left out. */
	readonly compatibility?: Compatibility;
}
