import type { PowerCurve } from '../../../silicon/power.ts';
import type { Predictor } from '../../../silicon/predictor/predictor.ts';
import type { PooledScheduler } from '../scheduler/pool.ts';
import type { RequestLimits } from './admission.ts';
import type { Drafting } from './drafting.ts';
import type { BatchObserver } from './observer.ts';

/**
 * The engine of any scheduler and any number of pipeline stages: Vidur's event loop, every batch by itself.
 * At most as many batches are in flight as there are stages; each stage takes them one at a time, in order.
 * At one instant events happen in the order in which they came about, arrivals first.
 */
export interface PipelineEngine {
	readonly predictor: Predictor;
	readonly scheduler: PooledScheduler;
	readonly power: PowerCurve;
	readonly limits: RequestLimits;
	readonly observer: BatchObserver | null;
	/** Of a replica that drafts tokens and verifies them. */
	readonly drafting?: Drafting | null;
}
