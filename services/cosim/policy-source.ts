import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/** A policy module as it runs. */
export interface PolicySource {
	readonly code: string;
	/** Of the file as it is, so that a run says which version of it was used. */
	readonly sha256: string;
}

/** Takes types out and leaves lines where they are. Node has it from 22.13 on; types of Node 20 do not know it. */
type StripTypes = (code: string) => string;
const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: StripTypes };

/**
 * Reads a policy module; of TypeScript the types are taken out.
 *
 * @throws ConfigError if the file cannot be read, is no module, or has types that this runtime cannot take out
 */
export function policySource(path: string): PolicySource {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
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

function withoutTypes(path: string, text: string): string {
	const strip = stripTypeScriptTypes ?? findSucrase();
	if (strip === null)
		throw new ConfigError(
			`Cannot use policy "${path}": TypeScript needs Node 22.13 or later here, this is ${process.versions.node}; ` +
				'write it as .js, with types in JSDoc comments',
		);
	try {
		return withoutWarning(() => strip(text));
	} catch (error) {
		throw new ConfigError(`Cannot use policy "${path}": ${messageOf(error).split('\n')[0]}`);
	}
}

/** sucrase does the same on Node 20, where it is installed. */
function findSucrase(): StripTypes | null {
	try {
		const { transform } = nodeModule.createRequire(import.meta.url)('sucrase') as {
			transform(code: string, options: object): { code: string };
		};
		return (code) =>
			transform(code, { transforms: ['typescript'], disableESTransforms: true }).code;
	} catch {
		return null;
	}
}

/** Node calls its own function experimental, once, on standard error. */
function withoutWarning<T>(work: () => T): T {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	try {
		return work();
	} finally {
		process.emitWarning = emitWarning;
	}
}
