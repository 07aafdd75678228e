import type { Json } from '../../kernel/files/canonical.ts';
import { type Experiment, parseExperiments } from '../experiments/experiment.ts';
import type { Family, Figures, TruthCase } from './truth-case.ts';

const FILE = 'vidur-energy-experiments.csv';
/** Longer ones take minutes, and say nothing else. */
const MOST_REQUESTS = 1024;

/** What Vidur-Energy's paper published: another simulator, which is to be reproduced under its compatibility. */
export const vidurFamily: Family = {
	name: 'vidur',
	title: 'Vidur-Energy’s paper, under compatibility: vidur',
	source: 'ozcanmiraay/vidur-energy a132da7; figures published with arXiv 2507.11417',
	workload: `the rows of experiments 1, 3 and 5 with up to ${MOST_REQUESTS} requests, with the -reproduction profile`,
	fitted: 'nothing; that agrees with another simulator and says nothing of hardware',
	heldOut: 'every row',
	cases(data) {
		return parseExperiments(data.shipped(FILE), FILE).flatMap((one) => {
			const isSmall = one.requests <= MOST_REQUESTS && one.published.powerW !== null;
			return isSmall && ['1', '3', '5'].includes(one.experiment) ? [caseOf(one)] : [];
		});
	},
};

function caseOf(one: Experiment): TruthCase {
	const { published, model, tensorParallel, pipelineStages, requests } = one;
	const short = model.replace(/^.*\//, '');
	return {
		family: 'vidur',
		id: `${one.experiment}-${one.index + 1}`,
		groups: ['rows', `experiment ${one.experiment}`],
		model,
		server: `A100, TP ${tensorParallel}, PP ${pipelineStages}`,
		workload: `${requests} requests, ${one.qps}/s, batches of up to ${one.batchSizeCap}`,
		protocol: 'experiment',
		gpus: tensorParallel * pipelineStages,
		scenario: one as unknown as Json,
		files: {},
		measured: figuresOf(published),
		isQuick: one.experiment === '3' && /3-8B|phi/i.test(short) && one.batchSizeCap <= 32,
	};
}

function figuresOf({ powerW, timeS, mfuPercent, mfuSource }: Experiment['published']): Figures {
	return {
		...(powerW === null ? {} : { powerW }),
		...(timeS === null ? {} : { timeS }),
		...(mfuPercent === null || mfuSource !== 'printed' ? {} : { mfuPercent }),
	};
}
