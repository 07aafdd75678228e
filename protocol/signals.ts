import * as z from 'zod';

/** The words for series of values over time that scenarios, feeds and actors share. */

/** What the grid reports, and policies and forecasts follow: carbon intensity, that of one kWh more, and price. */
export const GridSignal = z.enum(['carbon', 'marginal', 'price']);
export type GridSignal = z.infer<typeof GridSignal>;

/**
 * average: emissions of the whole mix per kWh. marginal: of the plants that answer one kWh more or less. They
 * answer different questions and differ by factors, so every source says which it is.
 */
export const IntensityKind = z.enum(['average', 'marginal']);
export type IntensityKind = z.infer<typeof IntensityKind>;

/** What holds once a feed has given nothing for too long: its last value, what holds without it, or the run ends. */
export const WhenStale = z.enum(['hold', 'profile', 'fail']);
export type WhenStale = z.infer<typeof WhenStale>;

/** Emissions of the plants alone, or with all that comes before and after. */
export const EmissionFactors = z.enum(['lifecycle', 'direct']);
export type EmissionFactors = z.infer<typeof EmissionFactors>;

/** mean: the average over each step, so that energy is booked exactly. start: the value at its start, as in Vessim. */
export const Sampling = z.enum(['mean', 'start']);
export type Sampling = z.infer<typeof Sampling>;

/** ffill: a value holds from its time until the next. bfill: from the previous time up to its own. */
export const Fill = z.enum(['ffill', 'bfill']);

/** Which of the first two numbers of a date such as 06/08/2023 is the day. */
export const DateOrder = z.enum(['day-first', 'month-first']);
export type DateOrder = z.infer<typeof DateOrder>;

/** What holds where a series has no data; hold: the last value. */
export const Extension = z.enum(['error', 'hold', 'repeat-day', 'repeat-week', 'repeat-year']);
export type Extension = z.infer<typeof Extension>;

/** What holds for hours that no issued forecast covers. */
export const OtherwiseForecast = z.enum(['persistence', 'none']);
export type OtherwiseForecast = z.infer<typeof OtherwiseForecast>;

/** Which model says how bright a cloudless sky is. */
export const ClearSkyModel = z.enum(['ineichen', 'haurwitz']);
export type ClearSkyModel = z.infer<typeof ClearSkyModel>;

/** Years of weather: each a typical one, or good and bad ones. */
export const SkyYears = z.enum(['typical', 'drawn']);
export type SkyYears = z.infer<typeof SkyYears>;

/**
 * What the values of a live feed are. Average, marginal and index are never put in each other's place: an index is a percentile or
 * a share, which orders hours and weighs nothing.
 */
export const FeedQuantity = z.enum([
	'carbon',
	'marginal-carbon',
	'carbon-index',
	'price',
	'irradiance',
	'temperature',
	'wind-speed',
	'power',
	'rate',
	'plain',
]);
export type FeedQuantity = z.infer<typeof FeedQuantity>;

/**
 * Where a feed's values lie in simulated time. own: at their own times, in a run whose time is that of clocks. arrival: the
 * value of now holds from when it came, in a run that is elsewhere or goes at another speed.
 */
export const LiveTimes = z.enum(['own', 'arrival']);
export type LiveTimes = z.infer<typeof LiveTimes>;
