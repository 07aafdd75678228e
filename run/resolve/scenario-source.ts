import { dirname, resolve } from 'node:path';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Raw } from './file-problems.ts';
import type { ScenarioInput } from './scenario.ts';
import { type RawFile, readYaml, scenarioOf, yamlOf } from './scenario-file.ts';

/** The path of a scenario file, the YAML text of one, or an object with its keys. */
export type ScenarioSource = string | ScenarioInput;

/** Text has a line break or a key; a path has neither. */
const YAML_TEXT = /\n|:(\s|$)/;

/**
 * Reads a scenario from wherever it is. `relativeTo` is the folder to which files named in a text or an object are
 * relative; those of a file are relative to it.
 *
 * @throws ConfigError naming file, line, key, value and what would do
 */
export function scenarioFrom(source: ScenarioSource, relativeTo = '.'): Scenario {
	return scenarioOf(rawOf(source, relativeTo), new Map());
}

/** How a text is named in complaints. */
const TEXT = 'the text';

function rawOf(source: ScenarioSource, relativeTo: string): RawFile {
	const folder = resolve(relativeTo);
	if (typeof source !== 'string')
		return { raw: copyOf(source), folder, file: null, lineOf: () => null };
	if (YAML_TEXT.test(source)) return { ...yamlOf(source, TEXT), folder, file: TEXT };
	return { ...readYaml(source), folder: dirname(resolve(source)), file: source };
}

/** Reading changes what is read: what was given stays as it is. */
function copyOf(source: ScenarioInput): Raw {
	if (typeof source !== 'object' || source === null || Array.isArray(source))
		throw new ConfigError(
			`Cannot use ${quoted(String(source))} as a scenario: give a path, YAML text or an object`,
		);
	try {
		return structuredClone(source) as Raw;
	} catch (error) {
		throw new ConfigError(`Cannot use an object as a scenario: ${messageOf(error)}`);
	}
}
