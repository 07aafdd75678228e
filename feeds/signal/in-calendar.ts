import type { TraceReading } from '../../protocol/scenario/parts.ts';
import type { Sampling } from '../../protocol/signals.ts';
import type { SimTime } from '../../protocol/time.ts';
import { type Reading, splitReading } from './reading.ts';
import type { TraceOptions } from './trace.ts';

/** When and in which zone a run takes place. */
export interface CalendarPart {
	readonly startEpochMs: number;
	readonly untilUs: SimTime;
	readonly stepUs: SimTime;
	readonly location: { readonly timeZone: string };
}

type Civil = NonNullable<TraceOptions['civil']>;

type InFile = { readonly [Key in keyof typeof TraceReading]?: unknown } & {
	readonly timezone: string | null;
	readonly extend: Civil['extend'];
	readonly sampling?: Sampling;
};

/** What of a section of the scenario says how its file is laid into the calendar, and how it is written. */
type Laid = 'timezone' | 'extend' | keyof typeof TraceReading;

/** A series of the scenario, laid into the calendar of the run: the same rules for every kind of series. */
export function inCalendar<T extends InFile>(
	file: T,
	{ startEpochMs, untilUs, stepUs, location }: CalendarPart,
): Omit<T, Laid> & { civil: Civil; reading?: Reading } {
	const { timezone, extend, ...others } = file;
	const { reading, rest } = splitReading<Omit<T, 'timezone' | 'extend'>>(others);
	// A value read at the start of the last step need not hold to its end.
	const readUntilUs = file.sampling === 'start' ? untilUs - stepUs + 1 : untilUs;
	return {
		...rest,
		...(reading === undefined ? {} : { reading }),
		civil: {
			startEpochMs,
			untilUs: readUntilUs,
			timezone: timezone ?? location.timeZone,
			...(timezone === null ? {} : { isNamed: true as const }),
			extend,
		},
	} as Omit<T, Laid> & { civil: Civil; reading?: Reading };
}
