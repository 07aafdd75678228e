import * as z from 'zod';
import { Duration } from './duration.ts';
import { Fraction } from './parts.ts';

/** Whose definitions the figures follow. */
export const Definitions = z.enum(['gridbeat', 'vidur-energy']);
export type Definitions = z.infer<typeof Definitions>;

/** What counts as low and as high carbon intensity in the report. */
export const Thresholds = z
	.strictObject({
		lowGPerKwh: z.number().nonnegative().default(100).describe('Low below this'),
		highGPerKwh: z.number().nonnegative().default(200).describe('High above this'),
	})
	.refine((value) => value.lowGPerKwh <= value.highGPerKwh, { error: 'low must not exceed high' });

/** The `accounting` section of a scenario: what the report counts beside energy and imports. It changes no run. */
export const Accounting = z.strictObject({
	definitions: Definitions.default('gridbeat').describe(
		'vidur-energy: its figures too, oddities kept (docs/vidur-energy-differences.md)',
	),
	openingGPerKwh: z
		.number()
		.nonnegative()
		.default(0)
		.describe('Carbon intensity of what the batteries hold at the start'),
	embodied: z
		.boolean()
		.default(true)
		.describe('Scope 3: the share of making the GPUs that falls to the run'),
	exportUsdPerKwh: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe('Paid for exports, USD/kWh; null: nothing'),
	demandUsdPerKw: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe('Demand charge per kW of the highest import of a local month, USD; null: none'),
	demandInterval: Duration.default('15min').describe('Imports are averaged over this for it'),
	demandRatchet: z
		.strictObject({
			share: Fraction.describe('Of the highest import of the months before'),
			months: z
				.int()
				.min(1)
				.max(120)
				.default(11)
				.describe('How many of them, as far as the run goes back'),
		})
		.nullable()
		.default(null)
		.describe('A month’s demand charge is of at least this; null: of its own highest import'),
	fixedUsdPerMonth: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe('Fixed charge of a local month, USD, of its part that the run covers; null: none'),
	tiers: z
		.array(
			z.strictObject({
				aboveKwh: z.number().nonnegative().describe('Of imports in a local month, kWh'),
				plusUsdPerKwh: z
					.number()
					.describe('What each kWh above it costs beside the price, USD/kWh'),
			}),
		)
		.default([])
		.describe('Steps of the price by what was imported in the month; each adds to those before')
		.refine(
			(tiers) =>
				tiers.every(({ aboveKwh }, i) => i === 0 || aboveKwh > (tiers[i - 1]?.aboveKwh ?? 0)),
			{
				error: 'must rise from tier to tier',
			},
		),
	gpuUsdPerHour: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe('Price of holding a GPU for an hour, USD; null: not counted'),
});
