import type * as z from 'zod';
import type { OUTPUTS } from './outputs.ts';

/** Of all documents: raised when a key goes or means something else, not when one comes. */
export const JSON_VERSION = 1;

/** What a document is: `gridbeat.run`, `gridbeat.error`, … */
export type OutputName = keyof typeof OUTPUTS;

/** A value of a schema whose lists may be somebody's own, and with other keys where it may have any. */
type Given<T> = T extends readonly (infer Item)[]
	? readonly Given<Item>[]
	: T extends object
		? { readonly [Key in keyof T as string extends Key ? never : Key]: Given<T[Key]> }
		: T;

/** What a command may print as the document of a name. */
export type Printed<Name extends OutputName> = Given<z.input<(typeof OUTPUTS)[Name]>>;

/** A document as every `--json` prints it: what it is, in which version, and its keys. */
export function jsonText<Name extends OutputName>(name: Name, value: Printed<Name>): string {
	const head = { schema: `gridbeat.${name}`, schemaVersion: JSON_VERSION };
	return `${JSON.stringify({ ...head, ...value }, null, '\t')}\n`;
}

/** Prints a document to standard output. */
export function printJson<Name extends OutputName>(name: Name, value: Printed<Name>): void {
	process.stdout.write(jsonText(name, value));
}
