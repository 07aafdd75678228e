import { dcgmFamilies } from './dcgm.ts';
import { type Family, type MeteredRun, replicasOf } from './family.ts';
import { genAiFamilies } from './gen-ai.ts';
import { replicaFamilies, timeFamilies } from './replica-families.ts';
import { siteFamilies } from './site-families.ts';
import { vessimFamilies } from './vessim.ts';
import { vllmFamilies } from './vllm.ts';

/** All metrics of some runs; families without a sample are left out. */
export function allFamilies(runs: readonly MeteredRun[]): Family[] {
	const replicas = replicasOf(runs);
	return [
		...timeFamilies(runs),
		...siteFamilies(runs),
		...replicaFamilies(replicas),
		...vllmFamilies(replicas),
		...dcgmFamilies(replicas),
		...genAiFamilies(replicas),
		...vessimFamilies(runs),
	].filter(({ samples }) => samples.length > 0);
}
