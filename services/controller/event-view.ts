import { type GridEvent, touches } from '../../protocol/grid-events.ts';
import type { Span } from '../../protocol/time.ts';

/** What events say of a step: a step that one touches has it as a whole. Filled in anew each step. */
export interface EventView {
	isAway: boolean;
	/** The most that may be imported, W; Infinity: no event limits it. */
	importLimitW: number;
	/** What demand response asks the import to stay below, W; Infinity: nothing is asked. */
	targetW: number;
	/** NaN: no event says what energy costs. */
	usdPerKwh: number;
	/** Demand response is announced and has not begun. */
	isAhead: boolean;
	/** Those that are announced and not over. */
	known: readonly GridEvent[];
}

/** Of a step without events. */
export function emptyEventView(): EventView {
	const limits = { importLimitW: Number.POSITIVE_INFINITY, targetW: Number.POSITIVE_INFINITY };
	return { isAway: false, ...limits, usdPerKwh: Number.NaN, isAhead: false, known: [] };
}

/** What events say of a step. @param view overwritten */
export function seeEvents(events: readonly GridEvent[], span: Span, view: EventView): void {
	view.isAway = false;
	view.importLimitW = Number.POSITIVE_INFINITY;
	view.targetW = Number.POSITIVE_INFINITY;
	view.usdPerKwh = Number.NaN;
	view.isAhead = false;
	view.known = events.length === 0 ? NONE : knownOf(events, span);
	for (const one of events) {
		const { event, limitW, usdPerKwh } = one;
		if (!touches(one, span)) continue;
		if (event === 'outage') view.isAway = true;
		else if (event === 'import-limit')
			view.importLimitW = Math.min(view.importLimitW, limitW ?? Number.POSITIVE_INFINITY);
		else if (event === 'demand-response')
			view.targetW = Math.min(view.targetW, limitW ?? Number.POSITIVE_INFINITY);
		// Of several the one that came last.
		else if (usdPerKwh !== null) view.usdPerKwh = usdPerKwh;
	}
	view.isAhead = view.known.some(
		({ event, fromUs }) => event === 'demand-response' && fromUs >= span.untilUs,
	);
}

const NONE: readonly GridEvent[] = [];

function knownOf(events: readonly GridEvent[], { fromUs, untilUs }: Span): readonly GridEvent[] {
	return events.filter(
		(event) => (event.announcedUs <= fromUs || event.fromUs < untilUs) && event.untilUs > fromUs,
	);
}
