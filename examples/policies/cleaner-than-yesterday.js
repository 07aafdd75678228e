/**
 * A policy of one's own: charge from the grid while it is cleaner than it has been on average over the last
 * day, serve the load while it is dirtier. See docs/dispatch.md for what a policy is given and returns.
 *
 * @typedef {{ sum: number, count: number }} Hour  carbon intensities seen in one hour of the day
 * @typedef {{ hours: (Hour | null)[] }} Memory
 */

/** @type {Memory} */
export const initialMemory = { hours: new Array(24).fill(null) };

export function decide(view, memory, { chargePowerW = 1000, marginGPerKwh = 20 }) {
	const { carbonGPerKwh, local, deltaW, batteries } = view;
	if (carbonGPerKwh === null) return { setpointsW: followSurplus(deltaW, batteries) };
	// The hour that begins again replaces what was seen of it a day ago.
	const seen = local.minute === 0 ? null : memory.hours[local.hour];
	const hour = { sum: (seen?.sum ?? 0) + carbonGPerKwh, count: (seen?.count ?? 0) + 1 };
	const hours = memory.hours.map((old, i) => (i === local.hour ? hour : old));
	const known = hours.filter((one) => one !== null).map((one) => one.sum / one.count);
	const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
	const isClean = carbonGPerKwh < mean - marginGPerKwh;
	const wantedW = isClean ? Math.max(deltaW, chargePowerW) : deltaW;
	return { setpointsW: followSurplus(wantedW, batteries), memory: { hours } };
}

/** Shares a power out in merit order. Setpoints outside a battery's range are cut to it anyway. */
function followSurplus(powerW, batteries) {
	let restW = powerW;
	return batteries.map(({ minW, maxW }) => {
		const setpointW = Math.max(minW, Math.min(maxW, restW));
		restW -= setpointW;
		return setpointW;
	});
}
