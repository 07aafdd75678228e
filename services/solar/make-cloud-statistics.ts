import { writeFileSync } from 'node:fs';
import { projectFile } from '../host/project-file.ts';
import { loadTrace } from '../signal/load.ts';
import type { CloudParameters } from './cloud-process.ts';
import { cloudSeries } from './cloud-samples.ts';
import type { CloudStatisticsFile } from './cloud-statistics.ts';
import { fitClouds, meanParameters } from './fit-clouds.ts';
import { CLOUD_STATISTICS_FILE, loadLocations } from './load.ts';
import { solarConfigAt } from './location-defaults.ts';

const ANCHOR = '2022-06-08 00:05:00';

/**
 * Makes weather-data/cloud-statistics.json from the Solcast series. Only statistics get into the file.
 * Run as: node .build/x/services/solar/make-cloud-statistics.js ../shared/data/energy/solcast2022_global_actual.csv
 */
export function makeCloudStatistics(seriesPath: string): CloudStatisticsFile {
	const unused: CloudParameters = {
		indexQuantiles: [1, 1],
		slowShare: 0,
		slowHours: 1,
		fastHours: 1,
	};
	const locations = loadLocations().map((location) => {
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
		const plant = solarConfigAt(location, unused, run);
		return [location.name, fitClouds(cloudSeries(series, plant))] as const;
	});
	return {
		source:
			'Solcast global sample, PV power as a fraction of peak in ten cities, five-minute means from 2022-06-08 to 2022-07-06, as published in dos-group/vessim (solcast2022_global_actual.csv); third-party terms, so only statistics are here',
		method:
			"index: the clear-sky index at which the location's default plant (services/solar/location-defaults.ts) gives the published power, sun more than 10 degrees up, weighted by clear-sky power; indexQuantiles at probabilities 0.005, 0.05, 0.10, ..., 0.95, 0.995, linear between; slowShare, slowHours and fastHours by grid search on the autocorrelation at 5 min to 4 h, the spread of daily means and their autocorrelation (services/solar/fit-clouds.ts)",
		error:
			'simulated against published, same four weeks: see weather-data/README.md and services/solar/cloud-statistics.test.ts',
		fallback: meanParameters(locations.map(([, statistics]) => statistics.parameters)),
		locations: Object.fromEntries(locations),
	};
}

const [, script, seriesPath] = process.argv;
if (script?.endsWith('make-cloud-statistics.js') && seriesPath !== undefined)
	writeFileSync(
		projectFile(CLOUD_STATISTICS_FILE),
		`${JSON.stringify(makeCloudStatistics(seriesPath), null, '\t')}\n`,
	);
