import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { MESSAGES } from '../protocol/messages.ts';
import {
	PROTOCOL_SCHEMAS_COMMAND,
	PROTOCOL_SCHEMAS_FILE,
	protocolSchemas,
} from './protocol-schemas.ts';

interface Node {
	readonly $ref?: string;
	readonly properties?: Readonly<Record<string, Node & { const?: string }>>;
	readonly required?: readonly string[];
	readonly oneOf?: readonly Node[];
}

const schemas = JSON.parse(protocolSchemas()) as Node & { $defs: Readonly<Record<string, Node>> };

test('the JSON Schema of messages is that of the program', () => {
	const file = readFileSync(projectFile(PROTOCOL_SCHEMAS_FILE), 'utf8');
	assert.ok(file === protocolSchemas(), `make it anew: ${PROTOCOL_SCHEMAS_COMMAND}`);
});

test('every message has a definition that names its type, and every reference leads somewhere', () => {
	for (const type of Object.keys(MESSAGES)) {
		const found = schemas.$defs[type];
		for (const one of found?.oneOf ?? [found]) {
			assert.is(one?.properties?.['type']?.const, type);
			assert.ok(one?.required?.includes('type'), type);
		}
	}
	const references = [...JSON.stringify(schemas).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)];
	assert.ok(references.length >= Object.keys(MESSAGES).length);
	for (const [, name = ''] of references) assert.ok(name in schemas.$defs, name);
});

test('binary and infinite numbers are said, not left out', () => {
	const { publicKey } = schemas.$defs['hello']?.properties ?? {};
	assert.equal(publicKey, {
		type: 'string',
		contentEncoding: 'base64',
		description: 'binary of MessagePack',
	});
	const { ports } = schemas.$defs['outputs']?.properties ?? {};
	assert.match(JSON.stringify(ports), '"columns":{"type":"string","contentEncoding":"base64"');
	assert.match(JSON.stringify(schemas.$defs['welcome']), 'may be infinite');
});

test.run();
