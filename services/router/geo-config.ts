import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { GeoPolicy, GeoWeights } from '../../protocol/scenario/geo.ts';
import { given } from '../../protocol/scenario/given.ts';

const keys = given(GeoPolicy.shape);

/** Which site a request goes to. Names are those of actors that the router hears of. */
export const SiteChoice = z.strictObject({
	policy: keys.policy,
	/** Of the way there and back; null: no limit. */
	latencyBudgetUs: z.number().positive().nullable(),
	maxOutstandingPerReplica: keys.maxOutstandingPerReplica,
	/** In the unit of the policy: g/kWh, USD/kWh, ms. */
	hysteresis: keys.hysteresis,
	weights: z.strictObject(given(GeoWeights.shape)),
});
export type SiteChoice = z.infer<typeof SiteChoice>;

/** Several sites, and the origins of requests. */
export const GeoConfig = z.strictObject({
	origins: z.array(z.strictObject({ name: Name, share: z.number().positive() })).min(1),
	/** Each replica of the router belongs to one. */
	sites: z
		.array(
			z.strictObject({
				name: Name,
				replicas: z.array(Name),
				/** Who reports its carbon intensity, its price and its supply; null: nobody. */
				carbon: Name.nullable(),
				price: Name.nullable(),
				controller: Name.nullable(),
			}),
		)
		.min(1),
	/** One way, by origin and site. */
	latencyUs: z.array(z.array(z.int().nonnegative())),
	/** null: the router's policy chooses among the replicas of all sites. */
	choice: SiteChoice.nullable(),
});
export type GeoConfig = z.infer<typeof GeoConfig>;
