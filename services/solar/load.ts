import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { type City, parseCities } from './cities.ts';
import { type ClimateEntry, ClimateFile } from './climate.ts';
import { CloudStatisticsFile } from './cloud-statistics.ts';
import { LinkeTurbidityFile } from './linke-turbidity.ts';
import { type Location, LocationsFile, locationOf } from './location.ts';

const LOCATIONS_FILE = 'weather-data/locations.json';
const CLIMATE_FILE = 'weather-data/climate.json';
const CITIES_FILE = 'weather-data/cities.tsv';
const LINKE_TURBIDITY_FILE = 'weather-data/linke-turbidity.json';
export const CLOUD_STATISTICS_FILE = 'weather-data/cloud-statistics.json';

/** The locations that ship with the project. */
export function loadLocations(): readonly Location[] {
	const climates = new Map(loadClimates().map((entry) => [entry.name, entry]));
	return loadJson(LOCATIONS_FILE, LocationsFile).locations.map((entry) => {
		const climate = climates.get(entry.name);
		if (climate === undefined)
			throw new ConfigError(
				`Cannot read "${projectFile(CLIMATE_FILE)}": it has no entry "${entry.name}"; add one`,
			);
		const { ghiKwhPerM2Day, dailyIndexStd, airMeanC, airDailyAmplitudeC, windMs } = climate;
		return locationOf(entry, 'own', {
			ghiKwhPerM2Day,
			dailyIndexStd,
			airMeanC,
			airDailyAmplitudeC,
			windMs,
		});
	});
}

/** The cities of the world that ship with the project; none of the ten above is needed to read them. */
export function loadCities(): readonly City[] {
	return parseCities(readProjectFile(CITIES_FILE));
}

/** The monthly climate of the locations, with its sources. */
export function loadClimates(): readonly ClimateEntry[] {
	return loadJson(CLIMATE_FILE, ClimateFile).locations;
}

/** The cloud statistics that ship with the project. */
export function loadCloudStatistics(): CloudStatisticsFile {
	return loadJson(CLOUD_STATISTICS_FILE, CloudStatisticsFile);
}

/** The map of Linke turbidity that ships with the project. */
export function loadLinkeTurbidity(): LinkeTurbidityFile {
	return loadJson(LINKE_TURBIDITY_FILE, LinkeTurbidityFile);
}

function loadJson<T>(relativePath: string, schema: z.ZodType<T>): T {
	const text = readProjectFile(relativePath);
	try {
		return schema.parse(JSON.parse(text), PLAINLY);
	} catch (error) {
		throw unreadable(relativePath, error);
	}
}

function readProjectFile(relativePath: string): string {
	try {
		return readFileSync(projectFile(relativePath), 'utf8');
	} catch (error) {
		throw unreadable(relativePath, error);
	}
}

function unreadable(relativePath: string, error: unknown): ConfigError {
	const reason = messageOf(error).replaceAll('\n', ' ');
	return new ConfigError(`Cannot read "${projectFile(relativePath)}": ${reason}`, {
		cause: error,
	});
}
