import * as z from 'zod';

/** How many replicas there are, of those that a run has places for: the first ones are on. */
export const ReplicaCounts = z.strictObject({
	/** From the start on. */
	initial: z.int().positive(),
	/** From times on, none before the one before; of the same time the last one counts. */
	schedule: z.array(
		z.strictObject({ fromUs: z.int().nonnegative(), replicas: z.int().positive() }),
	),
});
export type ReplicaCounts = z.infer<typeof ReplicaCounts>;

/** Position in a schedule. Plain data, kept in the state of whoever follows it. */
export interface ScheduleState {
	/** The entry that comes next. */
	next: number;
}

/** When the next entry of a schedule acts, Infinity for never. */
export function nextCountUs({ next }: ScheduleState, { schedule }: ReplicaCounts): number {
	return schedule[next]?.fromUs ?? Number.POSITIVE_INFINITY;
}

/** Lets all entries act that are due by `atUs`, in their order. */
export function followSchedule(
	state: ScheduleState,
	counts: ReplicaCounts,
	atUs: number,
	scale: (replicas: number, fromUs: number) => void,
): void {
	for (;;) {
		const entry = counts.schedule[state.next];
		if (entry === undefined || entry.fromUs > atUs) return;
		state.next++;
		scale(entry.replicas, entry.fromUs);
	}
}
