import type { OutputPort } from '../../kernel/actor/contract.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { MachineState } from './engine/machine.ts';
import type { BatchObserver } from './engine/observer.ts';
import type { RequestTable } from './engine/request-table.ts';
import { runningSlots } from './engine/running.ts';
import { DECODE, type EngineState, PREFILL } from './engine/state.ts';
import { floorUs } from './floor-us.ts';

/** Up to which iteration of a run of batches its tokens are told. Plain data. */
export interface ToldTokens {
	/** Number of the next iteration. */
	next: number;
	/** End of the one before, s. */
	endS: number;
}

/** Nothing is told. */
export function createTold(): ToldTokens {
	return { next: 0, endS: 0 };
}

/**
 * Tells of tokens as they come: rows of `TOKENS_PORT`, at the ends of iterations also within runs of equal ones, which the
 * engine takes as one. What is told does not depend on how time is cut.
 */
export class TokenFeed implements BatchObserver {
	readonly members = false;
	#port: OutputPort | undefined;
	#told: ToldTokens = createTold();

	/** Where it goes in a step, and what is told so far: changed in place. */
	into(port: OutputPort | undefined, told: ToldTokens): void {
		this.#port = port;
		this.#told = told;
	}

	ran(): void {}

	settled(state: EngineState): void {
		const { batch, requests } = state;
		if (batch.kind !== PREFILL) this.#tell(state, state.formed, 0);
		this.#told.next = state.formed;
		this.#told.endS = batch.endS;
		if (batch.kind === DECODE) return;
		for (let i = 0; i < batch.count; i++) {
			const slot = batch.slots[i] as number;
			const prompt = requests.prefill[slot] as number;
			const processed = (requests.processed[slot] as number) + (batch.tokens[i] as number);
			// The prompt's pass yields a token.
			if (processed >= prompt)
				this.#one(requests, slot, { processed: prompt + 1, atS: batch.endS });
		}
	}

	booked(requests: RequestTable, slots: readonly number[], atS: number): void {
		for (const slot of slots) {
			const processed = requests.processed[slot] as number;
			if (processed > (requests.prefill[slot] as number))
				this.#one(requests, slot, { processed, atS });
		}
	}

	/** Iterations of the run in flight that have ended. */
	underWay(state: MachineState): void {
		if (!('batch' in state) || state.batch.kind !== DECODE) return;
		// The last one begun is in flight, and those begun are not accounted for.
		this.#tell(state, state.formed - 1, state.batch.begun);
	}

	/** A request is rejected now. */
	rejected(atUs: SimTime, id: number): void {
		this.#port?.append(atUs, [id, 0]);
	}

	/** @param ahead iterations begun that the requests' counts do not have yet */
	#tell(state: EngineState, end: number, ahead: number): void {
		const told = this.#told;
		const { batch, requests } = state;
		if (told.next >= end) return;
		if (told.next <= batch.firstNumber) told.endS = batch.firstStartS;
		const slots = runningSlots(state);
		const isOver = ahead === 0;
		for (let number = Math.max(told.next, batch.firstNumber); number < end; number++) {
			const isLast = isOver && number === end - 1;
			told.endS = isLast ? batch.endS : told.endS + batch.durationS;
			const steps = state.decodeSteps + number + 1 - (state.formed - ahead);
			for (const slot of slots) {
				const processed = steps - (requests.offset[slot] as number);
				this.#one(requests, slot, { processed, atS: told.endS });
			}
		}
		told.next = end;
	}

	#one(
		{ id, arrivedPrefill }: RequestTable,
		slot: number,
		{ processed, atS }: { readonly processed: number; readonly atS: number },
	): void {
		const tokens = processed - (arrivedPrefill[slot] as number);
		this.#port?.append(floorUs(atS), [id[slot] as number, tokens]);
	}
}

/** One observer of several, in their order; null: of none. */
export function allFeeds(feeds: readonly (BatchObserver | null)[]): BatchObserver | null {
	const all = feeds.filter((feed) => feed !== null);
	const [first] = all;
	if (first === undefined || all.length === 1) return first ?? null;
	return {
		members: all.some(({ members }) => members !== false),
		ran(record) {
			for (const feed of all) feed.ran(record);
		},
		settled(state) {
			for (const feed of all) feed.settled?.(state);
		},
		booked(requests, slots, atS) {
			for (const feed of all) feed.booked?.(requests, slots, atS);
		},
	};
}
