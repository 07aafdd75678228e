import type { Ways } from './network.ts';
import type { Changes, LastCounts } from './request-fates.ts';
import type { SavedSketch } from './request-sketch.ts';

/** What a recorder remembers: how far its files go, and what it has counted. */
export interface RecorderState {
	/** Length of each file in bytes, in the order of its tables. */
	positions: number[];
	requestsCompleted: number;
	/** Quantiles of the requests so far; empty where each has a row. */
	sketches: readonly SavedSketch[];
	/** Sums of the port `operations` by replica, in seconds. */
	operationsS: Record<string, number[]>;
	/** Of requests that have not completed; empty where there are no ways. */
	ways: Ways;
	/** What each replica said last of its requests, and how many were sent to them where there are ways. */
	lastCounts: LastCounts;
	requestsRouted: number;
	changes: Changes;
}
