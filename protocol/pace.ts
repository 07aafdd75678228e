import * as z from 'zod';
import type { SimTime } from './time.ts';

const LEAST = 1e-3;
const MOST = 1e9;

/** Simulated seconds per second of real time. Below the least a run stands still: whoever wants that, pauses it. */
export const Pace = z.number().min(LEAST, { error: pace }).max(MOST, { error: pace });

function pace({ input }: { readonly input?: unknown }): string {
	return `must be from ${LEAST} to ${MOST} simulated seconds per second, not ${String(input)}`;
}

/** From a moment on, simulated time follows real time. */
export interface ClockAnchor {
	/** Monotonic real time, of whatever origin. */
	readonly realMs: number;
	readonly simUs: SimTime;
	/** Simulated seconds per second; null: as fast as possible. */
	readonly speed: number | null;
}
