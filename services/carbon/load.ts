import { readFileSync } from 'node:fs';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/** The parsed JSON of weather-data/grid-carbon.json, not yet checked. */
export function readGridCarbon(): unknown {
	const path = projectFile('weather-data/grid-carbon.json');
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch (error) {
		throw new ConfigError(
			`Cannot read "${path}": ${messageOf(error)}; it is part of the project, restore it`,
		);
	}
}
