import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../protocol/errors.ts';
import type { Answer, Job } from './pool.ts';
import { runExperiment } from './run-experiment.ts';

/** A thread of pool.ts: runs one job after the other. */
parentPort?.on('message', ({ experiment, flavour }: Job) => {
	parentPort?.postMessage(answer({ experiment, flavour }));
});

function answer({ experiment, flavour }: Job): Answer {
	try {
		return { outcome: runExperiment(experiment, flavour) };
	} catch (error) {
		return { error: messageOf(error) };
	}
}
