import type { GatewayClock } from '../services/gateway/context.ts';

/** Real time, for a server. */
export const CLOCK: GatewayClock = {
	nowMs: () => performance.now(),
	epochMs: () => Date.now(),
	after(ms, callBack) {
		const timer = setTimeout(callBack, ms);
		timer.unref();
		return () => clearTimeout(timer);
	},
};
