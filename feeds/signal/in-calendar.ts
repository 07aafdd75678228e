import type { Sampling } from '../../protocol/signals.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { TraceOptions } from './trace.ts';

/** When and in which zone a run takes place. */
export interface CalendarPart {
	readonly startEpochMs: number;
	readonly untilUs: SimTime;
	readonly stepUs: SimTime;
	readonly location: { readonly timeZone: string };
}

interface InFile {
	readonly timezone: string | null;
	readonly extend: NonNullable<TraceOptions['civil']>['extend'];
	readonly sampling?: Sampling;
}

/** A series of the scenario, laid into the calendar of the run: the same rules for every kind of series. */
export function inCalendar<T extends InFile>(
	file: T,
	{ startEpochMs, untilUs, stepUs, location }: CalendarPart,
): Omit<T, 'timezone' | 'extend'> & { civil: NonNullable<TraceOptions['civil']> } {
	const { timezone, extend, ...rest } = file;
	// A value read at the start of the last step need not hold to its end.
	const readUntilUs = file.sampling === 'start' ? untilUs - stepUs + 1 : untilUs;
	return {
		...rest,
		civil: {
			startEpochMs,
			untilUs: readUntilUs,
			timezone: timezone ?? location.timeZone,
			extend,
		},
	};
}
