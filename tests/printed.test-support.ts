import * as assert from 'uvu/assert';
import type { OutputName } from '../cli/json-output.ts';
import { outputDocument } from '../cli/output-schemas.ts';

/** What a command printed with `--json`, held to the schema of that document. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows what it reads of it
export function printed(name: OutputName, stdout: string): any {
	const value = JSON.parse(stdout);
	const { error } = outputDocument(name).safeParse(value);
	assert.is(error?.message, undefined);
	return value;
}
