import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { projectFile } from '../host/project-file.ts';
import { CloudStatisticsFile } from './cloud-statistics.ts';
import { type Location, LocationsFile } from './location.ts';

const LOCATIONS_FILE = 'weather-data/locations.json';
export const CLOUD_STATISTICS_FILE = 'weather-data/cloud-statistics.json';

/** The locations that ship with the project. */
export function loadLocations(): readonly Location[] {
	return loadJson(LOCATIONS_FILE, LocationsFile).locations;
}

/** The cloud statistics that ship with the project. */
export function loadCloudStatistics(): CloudStatisticsFile {
	return loadJson(CLOUD_STATISTICS_FILE, CloudStatisticsFile);
}

function loadJson<T>(relativePath: string, schema: z.ZodType<T>): T {
	const path = projectFile(relativePath);
	try {
		return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
	} catch (error) {
		const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
		throw new ConfigError(`Cannot read "${path}": ${reason.replaceAll('\n', ' ')}`, {
			cause: error,
		});
	}
}
