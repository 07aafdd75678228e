import { findModel } from '../profile/load-cards.ts';
import type { Profile } from '../profile/profile.ts';
import { type ImportedPoints, vidurPoints } from './import-points.ts';
import { importedProfile } from './import-profile.ts';

/** Trees enough that what is left of chance is Vidur's own: with its 250, steps scatter by 0.3 %. */
const TREES = 1500;

/**
 * All that Vidur trains on for Llama-2-70B on two A100: the one model whose attention is there in full. `read`
 * gives the text of a file of Vidur's data/profiling.
 */
export function fullPoints(read: (path: string) => string): ImportedPoints {
	const csv = (file: string) => ({ file, text: read(file) });
	const compute = 'compute/a100/meta-llama/Llama-2-70b-hf';
	const network = 'network/a100_pairwise_nvlink';
	return vidurPoints(
		{
			mlp: csv(`${compute}/mlp.csv`),
			attention: csv(`${compute}/attention_tp2.csv`),
			allReduce: csv(`${network}/all_reduce.csv`),
			sendRecv: csv(`${network}/send_recv.csv`),
		},
		findModel('meta-llama/Llama-2-70b-hf'),
		2,
	);
}

/** What Vidur's regressors make of the points, in the format of profiles. */
export function trainedProfile(
	points: ImportedPoints,
	predictor: 'random_forest' | 'linear_regression',
): Profile {
	return importedProfile(points, {
		model: findModel('meta-llama/Llama-2-70b-hf'),
		device: 'a100',
		tensorParallel: 2,
		predictor,
		trees: TREES,
		withoutErrors: predictor === 'linear_regression',
		source: `Vidur's regressors (${predictor}) trained by silicon/fit/forest-profile.ts on all of the profiling data of microsoft/vidur (MIT) for it; profiling-data/README.md has method and error`,
	});
}
