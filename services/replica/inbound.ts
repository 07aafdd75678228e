import type { WireInput } from '../../kernel/actor/contract.ts';
import { PREFILLED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
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

const AT = positionsOf(PREFILLED_FIELDS);

/** The current row of `PREFILLED_FIELDS`. */
function handoffOf(wire: WireInput, whPerJ: number): Handoff {
	return {
		id: wire.value(AT.request_id),
		interArrivalS: wire.value(AT.inter_arrival),
		prefillTokens: wire.value(AT.prefill_tokens),
		decodeTokens: wire.value(AT.decode_tokens),
		arrivedAtS: wire.value(AT.arrived_at),
		scheduledAtS: wire.value(AT.scheduled_at),
		prefilledAtS: wire.value(AT.prefilled_at),
		executedS: wire.value(AT.execution_time),
		preemptedS: wire.value(AT.preemption_time),
		cachedTokens: wire.value(AT.cached_tokens),
		sentAtS: wire.value(AT.sent_at),
		transferS: wire.value(AT.transfer_time),
		prefillJ: wire.value(AT.prefill_energy) / whPerJ,
	};
}
