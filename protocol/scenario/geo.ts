import * as z from 'zod';
import { Name } from '../readings.ts';
import { Latitude, Longitude } from './location.ts';

/** The keys of `requests` that say where requests come from and to which site they go. */

const Place = z.union([
	z.string().min(1),
	z.strictObject({
		latitude: Latitude,
		longitude: Longitude,
	}),
]);

const Origin = z.strictObject({
	name: Name.describe('In the column `origin` of request_metrics.csv'),
	location: Place.describe('A city by name, or coordinates'),
	share: z.number().positive().default(1).describe('Part of the requests, relative to the others'),
	latencyMs: z
		.record(Name, z.number().nonnegative())
		.default({})
		.describe('One-way network latency by name of the site; where none is given, by distance'),
});

/** How network latency follows from distance. */
const Network = z.strictObject({
	pathFactor: z
		.number()
		.min(1)
		.default(2.1)
		.describe('Latency over that of light in a straight fibre'),
	overheadMs: z.number().nonnegative().default(0.5).describe('Added at each end of the way'),
});

/** What each unit counts in the policy weighted. */
export const GeoWeights = z.strictObject({
	carbon: z.number().nonnegative().default(1).describe('Of 1 g/kWh'),
	price: z.number().nonnegative().default(0).describe('Of 1 USD/kWh'),
	latency: z.number().nonnegative().default(1).describe('Of 1 ms, as `fastest` expects it'),
});

/** How the router chooses a site. */
export const GeoPolicy = z.strictObject({
	policy: z
		.enum(['nearest', 'greenest', 'cheapest', 'fastest', 'weighted'])
		.describe('What the site that is chosen has least of (docs/sites.md)'),
	latencyBudgetMs: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('Sites farther than this, there and back, are not chosen; null: no limit'),
	maxOutstandingPerReplica: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('At this many the next best site is taken; null: no limit'),
	hysteresis: z
		.number()
		.nonnegative()
		.default(0)
		.describe('What another site must be better by, in g/kWh, USD/kWh, ms or as weighted'),
	weights: GeoWeights.prefault({}).describe('For policy weighted'),
});

export const GeoKeys = {
	origins: z
		.array(Origin)
		.default([])
		.describe('Where requests come from, for runs with `sites`; []: from the first site'),
	network: Network.prefault({}).describe('Latency between origins and sites'),
	geo: GeoPolicy.nullable()
		.default(null)
		.describe('How a site is chosen; null: `policy` chooses among the replicas of all sites'),
};
