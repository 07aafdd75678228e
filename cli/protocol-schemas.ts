import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { projectFile } from '../kernel/files/project-file.ts';
import { ExternalConfig } from '../protocol/external-config.ts';
import { MESSAGES, PROTOCOL_VERSION } from '../protocol/messages.ts';

/** The file made by `protocolSchemas`, and how to make it. */
export const PROTOCOL_SCHEMAS_FILE = 'protocol/messages.schema.json';
export const PROTOCOL_SCHEMAS_COMMAND = 'node dist/cli/protocol-schemas.js --write';

/** The configuration of an actor whose process is elsewhere: no message, but in a welcome. */
const EXTERNAL_CONFIG = 'external-config';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** MessagePack has what JSON has not. */
const BINARY: JsonSchema = {
	type: 'string',
	contentEncoding: 'base64',
	description: 'binary of MessagePack',
};
const NUMBER: JsonSchema = { type: 'number', description: 'may be infinite' };

/**
 * JSON Schema of every message, made of the schemas that programs of Gridbeat check them by: a definition for each type.
 * What is binary stands as a text in base64, as JSON would have it.
 */
export function protocolSchemas(): string {
	const all = z.strictObject({ ...MESSAGES, [EXTERNAL_CONFIG]: ExternalConfig });
	const { properties = {}, $defs: shared = {} } = z.toJSONSchema(all, {
		io: 'input',
		unrepresentable: 'any',
		override: ({ zodSchema, jsonSchema }) => {
			const { def } = zodSchema._zod;
			const other =
				def.type === 'custom'
					? BINARY
					: def.type === 'literal' && def.values.includes(Number.POSITIVE_INFINITY)
						? NUMBER
						: null;
			if (other === null) return;
			for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
			Object.assign(jsonSchema, other);
		},
	});
	const schema = {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		$comment: `Made by ${PROTOCOL_SCHEMAS_COMMAND}, after make dist. Do not edit by hand.`,
		title: `Messages of Gridbeat, version ${PROTOCOL_VERSION} of the protocol`,
		oneOf: Object.keys(MESSAGES).map((type) => ({ $ref: `#/$defs/${type}` })),
		$defs: { ...properties, ...shared },
	};
	return `${JSON.stringify(schema, null, '\t')}\n`;
}

if (process.argv[1]?.endsWith('protocol-schemas.js') && process.argv[2] === '--write') {
	writeFileSync(projectFile(PROTOCOL_SCHEMAS_FILE), protocolSchemas());
}
