import * as z from 'zod';
import { IN_A_WORD } from '../../protocol/scenario/in-a-word.ts';
import { Scenario } from './scenario.ts';

/** The JSON Schema of scenario files, for editors. */
export function scenarioJsonSchema(): unknown {
	return { title: 'Gridbeat scenario', ...jsonSchema(Scenario) };
}

/** The JSON form of a schema of a file, as people write it. */
export function jsonSchema(schema: z.ZodType): object {
	return z.toJSONSchema(schema, {
		...{ io: 'input', target: 'draft-7' },
		override: ({ zodSchema, jsonSchema: node }) => {
			// zod leaves out defaults above whatever is read from another form.
			if (zodSchema instanceof z.ZodDefault)
				node.default ??= plain(zodSchema.def.defaultValue) as typeof node.default;
			if (!(IN_A_WORD in node)) return;
			delete node[IN_A_WORD];
			const members = (node.oneOf ?? node.anyOf ?? []).filter(({ type }) => type !== 'string');
			delete node.oneOf;
			node.anyOf = [{ type: 'string' }, ...members];
		},
	});
}

/** As a file has it: without what is left out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
