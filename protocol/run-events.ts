import * as z from 'zod';
import { Command } from './commands.ts';
import { Outcome } from './outcome.ts';
import { Pace } from './pace.ts';
import { Name } from './readings.ts';
import { Words } from './words.ts';

/**
 * What happens to a run beside the simulation, for logs and traces: some events a window and host at most, never one in the
 * stepping path. Times are simulated ones in microseconds; whoever writes an event down adds the real time.
 */

const SimTimeUs = z.int().nonnegative();
const Count = z.int().nonnegative();
const Milliseconds = z.number().nonnegative();

/** An attempt at a window: attempts are counted from 0, and each time that the run goes back there is another one. */
const WINDOW = { attempt: Count, window: Count };
/** Where a window begins. */
const FROM = { ...WINDOW, fromUs: SimTimeUs };

/** A window was granted; `keep`: what the actors are before it is kept for a checkpoint. */
const Granted = z.strictObject({
	event: z.literal('granted'),
	...FROM,
	untilUs: SimTimeUs,
	keep: z.boolean(),
	/** What acts from its start on. */
	commands: z.array(Command).exactOptional(),
});

/** How it ended: `text` says why, and who where somebody is at fault. */
const Ended = z.strictObject({
	event: z.literal('ended'),
	outcome: Outcome,
	text: Words,
	simulatedUntilUs: SimTimeUs,
	/** Messages that were refused, and that came twice, since the beginning. */
	refused: Count,
	duplicates: Count,
});

/** What whoever leads a run sees. */
export const RunEvent = z.discriminatedUnion('event', [
	/** The run begins, or goes on from `fromUs`. */
	z.strictObject({
		...{ event: z.literal('begun'), folder: Words, fromUs: SimTimeUs, untilUs: SimTimeUs },
		...{ actors: Count, hosts: Count },
	}),
	/** A process has said hello and has the place of a host; `seat` counts those that had it before. */
	z.strictObject({
		...{ event: z.literal('joined'), host: Name, seat: Count, machine: Words, pid: z.int() },
		actors: z.array(Name),
	}),
	/** A host has made its actors. */
	z.strictObject({ event: z.literal('ready'), host: Name, seat: Count }),
	Granted,
	/** A host has completed a window. */
	z.strictObject({ event: z.literal('done'), ...WINDOW, host: Name, steps: Count }),
	/** Every host has completed it. */
	z.strictObject({ event: z.literal('completed'), ...WINDOW, untilUs: SimTimeUs }),
	/** Every host has kept what it was before a window. */
	z.strictObject({
		...{ event: z.literal('checkpoint'), ...FROM, bytes: Count },
		/** Real time that hosts stood still for it, all together, and until it was complete since it was begun. */
		...{ stoodMs: Milliseconds, tookMs: Milliseconds },
	}),
	/** What was to be a checkpoint is none. */
	z.strictObject({ event: z.literal('no-checkpoint'), ...FROM, text: Words }),
	/** Something was lost: the run gives an attempt at a window up and goes back to `fromUs`. */
	z.strictObject({
		...{ event: z.literal('setback'), ...FROM, text: Words },
		/** Hosts whose process is gone, and their actors. */
		...{ hosts: z.array(Name), actors: z.array(Name) },
		/** How many there were by now, and real time until the next try. */
		...{ setbacks: Count, waitMs: Milliseconds },
	}),
	/** Every host is where the checkpoint was, under the next attempt. */
	z.strictObject({ event: z.literal('restored'), ...FROM }),
	/** It pauses as soon as the window is over that is being simulated, and goes on. */
	z.strictObject({ event: z.literal('paused'), atUs: SimTimeUs }),
	z.strictObject({ event: z.literal('resumed'), atUs: SimTimeUs }),
	/** Simulated seconds per second from here on; null: as fast as possible. */
	z.strictObject({ event: z.literal('paced'), factor: Pace.nullable() }),
	/** What is said to people too. */
	z.strictObject({ event: z.literal('notice'), text: Words }),
	Ended.extend({
		...{ setbacks: Count, checkpoints: Count },
		/** Of the fault, where it is known. */
		...{ actor: Name.nullable(), timeUs: SimTimeUs.nullable() },
	}),
]);
export type RunEvent = z.infer<typeof RunEvent>;

/** What a process that runs actors for somebody sees of itself. */
export const HostEvent = z.discriminatedUnion('event', [
	Granted,
	z.strictObject({ event: z.literal('done'), ...WINDOW, steps: Count }),
	/** It has put what it was before a window into the store, or could not, as `text` says. */
	z.strictObject({
		...{ event: z.literal('kept'), ...WINDOW, bytes: Count },
		...{ stoodMs: Milliseconds, text: Words.nullable() },
	}),
	/** It is where it was before a window, under another attempt. */
	z.strictObject({ event: z.literal('restored'), ...FROM }),
	/** It cannot go on. */
	z.strictObject({
		...{ event: z.literal('failed'), attempt: Count, text: Words },
		...{ actor: Name.nullable(), timeUs: SimTimeUs.nullable() },
	}),
	Ended,
]);
export type HostEvent = z.infer<typeof HostEvent>;

/** The same of a worker, which takes part in one run after the other. */
export const WorkerEvent = z.discriminatedUnion('event', [
	...HostEvent.options,
	/** It has the place of a host in a run. */
	z.strictObject({ event: z.literal('joined'), seat: Count, actors: z.array(Name) }),
	/** It has left a run that did not end in order. */
	z.strictObject({ event: z.literal('left'), text: Words }),
	z.strictObject({ event: z.literal('notice'), text: Words }),
]);
export type WorkerEvent = z.infer<typeof WorkerEvent>;
