import type { WireInput } from '../../kernel/actor/contract.ts';
import { PREFIX_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';

/** Pieces of prompts that have come ahead of their requests, in order of arrival. */
export interface PendingPrefixes {
	/** Of each row: the request it belongs to, the name of the piece, its tokens. */
	requests: number[];
	names: number[];
	tokens: number[];
}

/** None. */
export function createPendingPrefixes(): PendingPrefixes {
	return { requests: [], names: [], tokens: [] };
}

const PREFIX = positionsOf(PREFIX_FIELDS);

/** Takes the rows up to and at `atUs`. */
export function takePrefixes(
	pending: PendingPrefixes,
	wires: readonly WireInput[],
	atUs: SimTime,
): void {
	for (const wire of wires)
		while (wire.take(atUs + 1)) {
			pending.requests.push(wire.value(PREFIX.request_id));
			pending.names.push(wire.value(PREFIX.piece));
			pending.tokens.push(wire.value(PREFIX.tokens));
		}
}

/** The pieces of a request, names and tokens in turns; they are forgotten. */
export function piecesOf(pending: PendingPrefixes, request: number): number[] {
	const pieces: number[] = [];
	const { requests, names, tokens } = pending;
	let kept = 0;
	for (let i = 0; i < requests.length; i++) {
		if (requests[i] === request) {
			pieces.push(names[i] as number, tokens[i] as number);
			continue;
		}
		requests[kept] = requests[i] as number;
		names[kept] = names[i] as number;
		tokens[kept] = tokens[i] as number;
		kept++;
	}
	requests.length = kept;
	names.length = kept;
	tokens.length = kept;
	return pieces;
}
