import type { RosterEntry } from '../../protocol/messages.ts';
import type { Arrangement } from '../../protocol/scenario/parts.ts';
import { actorsOf } from './host-words.ts';

/** What a worker must be labelled with, and what one is: names to values. */
export type Labels = Readonly<Record<string, string>>;

/** How places of workers are dealt out. */
export interface Placing {
	/** By host: labels that its worker must have. Left out: none. */
	readonly needs: Readonly<Record<string, Labels>>;
	readonly arrange: Arrangement;
	/** Hosts whose programs are none of ours: no worker can take them. */
	readonly foreign: readonly string[];
}

/** What a worker can take. */
export interface Offer {
	readonly kinds: readonly string[];
	/** Places: each an actor, or several that the scenario keeps together. */
	readonly capacity: number;
	readonly labels: Labels;
}

/** A place that waits for a worker. */
export interface Place {
	readonly host: string;
	readonly kinds: readonly string[];
	readonly needs: Labels;
	/** No worker can take it, but a program of another kind. */
	readonly isForeign: boolean;
}

/** Whether a worker may have a place. */
export function fits({ kinds, needs }: Place, offer: Offer): boolean {
	return (
		kinds.every((kind) => offer.kinds.includes(kind)) &&
		Object.entries(needs).every(([name, value]) => offer.labels[name] === value)
	);
}

/** The places that a worker takes which comes alone: as many as it can. */
export function packed(free: readonly Place[], offer: Offer): string[] {
	return free
		.filter((place) => fits(place, offer))
		.slice(0, offer.capacity)
		.map(({ host }) => host);
}

/**
 * Deals all places out to workers, each to the one with the fewest that may have it.
 *
 * @returns places by worker, those without one left out; null where there is no room for all
 */
export function spread(
	free: readonly Place[],
	offers: ReadonlyMap<string, Offer>,
): ReadonlyMap<string, readonly string[]> | null {
	const dealt = new Map<string, string[]>();
	const count = (worker: string) => dealt.get(worker)?.length ?? 0;
	// What few may have is dealt first, so that those who may have more do not take its room.
	const choice = (place: Place) =>
		[...offers.values()].filter((offer) => fits(place, offer)).length;
	const scarce = free.map((place) => ({ place, choice: choice(place) }));
	scarce.sort((one, other) => one.choice - other.choice);
	for (const { place } of scarce) {
		let least: string | null = null;
		for (const [worker, offer] of offers) {
			if (count(worker) >= offer.capacity || !fits(place, offer)) continue;
			if (least === null || count(worker) < count(least)) least = worker;
		}
		if (least === null) return null;
		dealt.set(least, [...(dealt.get(least) ?? []), place.host]);
	}
	return dealt;
}

/** Which host each actor of a run has by now: a worker that takes several places is one host, with the name of the first. */
export class Places {
	/** Every actor with the host that it has, or that is awaited for it. */
	roster: readonly RosterEntry[];
	/** Every actor with the host that was planned for it. */
	readonly planned: readonly RosterEntry[];
	private readonly placing: Placing;

	constructor(planned: readonly RosterEntry[], placing: Placing) {
		this.planned = planned;
		this.roster = planned;
		this.placing = placing;
	}

	/** In the order of the roster. */
	get hosts(): readonly string[] {
		return [...new Set(this.roster.map(({ host }) => host))];
	}

	actorsOf(host: string): readonly string[] {
		return actorsOf(this.roster, host);
	}

	placeOf(host: string): Place {
		const kinds = this.roster.filter((entry) => entry.host === host).map(({ kind }) => kind);
		const { needs, foreign } = this.placing;
		const isForeign = foreign.includes(host);
		return { host, kinds: [...new Set(kinds)], needs: needs[host] ?? {}, isForeign };
	}

	/** Makes one host of several places that are free. @returns its name */
	join(hosts: readonly string[]): string {
		const [first] = hosts as [string];
		if (hosts.length > 1)
			this.roster = this.roster.map((entry) =>
				hosts.includes(entry.host) ? { ...entry, host: first } : entry,
			);
		return first;
	}

	/** The host is no more: its actors have the places that were planned for them. */
	free(host: string): void {
		this.roster = this.roster.map((entry, i) =>
			entry.host === host ? (this.planned[i] as RosterEntry) : entry,
		);
	}
}

/** A run's plan in which the roster is as the places are by now. */
export function placedPlan<P extends { readonly roster: readonly RosterEntry[] }>(
	plan: P,
	places: Places,
): P {
	return Object.defineProperty({ ...plan }, 'roster', {
		enumerable: true,
		get: () => places.roster,
	});
}

/** What a worker needs on its command line to have a place like that; empty for any with replicas alone. */
export function workerFlags({ kinds, needs }: Pick<Place, 'kinds' | 'needs'>): string[] {
	const labels = Object.entries(needs).map(([name, value]) => `${name}=${value}`);
	return [
		...(kinds.every((kind) => kind === 'replica') ? [] : ['--kind', ...kinds]),
		...(labels.length === 0 ? [] : ['--labels', labels.join(',')]),
	];
}
