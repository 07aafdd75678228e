import { DateTime } from 'luxon';

/** Distances of ticks on a time axis, in seconds. */
const STEPS_S = [
	1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];
const TICKS_MAX = 12;

/**
 * Ticks at round local times, at most `most` (a dozen), and how to write them: clock times, or dates where a tick is a
 * day or more.
 */
export function timeTicks(
	lowS: number,
	highS: number,
	timezone: string,
	most = TICKS_MAX,
): { ticks: number[]; format: (tick: number) => string } {
	const span = highS - lowS;
	const stepS = STEPS_S.find((step) => span / step <= most);
	const local = (seconds: number): DateTime => DateTime.fromSeconds(seconds, { zone: timezone });
	const midnight = local(lowS).startOf('day');
	const ticks: number[] = [];
	if (stepS === undefined || stepS === 86_400) {
		const days = Math.max(1, Math.ceil(span / 86_400 / most));
		for (let k = 0; ; k += days) {
			// By the calendar, because days on which the clocks change have another length.
			const tick = midnight.plus({ days: k }).toSeconds();
			if (tick > highS) break;
			if (tick >= lowS) ticks.push(tick);
		}
		return { ticks, format: (tick) => local(tick).toFormat('MM-dd') };
	}
	const startS = midnight.toSeconds();
	for (let k = Math.ceil((lowS - startS) / stepS); startS + k * stepS <= highS; k++)
		ticks.push(startS + k * stepS);
	return { ticks, format: (tick) => local(tick).toFormat(stepS < 60 ? 'HH:mm:ss' : 'HH:mm') };
}
