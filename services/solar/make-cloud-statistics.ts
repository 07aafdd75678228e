import { writeFileSync } from 'node:fs';
import { loadTrace } from '../../feeds/signal/load.ts';
import { clearMonthsKwhPerM2Day } from '../../feeds/sky/clear-days.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { cloudSeries } from './cloud-samples.ts';
import type { CloudShape } from './cloud-shape.ts';
import type { CloudStatisticsFile } from './cloud-statistics.ts';
import type { SolarConfig } from './config.ts';
import { type FittedClouds, fitClouds, meanShape, withSharedPersistence } from './fit-clouds.ts';
import { CLOUD_STATISTICS_FILE, loadLocations } from './load.ts';
import type { Location } from './location.ts';
import { solarConfigAt } from './location-defaults.ts';

const ANCHOR = '2022-06-08 00:05:00';
/** The months of the series. */
const MEASURED_MONTHS = [5, 6];
/** Between these indexes days lie: all at the ends would have the variance (mean - low) (high - mean). */
const LOW = 0.1;
const HIGH = 1.1;

/** Stands in for the clouds where only the plant of a location is needed. */
const NO_CLOUDS: CloudShape = {
	indexQuantiles: [1, 1],
	dayShare: 0,
	fastHours: 1,
	dayPersistence: 0,
};

/**
 * Makes weather-data/cloud-statistics.json from the Solcast series. Only statistics get into the file.
 * Run as: node .build/x/services/solar/make-cloud-statistics.js ../shared/data/energy/solcast2022_global_actual.csv
 */
export function makeCloudStatistics(seriesPath: string): CloudStatisticsFile {
	const fits = loadLocations().map((location) => ({
		location,
		fit: fitOf(location, seriesPath),
		indexes: monthlyIndexes(location),
	}));
	const common = meanShape(fits.map(({ fit }) => fit.shape));
	const shares = fits.map(({ fit: { measured } }) =>
		spreadShare(measured.dailyIndexMean, measured.dailyIndexStd),
	);
	const commonShare = mean(shares);
	const commonIndex = mean(fits.flatMap(({ indexes }) => indexes));
	const locations = fits.map(({ location, fit, indexes }, i) => {
		// Half of what June says of the place, half of what it says of all: it is one month of twelve.
		const share = Math.sqrt((shares[i] as number) * commonShare);
		const dailyIndexStd = indexes.map((index, month) => {
			if (MEASURED_MONTHS.includes(month)) return fit.measured.dailyIndexStd;
			return location.climate.dailyIndexStd?.[month] ?? spreadAt(index, share);
		});
		const shape = withSharedPersistence(fit.shape, common);
		const { measured, fitted } = fit;
		return [location.name, { shape, dailyIndexStd, measured, fitted }] as const;
	});
	return {
		source:
			'Solcast global sample, PV power as a fraction of peak in ten cities, five-minute means from 2022-06-08 to 2022-07-06, as published in dos-group/vessim (solcast2022_global_actual.csv); third-party terms, so only statistics are here',
		method:
			"index: the clear-sky index at which the location's default plant (services/solar/location-defaults.ts) gives the published power, sun more than 10 degrees up, weighted by clear-sky power; indexQuantiles at probabilities 0.005 (at most 0.1), 0.05, 0.10, ..., 0.95, 0.995, linear between; dayShare and fastHours by grid search on the autocorrelation at 5 min to 4 h and the spread of daily means, dayPersistence half the place's and half the mean of all (services/solar/fit-clouds.ts); dailyIndexStd of June and July as measured, of other months from climate.json or from the month's mean index (services/solar/make-cloud-statistics.ts)",
		error:
			'simulated against published, same four weeks: see weather-data/README.md and services/solar/cloud-statistics.test.ts',
		fallback: {
			shape: common,
			indexMean: round(commonIndex),
			dailyIndexStd: spreadAt(commonIndex, commonShare),
		},
		locations: Object.fromEntries(locations),
	};
}

function fitOf(location: Location, seriesPath: string): FittedClouds {
	const series = loadTrace({
		path: seriesPath,
		column: location.name,
		fill: 'bfill',
		anchor: ANCHOR,
		scale: 1,
	});
	const run = {
		stepUs: 300e6,
		startEpochMs: Date.parse('2022-06-08T00:05:00Z'),
		peakPowerW: 1000,
	};
	const months = new Array(12).fill({ ghiKwhPerM2Day: 1, dailyIndexStd: 0 });
	const plant = solarConfigAt(location, { ...NO_CLOUDS, months }, run);
	return fitClouds(cloudSeries(series, { ...plant, ...juneAir(location) }));
}

/** The series is four weeks long: it is seen through the air of June. */
function juneAir({ climate }: Location): Pick<SolarConfig, 'airTemperature' | 'windMs'> {
	const { airMeanC, airDailyAmplitudeC, windMs } = climate;
	const hundredths = (value: number) => Math.round(100 * value) / 100;
	return {
		airTemperature: {
			meanC: airMeanC[5] as number,
			dailyAmplitudeC: hundredths(mean(airDailyAmplitudeC)),
		},
		windMs: hundredths(mean(windMs)),
	};
}

/** Mean clear-sky index of each month of the climate. */
function monthlyIndexes({ climate, ...site }: Location): number[] {
	const clear = clearMonthsKwhPerM2Day(site);
	return climate.ghiKwhPerM2Day.map((kwh, month) => kwh / (clear[month] as number));
}

/** The variance of days as a part of the most that their mean allows. */
function spreadShare(index: number, deviation: number): number {
	return deviation ** 2 / ((index - LOW) * (HIGH - index));
}

function spreadAt(index: number, share: number): number {
	const within = Math.min(HIGH - 0.05, Math.max(LOW + 0.05, index));
	return round(Math.sqrt(share * (within - LOW) * (HIGH - within)));
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function round(value: number): number {
	return Math.round(value * 1000) / 1000;
}

const [, script, seriesPath] = process.argv;
if (script?.endsWith('make-cloud-statistics.js') && seriesPath !== undefined)
	writeFileSync(
		projectFile(CLOUD_STATISTICS_FILE),
		`${JSON.stringify(makeCloudStatistics(seriesPath), null, '\t')}\n`,
	);
