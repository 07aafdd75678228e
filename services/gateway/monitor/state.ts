import type { SimTime } from '../../../protocol/time.ts';
import type { MonitorConfig, MonitoredReplica, MonitoredSite } from './config.ts';
import { noRequests, type RecentRequests } from './recent-requests.ts';
import { emptyHistograms, type RequestHistograms } from './request-figures.ts';

/** What a monitor remembers: the last row of everybody, and what has added up since the start of the run. */
export interface MonitorState {
	/** How far the run is. */
	untilUs: SimTime;
	/** In the order of the configuration. */
	readonly sites: SiteState[];
}

/** A microgrid. Its size does not change, however long the run is. */
export interface SiteState {
	/** Start of the step of the last row; -1: there was none. */
	rowUs: SimTime;
	/** The last row of the books, in the order of its fields; NaN before the first. */
	readonly books: Float64Array;
	/** Rows of the books. */
	steps: number;
	readonly sums: SiteSums;
	readonly replicas: ReplicaState[];
}

/** Sums of a site since the start of the run; energies in joules, each at least 0. */
export interface SiteSums {
	importJ: number;
	exportJ: number;
	curtailedJ: number;
	unservedJ: number;
	/** Of imports, at the intensity of each step. */
	emissionsG: number;
	/** The same at the marginal intensity. */
	marginalG: number;
	/** Of imports, at the price of each step. */
	costUsd: number;
	/** By member, battery and generator, in the order of the configuration. */
	readonly producedJ: Float64Array;
	readonly consumedJ: Float64Array;
	readonly chargedJ: Float64Array;
	readonly dischargedJ: Float64Array;
	readonly generatedJ: Float64Array;
}

export interface ReplicaState {
	/** Start of the step of the last row; -1: there was none. */
	rowUs: SimTime;
	/** The last row of its usage, in the order of its fields; NaN before the first. */
	readonly usage: Float64Array;
	readonly sums: ReplicaSums;
	readonly histograms: RequestHistograms;
	readonly recent: RecentRequests;
	/** Requests by number that have tokens and are not completed; empty where tokens are not told of as they come. */
	readonly underWay: Record<string, UnderWay>;
}

/** A request that has got some of its answer. */
export interface UnderWay {
	tokens: number;
	/** When the last of them came. */
	lastUs: SimTime;
}

/** Sums of a replica since the start of the run. */
export interface ReplicaSums {
	/** Of the replica with its part of servers and facility. */
	energyJ: number;
	/** Of all its GPUs, without what the facility adds. */
	gpuEnergyJ: number;
	batches: number;
	completed: number;
	/** Of requests whose prompt is computed. */
	promptTokens: number;
	/** Of completed requests; where tokens are told of as they come, all of them. */
	outputTokens: number;
	/** Prompt tokens of theirs that were found in a prefix cache. */
	cachedTokens: number;
	/** How often a request was evicted and began again. */
	preemptions: number;
}

/** Before anything has happened. */
export function firstState({ sites }: MonitorConfig): MonitorState {
	return { untilUs: 0, sites: sites.map(firstSite) };
}

function firstSite(site: MonitoredSite): SiteState {
	const { members, batteries, generators, books, usage, replicas } = site;
	return {
		rowUs: -1,
		books: new Float64Array(books.length).fill(Number.NaN),
		steps: 0,
		sums: {
			...{ importJ: 0, exportJ: 0, curtailedJ: 0, unservedJ: 0 },
			...{ emissionsG: 0, marginalG: 0, costUsd: 0 },
			producedJ: new Float64Array(members.length),
			consumedJ: new Float64Array(members.length),
			chargedJ: new Float64Array(batteries.length),
			dischargedJ: new Float64Array(batteries.length),
			generatedJ: new Float64Array(generators.length),
		},
		replicas: replicas.map((replica) => firstReplica(replica, usage.length)),
	};
}

function firstReplica(replica: MonitoredReplica, fields: number): ReplicaState {
	return {
		rowUs: -1,
		usage: new Float64Array(fields).fill(Number.NaN),
		sums: {
			...{ energyJ: 0, gpuEnergyJ: 0, batches: 0, completed: 0 },
			...{ promptTokens: 0, outputTokens: 0, cachedTokens: 0, preemptions: 0 },
		},
		histograms: emptyHistograms(replica),
		recent: noRequests(),
		underWay: {},
	};
}
