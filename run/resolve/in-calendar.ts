import type { TraceOptions } from '../../feeds/signal/trace.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Sampling } from '../../protocol/signals.ts';
import type { Frame } from './plan.ts';

type CalendarPart = Pick<Frame, 'startEpochMs' | 'untilUs' | 'stepUs' | 'location'>;

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

type FileSky = Extract<Scenario['solar'][number]['sky'], { type: 'file' }>;

/** A weather file of the scenario, with what of the run it must cover. */
export function fileSky(sky: FileSky, { untilUs, location }: CalendarPart) {
	const { type, path, column, extend } = sky;
	return { type, path, column, extend, timezone: sky.timezone ?? location.timeZone, untilUs };
}
