import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Sucrase from 'sucrase';
import { readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/** A policy module as it runs. */
export interface PolicySource {
	readonly code: string;
	/** Of the file as it is, so that a run says which version of it was used. */
	readonly sha256: string;
}

/**
 * Reads a policy module; of TypeScript the types are taken out.
 *
 * @throws ConfigError if the file cannot be read, is no module, or is no TypeScript
 */
export function policySource(path: string): PolicySource {
	let text: string;
	try {
		text = readInputText(path);
	} catch (error) {
		throw new ConfigError(`Cannot read policy "${path}": ${messageOf(error)}`);
	}
	const sha256 = createHash('sha256').update(text).digest('hex');
	if (/\.m?js$/.test(path)) return { code: text, sha256 };
	if (!/\.m?ts$/.test(path))
		throw new ConfigError(
			`Cannot use policy "${path}": give a module that ends in .js, .mjs or .ts`,
		);
	return { code: withoutTypes(path, text), sha256 };
}

/** By a package also where Node could do it, so that every version of Node runs the same text. Lines stay. */
function withoutTypes(path: string, text: string): string {
	// Its sixty files are a seventh of what a run reads to start: not without a policy in TypeScript.
	const { transform } = createRequire(import.meta.url)('sucrase') as typeof Sucrase;
	try {
		return transform(text, { transforms: ['typescript'], disableESTransforms: true }).code;
	} catch (error) {
		throw new ConfigError(`Cannot use policy "${path}": ${messageOf(error).split('\n')[0]}`);
	}
}
