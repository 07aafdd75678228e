import type { WireInput } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { COMPLETED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { GeoConfig, SiteChoice } from './geo-config.ts';
import { type Heard, hearCompletions, noStays, queueUs, type Stays, usualStayUs } from './stay.ts';

const COMPLETED = positionsOf(COMPLETED_FIELDS);

/** What the choice of a site remembers. */
export interface ChoiceState {
	/** The site chosen last for each origin, -1 for none. */
	readonly lastSite: number[];
	/** How long requests stay at each site; none where no policy needs it. */
	readonly stays: readonly Stays[];
	/** What each replica has reported, by its place in the router's configuration. */
	readonly heard: readonly Heard[];
}

/** What a choice may look at. */
export interface Look {
	readonly timeUs: SimTime;
	readonly origin: number;
	/** Requests by site: sent so far, and completed; not reported where no policy needs it. */
	readonly sent: ArrayLike<number>;
	readonly completed: ArrayLike<number>;
	readonly signals: readonly WireInput[];
	readonly prices: readonly WireInput[];
	readonly supplies: readonly WireInput[];
}

/** The wire by which a replica reports its completions, and requests by site as in `Look`. */
interface News extends Pick<Look, 'timeUs' | 'sent' | 'completed'> {
	readonly wire: WireInput;
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
 * - fastest: latency there and back, and how long a request stays there as past ones teach (stay.ts), ms
 * - weighted: the weighted sum of the last three
 *
 * The site chosen last stays while no other is better by more than the hysteresis. A site with too many requests
 * outstanding per replica is passed over for the next best; where all have, the one with fewest takes it.
 */
export class SiteChooser {
	readonly #geo: GeoConfig;
	readonly #choice: SiteChoice;
	readonly #scores: Float64Array;
	readonly #outstanding: Float64Array;
	readonly #learns: boolean;
	#carbon: readonly number[] | null = null;
	#price: readonly number[] = [];
	#supply: readonly number[] = [];

	constructor(geo: GeoConfig, choice: SiteChoice) {
		this.#geo = geo;
		this.#choice = choice;
		this.#scores = new Float64Array(geo.sites.length);
		this.#outstanding = new Float64Array(geo.sites.length);
		this.#learns = choice.policy === 'fastest' || choice.policy === 'weighted';
	}

	init(): ChoiceState {
		const { origins, sites } = this.#geo;
		return {
			lastSite: origins.map(() => -1),
			stays: this.#learns ? sites.map(noStays) : [],
			heard: this.#learns
				? sites.flatMap(({ replicas }) => replicas.map(() => ({ count: 0, stayS: 0 })))
				: [],
		};
	}

	/** The site for a request. */
	choose(state: ChoiceState, look: Look): number {
		for (let site = 0; site < this.#outstanding.length; site++)
			this.#outstanding[site] = (look.sent[site] as number) - (look.completed[site] as number);
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
		return this.#withRoom(preferred, ranked);
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

	#withRoom(preferred: number, ranked: readonly number[]): number {
		const most = this.#choice.maxOutstandingPerReplica;
		if (most === null) return preferred;
		const perReplica = (site: number) => this.#perReplica(site);
		let fewest = preferred;
		for (const site of [preferred, ...ranked]) {
			if (perReplica(site) < most) return site;
			if (perReplica(site) < perReplica(fewest)) fewest = site;
		}
		return fewest;
	}

	#perReplica(site: number): number {
		return (this.#outstanding[site] as number) / (this.#geo.sites[site]?.replicas.length as number);
	}

	/** Learns from what a replica has completed since it was asked last. */
	hear(state: ChoiceState, from: { site: number; replica: number }, look: News): void {
		const [stays, heard] = [state.stays[from.site], state.heard[from.replica]];
		if (stays === undefined || heard === undefined) return;
		if (!look.wire.seek(look.timeUs) || look.wire.value(COMPLETED.count) === heard.count) return;
		const news = {
			count: look.wire.value(COMPLETED.count),
			stayS: look.wire.value(COMPLETED.stay),
		};
		const outstanding = (look.sent[from.site] as number) - (look.completed[from.site] as number);
		const replicas = this.#geo.sites[from.site]?.replicas.length as number;
		hearCompletions(stays, heard, news, { outstanding: outstanding / replicas, replicas });
	}

	#score(site: number, state: ChoiceState, look: Look): number {
		const { policy, weights } = this.#choice;
		if (policy === 'nearest') return this.#wayMs(site, look.origin);
		if (policy === 'greenest') return this.#nextWatt(site, look, 'carbon');
		if (policy === 'cheapest') return this.#nextWatt(site, look, 'price');
		const expectedMs = 2 * this.#wayMs(site, look.origin) + this.#stayMs(site, state);
		if (policy === 'fastest') return expectedMs;
		let score = weights.latency * expectedMs;
		if (weights.carbon > 0) score += weights.carbon * this.#nextWatt(site, look, 'carbon');
		if (weights.price > 0) score += weights.price * this.#nextWatt(site, look, 'price');
		return score;
	}

	#stayMs(site: number, { stays }: ChoiceState): number {
		const own = stays[site] as Stays;
		const stayUs = usualStayUs(own, stays) + queueUs(own, this.#perReplica(site));
		return Number.isNaN(stayUs) ? 0 : Math.max(0, stayUs) / 1000;
	}

	#wayMs(site: number, origin: number): number {
		return (this.#geo.latencyUs[origin]?.[site] as number) / 1000;
	}

	/** What a watt more would emit or cost now, as far as the last step shows. */
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
