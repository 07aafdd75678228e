import * as z from 'zod';

/** What a number of a summary may be: finite, or NaN for a figure that does not exist, which JSON has as null. */
const Figure = z.union([z.number(), z.nan(), z.null().transform(() => Number.NaN)]);

/** Of counts and ratios. */
export const COUNT = '1';

/**
 * A figure of a summary.
 *
 * @param unit as texts have it: `kWh`, `%`, `1` of counts and ratios
 * @param description what it is, without a period
 */
export function figure(unit: string, description: string) {
	return Figure.meta({ unit, description });
}

/** Several figures of one unit under one key. */
export function inUnit<T extends z.ZodType>(schema: T, unit: string, description: string): T {
	return schema.meta({ unit, description });
}

/** Median and tails of what each request has; their unit stands with the key that holds them. */
export const Quantiles = z.strictObject({
	p50: Figure.describe('median'),
	p90: Figure.describe('90th percentile'),
	p99: Figure.describe('99th percentile'),
	mean: Figure.describe('mean'),
});
export type Quantiles = Readonly<z.infer<typeof Quantiles>>;
