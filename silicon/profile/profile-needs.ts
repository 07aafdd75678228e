import type { Compatibility } from '../compatibility.ts';
import type { ModelGeometry } from '../model.ts';

/** What a profile must have been measured for. */
export interface ProfileNeeds {
	readonly model: ModelGeometry;
	readonly device: string;
	readonly tensorParallel: number;
	/** As of a replica; null if left out. */
	readonly compatibility?: Compatibility;
}
