import { SECOND_US, type SimTime } from '../../protocol/time.ts';

/** The last whole microsecond not after a time in seconds, whatever rounding does to the product. */
export function floorUs(timeS: number): SimTime {
	const timeUs = Math.floor(timeS * SECOND_US);
	if (timeUs / SECOND_US > timeS) return timeUs - 1;
	return (timeUs + 1) / SECOND_US <= timeS ? timeUs + 1 : timeUs;
}
