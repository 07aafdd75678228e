import type { Json } from '../../kernel/files/canonical.ts';
import { serveJobs } from '../sweep/worker-side.ts';
import { evaluate, Trial } from './evaluate.ts';

/** A process of the pool of `gridbeat capacity`: it tries configurations at rates. */
serveJobs(({ spec }) => {
	// What is not a number has no JSON but null.
	return JSON.parse(JSON.stringify(evaluate(Trial.parse(spec)))) as Json;
});
