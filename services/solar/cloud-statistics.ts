import * as z from 'zod';
import { CloudMonth } from './cloud-process.ts';
import { CloudShape } from './cloud-shape.ts';

const Measured = z.strictObject({
	/** Full local days in the series. */
	days: z.int().positive(),
	/** Five-minute samples with a sun high enough to distinguish clouds from it. */
	samples: z.int().positive(),
	/** Of the clear-sky index, each sample weighted by its clear-sky power. */
	indexMean: z.number(),
	indexStd: z.number(),
	/** Autocorrelation of the index from one sample to the next (5 minutes). */
	lag1Autocorrelation: z.number(),
	/** Energy of full local days per kW of peak power. */
	dailyMeanKwhPerKw: z.number(),
	dailyStdKwhPerKw: z.number(),
	/** Of the daily index (weighted mean index of a local day). */
	dailyIndexMean: z.number(),
	dailyIndexStd: z.number(),
	dailyLag1Autocorrelation: z.number(),
});

/** The statistics of one place, and the parameters fitted to them. */
export const CloudStatistics = z.strictObject({
	shape: CloudShape,
	/** Spread of the days of each month, January first. */
	dailyIndexStd: z.array(CloudMonth.shape.dailyIndexStd).length(12),
	measured: Measured,
	/** What the fitted process has in their place. */
	fitted: Measured.pick({ lag1Autocorrelation: true, dailyIndexStd: true }),
});
export type CloudStatistics = z.infer<typeof CloudStatistics>;

/** The file weather-data/cloud-statistics.json. */
export const CloudStatisticsFile = z.strictObject({
	source: z.string(),
	method: z.string(),
	error: z.string(),
	/** For places without statistics of their own: the mean of all. */
	fallback: z.strictObject({
		shape: CloudShape,
		/** Mean clear-sky index and spread of its days. */
		indexMean: z.number(),
		dailyIndexStd: CloudMonth.shape.dailyIndexStd,
	}),
	locations: z.record(z.string(), CloudStatistics),
});
export type CloudStatisticsFile = z.infer<typeof CloudStatisticsFile>;
