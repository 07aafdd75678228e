import * as z from 'zod';
import { ConfigError } from '../protocol/errors.ts';
import { namesText } from '../protocol/names-text.ts';
import { nearestName } from '../protocol/nearest-name.ts';
import { JSON_VERSION } from './json-output.ts';
import { OUTPUTS } from './outputs.ts';

/** All of them in one schema. */
const ALL = 'all';

/** A document whole, with what it says of itself. */
export function outputDocument(name: keyof typeof OUTPUTS): z.ZodType {
	const output: z.ZodObject = OUTPUTS[name];
	return z
		.object({
			schema: z.literal(`gridbeat.${name}`),
			schemaVersion: z.literal(JSON_VERSION),
			...output.shape,
		})
		.strict()
		.describe(output.description ?? '');
}

/**
 * The JSON Schema of what `--json` prints.
 *
 * @param name of a document, such as `run`; `all`: of whatever any command prints
 * @throws ConfigError for a name that is none
 */
export function outputSchema(name: string): object {
	const names = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[];
	const found = names.find((one) => one === name);
	if (found === undefined && name !== ALL) {
		const nearest = nearestName(name, names);
		const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
		throw new ConfigError(
			`Cannot print the schema of output "${name}": ${meant}there are ${namesText([...names, ALL])}`,
		);
	}
	const schema = found === undefined ? z.union(names.map(outputDocument)) : outputDocument(found);
	return {
		title: `Output of Gridbeat: ${name}`,
		...z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }),
	};
}
