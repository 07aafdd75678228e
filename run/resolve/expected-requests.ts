import { usToSeconds } from '../../protocol/time.ts';
import type { RouterConfig } from '../../services/router/config.ts';

/** Seconds that a request usually takes, where somebody waits for its answer. */
const USUAL_S = 3;

/**
 * About how many requests a run will have, for whoever wants to know how long it takes: bursts, and hours that a run of part
 * of a day does not have, are not counted.
 *
 * @param rows of a file that the run uses; null where none gives the arrivals
 */
export function expectedRequests(router: RouterConfig, rows: number | null): number {
	if (rows !== null) return rows;
	const { qps, users, sessions, rate, untilUs, maxRequests } = router;
	const most = maxRequests ?? Number.POSITIVE_INFINITY;
	const untilS = untilUs === null ? Number.POSITIVE_INFINITY : usToSeconds(untilUs);
	const calls = sessions === undefined ? 1 : 1 + sessions.fanOutShare * (sessions.fanOut - 1);
	const turns = sessions?.meanTurns ?? 1;
	const pauseS = sessions === undefined ? 0 : sessions.pauseS * (turns - 1);
	const perS =
		users === undefined
			? (qps ?? 0) * turns * calls
			: (users.count * turns * calls) / (users.thinkS + pauseS + USUAL_S * turns);
	const hours = meanOf(rate?.diurnal?.weekday);
	const count = Math.min(most, perS * untilS * hours * meanOf(rate?.weekly));
	return Number.isFinite(count) ? count : 0;
}

function meanOf(factors: readonly number[] | null | undefined): number {
	if (!factors) return 1;
	return factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
}
