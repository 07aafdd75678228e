import type { CalendarPart } from '../../feeds/signal/in-calendar.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

type FileSky = Extract<Scenario['solar'][number]['sky'], { type: 'file' }>;

/** A weather file of the scenario, with what of the run it must cover. */
export function fileSky(sky: FileSky, { untilUs, location }: CalendarPart) {
	const { type, path, column, extend } = sky;
	return { type, path, column, extend, timezone: sky.timezone ?? location.timeZone, untilUs };
}
