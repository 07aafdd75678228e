import type { WireInput } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { ROUTED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { csvText } from '../../protocol/run-folder/csv-text.ts';
import { SECOND_US } from '../../protocol/time.ts';
import { csvNumber } from './columns.ts';
import type { RecorderConfig } from './config.ts';

const ROUTED = positionsOf(ROUTED_FIELDS);

/** Requests on their way or served, by id: their origin, and the latency of the way there and back in seconds. */
export type Ways = Record<string, readonly [origin: number, latencyS: number]>;

/** Columns of request_metrics.csv after the last, in runs with several sites. */
export const NETWORK_COLUMNS = ['network_latency', 'origin'] as const;

/**
 * Shows rows of completed requests as those see them who asked: the replica counts from the arrival at the site,
 * they count from where they are, and the answer has a way too. Where nothing is known of ways, rows stay as
 * they are.
 */
export class NetworkView implements WireInput {
	readonly #origins: readonly string[];
	readonly #fields: Readonly<Record<string, number>>;
	#wire: WireInput | null = null;
	#way: Ways[string] = [0, 0];

	constructor({ requests, network }: RecorderConfig) {
		this.#origins = network?.origins ?? [];
		this.#fields = Object.fromEntries(requests.map(({ name }, i) => [name, i]));
	}

	/** Remembers the way of a request from a row of `routed`. */
	route(ways: Ways, routed: WireInput): void {
		ways[routed.value(ROUTED.request_id)] = [
			routed.value(ROUTED.origin),
			routed.value(ROUTED.network_latency),
		];
	}

	/** Shows the current row of `requests`; the way of its request is forgotten. */
	show(ways: Ways, completed: WireInput): WireInput {
		const id = completed.value(this.#fields['request_id'] as number);
		const way = ways[id];
		if (way === undefined)
			throw new SimulationError(`Cannot record request ${id}: no router told of its way`);
		delete ways[id];
		this.#way = way;
		this.#wire = completed;
		return this;
	}

	/** The cells of the columns above, for the row that is shown. */
	cells(): string {
		const [origin, latencyS] = this.#way;
		return `${csvNumber(latencyS)},${csvText(this.#origins[origin] ?? '')}`;
	}

	value(field: number): number {
		const wire = this.#shown();
		const value = wire.value(field);
		const latencyS = this.#way[1];
		const fields = this.#fields;
		if (field === fields['request_e2e_time'] || field === fields['prefill_e2e_time'])
			return value + latencyS;
		if (field === fields['request_e2e_time_normalized'])
			return value + latencyS / wire.value(fields['request_num_decode_tokens'] as number);
		if (field !== fields['arrived_at']) return value;
		// Whole microseconds, as the router has them.
		return Math.round((value - latencyS / 2) * SECOND_US) / SECOND_US;
	}

	get source(): string {
		return this.#shown().source;
	}

	get knownUntilUs(): number {
		return this.#shown().knownUntilUs;
	}

	get timeUs(): number {
		return this.#shown().timeUs;
	}

	seek(timeUs: number): boolean {
		return this.#shown().seek(timeUs);
	}

	nextUs(): number {
		return this.#shown().nextUs();
	}

	take(untilUs: number): boolean {
		return this.#shown().take(untilUs);
	}

	#shown(): WireInput {
		if (this.#wire === null) throw new TypeError('no row is shown');
		return this.#wire;
	}
}
