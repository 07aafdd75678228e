import { readFileSync } from 'node:fs';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { PowerCurvesFile } from './power-curve.ts';

/** The power curves that ship with the project. */
export function loadPowerCurves(): PowerCurvesFile {
	const path = projectFile('weather-data/power-curves.json');
	try {
		return PowerCurvesFile.parse(JSON.parse(readFileSync(path, 'utf8')), PLAINLY);
	} catch (error) {
		const reason = messageOf(error);
		throw new ConfigError(
			`Cannot read "${path}": ${reason.replaceAll('\n', ' ')}; it is part of the project, restore it`,
			{ cause: error },
		);
	}
}
