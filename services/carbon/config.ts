import * as z from 'zod';
import { DayProfile, PriceProfile, SeriesPoint } from '../../feeds/grid/grid-values.ts';
import { Followed } from '../../feeds/signal/followed.ts';
import { TraceOptions } from '../../feeds/signal/trace.ts';
import { GridEvent } from '../../protocol/grid-events.ts';
import { IntensityKind, Sampling } from '../../protocol/signals.ts';
import { Drawn } from './drawn.ts';
import { ForecastConfig } from './forecast.ts';

/** SeriesPoint for prices, which may be negative. */
const PricePoint = z.strictObject({ epochMs: z.int(), value: z.number() });

function inOrder<Point extends { readonly epochMs: number }>(point: z.ZodType<Point>) {
	return z
		.array(point)
		.min(1, { error: 'a series has at least one point' })
		.refine(
			(points) => points.every((one, i) => i === 0 || one.epochMs > epochMsOf(points[i - 1])),
			{ error: 'the points of a series come in order of time, each time once' },
		);
}

function epochMsOf(point: { readonly epochMs: number } | undefined): number {
	return point === undefined ? Number.NEGATIVE_INFINITY : point.epochMs;
}

/** When what the last point says is over; none: never. */
const SeriesEnd = z.int().optional();

/** mean: the average over each step, so that energy is booked exactly. start: the value at its start, as in Vessim. */
const Sampled = { sampling: Sampling };

/** A feed that is followed while the run goes on. */
const Following = { followed: Followed };

const Shape = {
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** The instant of simulated time 0. */
	startEpochMs: z.int(),
	/** IANA name, such as America/Los_Angeles: profiles repeat in its wall time. */
	timezone: z.string().min(1),
	/** By what means within a step are weighted; left out: by time alone. */
	drawn: Drawn.optional(),
	/** What is reported of the hours to come; null: nothing, and there is no such port. */
	forecast: ForecastConfig.nullable(),
};

const KnownCarbon = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('constant'),
		kind: IntensityKind,
		valueGPerKwh: z.number().nonnegative({ error: 'an intensity is at least 0 g/kWh' }),
	}),
	z.strictObject({
		type: z.literal('trace'),
		kind: IntensityKind,
		...Sampled,
		...TraceOptions.shape,
	}),
	z.strictObject({
		type: z.literal('profile'),
		kind: IntensityKind,
		...Sampled,
		...DayProfile.shape,
	}),
	z.strictObject({
		type: z.literal('series'),
		kind: IntensityKind,
		...Sampled,
		points: inOrder(SeriesPoint),
		untilMs: SeriesEnd,
	}),
]);
export type KnownCarbon = z.infer<typeof KnownCarbon>;

/** Configuration of an actor of kind 'carbon'. Values are g/kWh. */
export const CarbonConfig = z.strictObject({
	...Shape,
	source: z.discriminatedUnion('type', [
		...KnownCarbon.options,
		z.strictObject({
			type: z.literal('feed'),
			kind: IntensityKind,
			...Sampled,
			...Following,
			/** What holds where it is silent; null: nothing. */
			fallback: KnownCarbon.nullable(),
		}),
	]),
});
export type CarbonConfig = z.infer<typeof CarbonConfig>;
export type CarbonSource = CarbonConfig['source'];

const KnownPrice = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('constant'), valueUsdPerKwh: z.number() }),
	z.strictObject({ type: z.literal('trace'), ...Sampled, ...TraceOptions.shape }),
	z.strictObject({ type: z.literal('profile'), ...Sampled, ...PriceProfile.shape }),
	z.strictObject({
		type: z.literal('series'),
		...Sampled,
		points: inOrder(PricePoint),
		untilMs: SeriesEnd,
	}),
]);
export type KnownPrice = z.infer<typeof KnownPrice>;

/** Configuration of an actor of kind 'price'. Values are USD/kWh. */
export const PriceConfig = z.strictObject({
	...Shape,
	/** Events of the grid that are known before the run; left out: none changes the price that is reported. */
	gridEvents: z.array(GridEvent).optional(),
	/** Of what exports earn, by the price of imports: times this, and so much more; left out: as it is. */
	adjust: z.strictObject({ factor: z.number(), plusUsdPerKwh: z.number() }).optional(),
	source: z.discriminatedUnion('type', [
		...KnownPrice.options,
		z.strictObject({
			type: z.literal('feed'),
			...Sampled,
			...Following,
			/** What holds where it is silent; null: nothing. */
			fallback: KnownPrice.nullable(),
		}),
	]),
});
export type PriceConfig = z.infer<typeof PriceConfig>;
export type PriceSource = PriceConfig['source'];

/** A source that is known before the run begins. */
export type KnownSource = KnownCarbon | KnownPrice;
type FeedSource = Extract<CarbonSource | PriceSource, { type: 'feed' }>;
type Both = CarbonConfig | PriceConfig;
export type KnownConfig = Omit<Both, 'source'> & { readonly source: KnownSource };
export type FollowingConfig = Omit<Both, 'source'> & { readonly source: FeedSource };
