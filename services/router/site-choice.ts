import { SimulationError } from '../../protocol/errors.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { WireInput } from '../actor/contract.ts';
import type { GeoConfig, SiteChoice } from './geo-config.ts';

/** What the choice of a site remembers. */
export interface ChoiceState {
	/** The site chosen last for each origin, -1 for none. */
	readonly lastSite: number[];
	/** For how long each site has had requests outstanding, as far as the router saw. */
	readonly busyUs: number[];
	/** Requests outstanding at each site when it looked last, and when that was. */
	readonly outstanding: number[];
	seenUs: SimTime;
}

/** What a choice may look at. */
export interface Look {
	readonly timeUs: SimTime;
	readonly origin: number;
	/** Requests by site: sent so far, and completed; not told of where no policy asks. */
	readonly sent: ArrayLike<number>;
	readonly completed: ArrayLike<number>;
	readonly signals: readonly WireInput[];
	readonly prices: readonly WireInput[];
	readonly supplies: readonly WireInput[];
}

/** Whether the choice has to know how many requests are outstanding. */
export function asksOutstanding({ policy, maxOutstandingPerReplica }: SiteChoice): boolean {
	return policy === 'fastest' || policy === 'weighted' || maxOutstandingPerReplica !== null;
}

/**
 * Chooses sites. Each policy gives every site within the latency budget a score; the least wins, of equals the
 * nearest, then the first:
 * - nearest: one-way latency, ms
 * - greenest: carbon intensity of the next watt: that of the grid while the site imports, else 0, g/kWh
 * - cheapest: price of the next watt in the same sense, USD/kWh
 * - fastest: latency there and back, and what requests there take by Little's law: (outstanding + 1) over the
 *   rate of completion while the site was busy, ms; 0 while nothing is known of it
 * - weighted: the weighted sum of the last three
 *
 * The site chosen last stays while no other is better by more than the hysteresis. A site with too many requests
 * outstanding per replica is passed over for the next best; where all have, the one with fewest takes it.
 */
export class SiteChooser {
	readonly #geo: GeoConfig;
	readonly #choice: SiteChoice;
	readonly #scores: Float64Array;
	#carbon: readonly number[] | null = null;
	#price: readonly number[] = [];
	#supply: readonly number[] = [];

	constructor(geo: GeoConfig, choice: SiteChoice) {
		this.#geo = geo;
		this.#choice = choice;
		this.#scores = new Float64Array(geo.sites.length);
	}

	init(): ChoiceState {
		const none = () => this.#geo.sites.map(() => 0);
		return {
			lastSite: this.#geo.origins.map(() => -1),
			busyUs: none(),
			outstanding: none(),
			seenUs: 0,
		};
	}

	/** The site for a request. */
	choose(state: ChoiceState, look: Look): number {
		this.#follow(state, look);
		const sites = this.#candidates(look.origin);
		for (const site of sites) this.#scores[site] = this.#score(site, state, look);
		const score = (site: number) => this.#scores[site] as number;
		// Stable: of equal scores the nearer stays ahead.
		const ranked = [...sites].sort((a, b) => score(a) - score(b));
		const best = ranked[0] as number;
		const last = state.lastSite[look.origin] as number;
		const keeps = sites.includes(last) && score(last) - this.#choice.hysteresis <= score(best);
		const preferred = keeps && this.#choice.hysteresis > 0 ? last : best;
		state.lastSite[look.origin] = preferred;
		return this.#withRoom(preferred, ranked, state);
	}

	/** Sites with replicas within the budget, the nearest first; the nearest alone where none is within. */
	#candidates(origin: number): number[] {
		const { sites, latencyUs } = this.#geo;
		const wayUs = (site: number) => latencyUs[origin]?.[site] as number;
		const serving = sites.flatMap(({ replicas }, i) => (replicas.length > 0 ? [i] : []));
		serving.sort((a, b) => wayUs(a) - wayUs(b));
		const budgetUs = this.#choice.latencyBudgetUs;
		if (budgetUs === null) return serving;
		const within = serving.filter((site) => 2 * wayUs(site) <= budgetUs);
		return within.length > 0 ? within : serving.slice(0, 1);
	}

	#withRoom(preferred: number, ranked: readonly number[], { outstanding }: ChoiceState): number {
		const most = this.#choice.maxOutstandingPerReplica;
		if (most === null) return preferred;
		const perReplica = (site: number) =>
			(outstanding[site] as number) / (this.#geo.sites[site]?.replicas.length as number);
		let fewest = preferred;
		for (const site of [preferred, ...ranked]) {
			if (perReplica(site) < most) return site;
			if (perReplica(site) < perReplica(fewest)) fewest = site;
		}
		return fewest;
	}

	/** Counts how long sites were busy since the router looked last. */
	#follow(state: ChoiceState, { timeUs, sent, completed }: Look): void {
		const sinceUs = timeUs - state.seenUs;
		state.seenUs = timeUs;
		for (let site = 0; site < state.busyUs.length; site++) {
			if ((state.outstanding[site] as number) > 0)
				state.busyUs[site] = (state.busyUs[site] as number) + sinceUs;
			state.outstanding[site] = (sent[site] as number) - (completed[site] as number);
		}
	}

	#score(site: number, state: ChoiceState, look: Look): number {
		const { policy, weights } = this.#choice;
		if (policy === 'nearest') return this.#wayMs(site, look.origin);
		if (policy === 'greenest') return this.#nextWatt(site, look, 'carbon');
		if (policy === 'cheapest') return this.#nextWatt(site, look, 'price');
		const expectedMs = 2 * this.#wayMs(site, look.origin) + waitingMs(site, state, look);
		if (policy === 'fastest') return expectedMs;
		let score = weights.latency * expectedMs;
		if (weights.carbon > 0) score += weights.carbon * this.#nextWatt(site, look, 'carbon');
		if (weights.price > 0) score += weights.price * this.#nextWatt(site, look, 'price');
		return score;
	}

	#wayMs(site: number, origin: number): number {
		return (this.#geo.latencyUs[origin]?.[site] as number) / 1000;
	}

	/** What a watt more would emit or cost now, as far as the last step tells. */
	#nextWatt(site: number, look: Look, of: 'carbon' | 'price'): number {
		if (this.#carbon === null) this.#resolve(look);
		const supply = look.supplies[this.#supply[site] as number];
		if (supply?.seek(look.timeUs) && supply.value(0) >= 0) return 0;
		const wires = of === 'carbon' ? look.signals : look.prices;
		const wire = wires[(of === 'carbon' ? this.#carbon : this.#price)?.[site] as number];
		return wire?.seek(look.timeUs) ? wire.value(0) : Number.POSITIVE_INFINITY;
	}

	/** Which wire comes from which site; the wires stay the same during a run. */
	#resolve({ signals, prices, supplies }: Look): void {
		const places = (wires: readonly WireInput[], of: 'carbon' | 'price' | 'controller') =>
			this.#geo.sites.map((site) => {
				const place = wires.findIndex(({ source }) => source === site[of]);
				if (place === -1 && site[of] !== null && wires.length > 0)
					throw new SimulationError(`Cannot choose a site: nothing is wired from "${site[of]}"`);
				return place;
			});
		this.#carbon = places(signals, 'carbon');
		this.#price = places(prices, 'price');
		this.#supply = places(supplies, 'controller');
	}
}

/** By Little's law: the mean time of a request is those outstanding over the rate at which they complete. */
function waitingMs(site: number, state: ChoiceState, { completed }: Look): number {
	const done = completed[site] as number;
	const busyS = (state.busyUs[site] as number) / SECOND_US;
	if (done === 0 || busyS === 0) return 0;
	return (1000 * ((state.outstanding[site] as number) + 1) * busyS) / done;
}
