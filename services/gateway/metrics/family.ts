import type { MonitoredReplica, MonitoredSite } from '../monitor/config.ts';
import type { Histogram } from '../monitor/histogram.ts';
import { boundsOf, type RequestHistogramName } from '../monitor/request-figures.ts';
import type { ReplicaState, SiteState } from '../monitor/state.ts';
import type { Monitored } from '../monitor/view.ts';

/** Metrics as Prometheus knows them, before they are text: a family has a name, a type, a help, and a sample for each set of labels. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
	readonly labels: Labels;
	readonly value: number;
}

export interface HistogramSample {
	readonly labels: Labels;
	/** Upper bounds of the buckets but for the last. */
	readonly bounds: readonly number[];
	readonly histogram: Histogram;
}

interface Described {
	readonly name: string;
	readonly help: string;
}

export type Family =
	| (Described & { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample[] })
	| (Described & { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] });

/** A run as metrics see it, and what it is called. */
export interface MeteredRun {
	/** Its id. */
	readonly run: string;
	readonly monitored: Monitored;
}

/** A replica with all that is known of it. */
export interface Metered {
	readonly run: string;
	readonly site: MonitoredSite;
	readonly replica: MonitoredReplica;
	readonly state: ReplicaState;
	/** Its place among the replicas of the run. */
	readonly place: number;
}

/** All replicas of some runs. */
export function replicasOf(runs: readonly MeteredRun[]): Metered[] {
	return runs.flatMap(({ run, monitored }) =>
		sitesOf({ run, monitored })
			.flatMap(({ site, state }) =>
				site.replicas.map((replica, r) => ({
					...{ run, site, replica },
					state: state.replicas[r] as ReplicaState,
				})),
			)
			.map((one, place) => ({ ...one, place })),
	);
}

/** The sites of a run. */
export function sitesOf({ run, monitored }: MeteredRun): {
	readonly run: string;
	readonly site: MonitoredSite;
	readonly state: SiteState;
}[] {
	const { config, state } = monitored;
	return config.sites.map((site, s) => ({ run, site, state: state.sites[s] as SiteState }));
}

/** Value of a field of the last row of usage; NaN: there is none. */
export function usageOf({ site, state }: Metered, field: string): number {
	return state.usage[site.usage.findIndex(({ name }) => name === field)] ?? Number.NaN;
}

/** A sample of each replica; one that is no number is left out. */
export function perReplica(
	replicas: readonly Metered[],
	labels: (one: Metered) => Labels,
	value: (one: Metered) => number,
): Sample[] {
	return known(replicas.map((one) => ({ labels: labels(one), value: value(one) })));
}

/** Samples that are numbers. */
export function known(samples: readonly Sample[]): Sample[] {
	return samples.filter(({ value }) => Number.isFinite(value));
}

/** A histogram of completed requests of each replica. */
export function perReplicaHistogram(
	replicas: readonly Metered[],
	labels: (one: Metered) => Labels,
	name: RequestHistogramName,
): HistogramSample[] {
	return replicas.map((one) => ({
		labels: labels(one),
		bounds: boundsOf(name, one.replica),
		histogram: one.state.histograms[name],
	}));
}
