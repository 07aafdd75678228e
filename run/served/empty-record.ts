import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type {
	History,
	LatencyHistory,
	RunListing,
	RunRecord,
} from '../../services/gateway/runs-host.ts';

/** The record of a run that has written nothing yet. */
export class EmptyRecord implements RunRecord {
	readonly listing: RunListing;
	readonly #scenario: Scenario;

	constructor(listing: RunListing, scenario: Scenario) {
		this.listing = listing;
		this.#scenario = scenario;
	}

	async sites() {
		return [];
	}

	async snapshot() {
		return null;
	}

	async history(): Promise<History> {
		throw this.#nothing();
	}

	async latency(): Promise<LatencyHistory> {
		throw this.#nothing();
	}

	async lastRows() {
		return [];
	}

	async commands() {
		return [];
	}

	async scenario() {
		return this.#scenario;
	}

	async summary(): Promise<unknown> {
		throw this.#nothing();
	}

	async microgrid(): Promise<unknown> {
		throw this.#nothing();
	}

	#nothing(): ConfigError {
		return new ConfigError(`Cannot read the run "${this.listing.id}": it has recorded nothing yet`);
	}
}
