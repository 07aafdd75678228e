import type { OutputPort } from '../../kernel/actor/contract.ts';
import { ITERATION_TOKENS } from '../../protocol/ports.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { ApiLatency } from './api-stage.ts';
import type { BatchObserver, StageRecord } from './engine/observer.ts';
import type { RequestTable } from './engine/request-table.ts';
import { DECODE, type EngineState } from './engine/state.ts';
import { floorUs } from './floor-us.ts';

/** What is told. Plain data. */
export interface ToldProgress {
	/** Evictions, since the start. */
	evicted: number;
	/** A row of `ITERATIONS_PORT` of the report step so far. */
	readonly iterations: number[];
}

/** Nothing is told. */
export function createProgress(): ToldProgress {
	return { evicted: 0, iterations: [0, ...ITERATION_TOKENS.map(() => 0), 0] };
}

/** Where a replica tells of requests under way; undefined: nobody hears it. */
export interface ProgressPorts {
	readonly firstTokens: OutputPort | undefined;
	readonly evictions: OutputPort | undefined;
}

/**
 * Tells of requests under way what vLLM counts before they are done: rows of `FIRST_TOKENS_PORT` and `EVICTIONS_PORT`, at the
 * ends of batches; and adds up those of `ITERATIONS_PORT`. What is told does not depend on how time is cut.
 */
export class ProgressFeed implements BatchObserver {
	readonly members = false;
	#ports: ProgressPorts = { firstTokens: undefined, evictions: undefined };
	#told: ToldProgress = createProgress();
	readonly #stages: number;

	readonly #latency: ApiLatency | null;

	/** @param latency what passes between a request's arrival and the engine's; null: nothing */
	constructor(stages = 1, latency: ApiLatency | null = null) {
		this.#stages = stages;
		this.#latency = latency;
	}

	/** Where it goes in a step, and what is told so far: changed in place. */
	into(ports: ProgressPorts, told: ToldProgress): void {
		this.#ports = ports;
		this.#told = told;
	}

	ran({ stage, count, summary: { tokens } }: StageRecord): void {
		if (stage !== this.#stages - 1) return;
		const { iterations } = this.#told;
		let bucket = 0;
		while (tokens > (ITERATION_TOKENS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
		iterations[0] = (iterations[0] as number) + tokens * count;
		iterations[bucket + 1] = (iterations[bucket + 1] as number) + count;
	}

	settled({ batch, requests }: EngineState): void {
		this.#evictions(requests, batch.endS);
		if (batch.kind === DECODE) return;
		for (let i = 0; i < batch.count; i++) {
			const slot = batch.slots[i] as number;
			const processed = (requests.processed[slot] as number) + (batch.tokens[i] as number);
			// A prompt that is computed anew after an eviction has had its token.
			const isFirst = Number.isNaN(requests.prefilledAtS[slot] as number);
			if (isFirst && processed >= (requests.prefill[slot] as number))
				this.#firstToken(requests, slot, batch.endS);
		}
	}

	booked(requests: RequestTable, slots: readonly number[], atS: number): void {
		this.#evictions(requests, atS);
		for (const slot of slots)
			if (requests.prefilledAtS[slot] === atS) this.#firstToken(requests, slot, atS);
	}

	#evictions({ evicted }: RequestTable, atS: number): void {
		const more = evicted - this.#told.evicted;
		if (more === 0) return;
		this.#told.evicted = evicted;
		this.#ports.evictions?.append(floorUs(atS), [more]);
	}

	#firstToken(requests: RequestTable, slot: number, atS: number): void {
		const promptTokens = requests.arrivedPrefill[slot] as number;
		const sinceReadyS = atS - (requests.arrivedAtS[slot] as number);
		const latencyUs = this.#latency?.(promptTokens) ?? 0;
		this.#ports.firstTokens?.append(floorUs(atS), [
			requests.id[slot] as number,
			latencyUs === 0 ? sinceReadyS : sinceReadyS + latencyUs / SECOND_US,
			promptTokens,
			Math.max(0, requests.cached[slot] as number),
		]);
	}
}
