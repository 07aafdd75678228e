import type { WireInput } from '../../kernel/actor/contract.ts';
import type { Span } from '../../protocol/time.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { Handoff } from './engine/handoff.ts';

/**
 * KV caches on their way to a replica. Its link takes one at a time, in the order in which they begin to arrive.
 * A sender does not wait for it: what arrives meanwhile lies in the receiving host's memory.
 */
export interface Inbound {
	/** Handed over, and not yet begun to arrive; in the order of `beginsAtS`, then of ids. */
	readonly waiting: { readonly handoff: Handoff; readonly beginsAtS: number }[];
	freeAtS: number;
}

/** Nothing is on its way. */
export function createInbound(): Inbound {
	return { waiting: [], freeAtS: Number.NEGATIVE_INFINITY };
}

interface Landings {
	readonly span: Span;
	/** From one replica to another. */
	readonly latencyS: number;
	/** Wh of the replica for a joule of one of its GPUs. */
	readonly whPerJ: number;
}

/**
 * Takes the requests handed over in a span, and passes on those that begin to arrive in it, in order.
 */
export function takeHandoffs(
	inbound: Inbound,
	wires: readonly WireInput[],
	{ span, latencyS, whPerJ }: Landings,
	landed: (handoff: Handoff, landedAtS: number) => void,
): void {
	for (const wire of wires)
		while (wire.take(span.untilUs)) {
			const handoff = handoffOf(wire, whPerJ);
			// With layers sent ahead the first byte may be older than the word of it.
			const firstAtS = handoff.sentAtS - handoff.transferS + latencyS;
			insert(inbound, handoff, Math.max(firstAtS, wire.timeUs / SECOND_US));
		}
	const { waiting } = inbound;
	const untilS = span.untilUs / SECOND_US;
	let begun = 0;
	for (const { handoff, beginsAtS } of waiting) {
		if (beginsAtS >= untilS) break;
		begun++;
		const { sentAtS, transferS } = handoff;
		inbound.freeAtS = Math.max(sentAtS + latencyS, inbound.freeAtS + transferS);
		landed(handoff, inbound.freeAtS);
	}
	waiting.splice(0, begun);
}

function insert({ waiting }: Inbound, handoff: Handoff, beginsAtS: number): void {
	let place = waiting.length;
	for (; place > 0; place--) {
		const before = waiting[place - 1] as (typeof waiting)[number];
		if (before.beginsAtS < beginsAtS) break;
		if (before.beginsAtS === beginsAtS && before.handoff.id < handoff.id) break;
	}
	waiting.splice(place, 0, { handoff, beginsAtS });
}

/** The current row of `PREFILLED_FIELDS`. */
function handoffOf(wire: WireInput, whPerJ: number): Handoff {
	return {
		id: wire.value(0),
		interArrivalS: wire.value(1),
		prefillTokens: wire.value(2),
		decodeTokens: wire.value(3),
		arrivedAtS: wire.value(4),
		scheduledAtS: wire.value(5),
		prefilledAtS: wire.value(6),
		executedS: wire.value(7),
		preemptedS: wire.value(8),
		cachedTokens: wire.value(9),
		sentAtS: wire.value(10),
		transferS: wire.value(11),
		prefillJ: wire.value(12) / whPerJ,
	};
}
