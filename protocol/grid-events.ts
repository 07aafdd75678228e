import * as z from 'zod';
import type { GridEventCommand } from './commands.ts';
import type { SimTime, Span } from './time.ts';

const SimTimeUs = z.int().nonnegative();

/** What the grid announces, as actors know it. */
export const GridEvent = z.strictObject({
	/** By which it is told from others. */
	id: z.string().min(1),
	event: z.enum(['import-limit', 'outage', 'demand-response', 'price']),
	/** From when on policies know of it. */
	announcedUs: SimTimeUs,
	/** It holds in [fromUs, untilUs). */
	fromUs: SimTimeUs,
	untilUs: SimTimeUs,
	/** Most that may be imported (import-limit), or shall be (demand-response), W. */
	limitW: z.number().nonnegative().nullable(),
	/** What energy costs (price). */
	usdPerKwh: z.number().nullable(),
});
export type GridEvent = z.infer<typeof GridEvent>;

/**
 * What is known once a command has acted: the same id again replaces what was known, one that is cancelled is over, and what is
 * over goes.
 *
 * @param atUs from when on it acts
 */
export function withEvent(
	events: readonly GridEvent[],
	atUs: SimTime,
	command: GridEventCommand,
): GridEvent[] {
	const others = events.filter(({ id, untilUs }) => id !== command.id && untilUs > atUs);
	if (command.event === 'cancelled') return others;
	const { id, event, startUs, durationUs, announcedUs = atUs } = command;
	const limitW =
		command.event === 'import-limit'
			? command.importLimitW
			: command.event === 'demand-response'
				? command.targetW
				: null;
	const known: GridEvent = {
		...{ id, event, announcedUs: Math.max(atUs, announcedUs) },
		...{ fromUs: startUs, untilUs: startUs + durationUs, limitW },
		usdPerKwh: command.event === 'price' ? command.usdPerKwh : null,
	};
	return [...others, known];
}

/** Whether an event touches a step: it holds in the whole of it then. */
export function touches({ fromUs, untilUs }: GridEvent, span: Span): boolean {
	return fromUs < span.untilUs && untilUs > span.fromUs;
}

/** What energy costs in a step by the event that came last, USD/kWh; NaN: no event says. */
export function eventPriceUsd(events: readonly GridEvent[], span: Span): number {
	return (
		events.findLast((one) => one.usdPerKwh !== null && touches(one, span))?.usdPerKwh ?? Number.NaN
	);
}
