import { capacityWh } from './battery-capacity.ts';
import type { Steps } from './steps.ts';

/** How batteries would have done otherwise than they did, had the demand been another. */
export interface BatteryDeviation {
	/**
	 * Surplus of a step, Wh, where the demand is `moreWh` higher; deficits are negative. Steps come in their order.
	 *
	 * @param surplusWh what was fed in or curtailed, less what was imported
	 */
	balanceWh(step: number, surplusWh: number, moreWh: number): number;
}

/**
 * Batteries as one store, without losses and limits of power, that follows what they did and answers for the difference:
 * it gives what is missing, and takes what is left over, between the least that was stored and what they hold. What a
 * policy charges from the grid is charged all the same.
 */
export function batteryDeviation({ batteries, batteryW, stepS, count }: Steps): BatteryDeviation {
	const stored = (k: number) =>
		batteries.reduce((sum, { storedWh }) => sum + (storedWh[k] as number), 0);
	const after = (k: number) =>
		k + 1 < count ? stored(k + 1) : stored(k) + ((batteryW[k] as number) * stepS) / 3600;
	let least = Number.POSITIVE_INFINITY;
	for (let k = 0; k < count; k++) least = Math.min(least, stored(k));
	const most = batteries.reduce((sum, battery) => sum + capacityWh(battery), 0);
	/** Stored above what was stored, Wh. */
	let offWh = 0;
	return {
		balanceWh(k, surplusWh, moreWh) {
			let balance = surplusWh - moreWh;
			if (batteries.length === 0) return balance;
			const level = after(k);
			// What could be charged, and given, by a store that is fuller or emptier.
			const room = Math.min(Math.max(offWh, least - level), most - level);
			balance += offWh - room;
			offWh = room;
			const fromGrid = surplusWh < 0 && (batteryW[k] as number) > 0;
			const worse = Math.max(0, surplusWh - balance);
			const better = Math.max(0, balance - surplusWh);
			const answer =
				balance < 0
					? fromGrid
						? 0
						: -Math.min(-balance, Math.max(offWh, 0) + worse, Math.max(0, level + offWh - least))
					: Math.min(balance, Math.max(-offWh, 0) + better, Math.max(0, most - level - offWh));
			offWh += answer;
			return balance - answer;
		},
	};
}
