import type { InputSpec, Inputs, Outputs, WireInput } from '../../kernel/actor/contract.ts';
import {
	LIVE_FIELDS,
	LIVE_PORT,
	LIVE_PREFIX_PORT,
	PREFIX_FIELDS,
	TAKEN_PORT,
} from '../../protocol/ports.ts';
import { type PortSpec, positionsOf } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';

/** Requests from outside, beside those that the router makes or in place of them. */

const LIVE = positionsOf(LIVE_FIELDS);
const PREFIX = positionsOf(PREFIX_FIELDS);

/** Inputs of a router that hears of such, behind its others. */
export function liveInputs({ live }: Pick<RouterConfig, 'live'>): InputSpec[] {
	return live === undefined
		? []
		: [
				{ ...LIVE_PORT, trigger: true },
				{ ...LIVE_PREFIX_PORT, optional: true },
			];
}

/** Where it says which replica has them, the last of its ports. */
export function liveOutputs({ live }: Pick<RouterConfig, 'live'>): PortSpec[] {
	return live === undefined ? [] : [TAKEN_PORT];
}

/** A request from outside, as it arrives. */
export interface LiveRequest {
	readonly arrival: number;
	readonly model: number;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
	/** Names and tokens in turns. */
	readonly pieces: readonly number[];
}

/** Takes those that arrive at a time, in their order. */
export class LiveTaker {
	readonly #first: number;

	/** @param inputs of the router, the two of `liveInputs` last */
	constructor(inputs: readonly InputSpec[]) {
		this.#first = inputs.length - 2;
	}

	take(inputs: Inputs, timeUs: SimTime, take: (request: LiveRequest) => void): void {
		const pieces = piecesAt(inputs[this.#first + 1]?.[0], timeUs);
		const [wire] = inputs[this.#first] ?? [];
		while (wire?.take(timeUs + 1)) {
			const arrival = wire.value(LIVE.arrival);
			take({
				arrival,
				model: wire.value(LIVE.model),
				prefillTokens: wire.value(LIVE.prefill_tokens),
				decodeTokens: wire.value(LIVE.decode_tokens),
				pieces: pieces.get(arrival) ?? [],
			});
		}
	}
}

/** What the prompts of a time begin with, by arrival. */
function piecesAt(
	wire: WireInput | undefined,
	timeUs: SimTime,
): ReadonlyMap<number, readonly number[]> {
	const all = new Map<number, number[]>();
	while (wire?.take(timeUs + 1)) {
		const arrival = wire.value(PREFIX.request_id);
		const own = all.get(arrival) ?? [];
		own.push(wire.value(PREFIX.piece), wire.value(PREFIX.tokens));
		all.set(arrival, own);
	}
	return all;
}

/** Says where a request from outside is. */
export function tellTaken(
	ports: Outputs,
	timeUs: SimTime,
	row: readonly [arrival: number, request: number, replica: number, latencyS: number],
): void {
	ports.at(-1)?.append(timeUs, row);
}
