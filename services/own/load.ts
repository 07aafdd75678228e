import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { moduleHash } from '../../kernel/files/module-hash.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { OwnKind } from './contract.ts';

/** A module of the user's, read. */
export interface LoadedModule {
	readonly path: string;
	readonly sha256: string;
	readonly kind: OwnKind;
}

/** One import of each text: a module that was changed is read again, one that was not is one module. */
const loaded = new Map<string, Promise<LoadedModule>>();

/**
 * Hashes a module without loading it.
 *
 * @throws ConfigError if it cannot be read
 */
export function hashOfModule(path: string): string {
	if (!/\.m?js$/.test(path))
		throw new ConfigError(
			`Cannot use module "${path}": give a file that ends in .js or .mjs; TypeScript has to be compiled first`,
		);
	try {
		return moduleHash(path);
	} catch (error) {
		throw new ConfigError(`Cannot read module "${path}": ${reasonOf(error)}`);
	}
}

/**
 * Loads a module of the user's: its code runs, in this process.
 *
 * @throws ConfigError if it cannot be read, fails while it loads, or exports no kind of actor
 */
export function loadModule(path: string): Promise<LoadedModule> {
	const sha256 = hashOfModule(path);
	const key = `${path}?sha256=${sha256}`;
	const found = loaded.get(key);
	if (found !== undefined) return found;
	const loading = importModule(path, sha256);
	loaded.set(key, loading);
	return loading;
}

async function importModule(path: string, sha256: string): Promise<LoadedModule> {
	let exported: Readonly<Record<string, unknown>>;
	try {
		exported = await import(`${pathToFileURL(path).href}?sha256=${sha256}`);
	} catch (error) {
		throw new ConfigError(`Cannot load module "${path}": ${reasonOf(error)}`, { cause: error });
	}
	const kinds = Object.entries(exported).filter(([, value]) => isKind(value));
	const [first] = kinds;
	if (first === undefined || new Set(kinds.map(([, value]) => value)).size > 1) {
		const names = first === undefined ? Object.keys(exported) : kinds.map(([name]) => name);
		throw new ConfigError(
			`Cannot use module "${path}": it exports ${names.length === 0 ? 'nothing' : names.join(', ')}; ` +
				'export one kind of actor, an object with kind, config and create (docs/own-kind.md)',
		);
	}
	return { path, sha256, kind: first[1] as OwnKind };
}

function isKind(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const { kind, config, create } = value as Partial<OwnKind>;
	return (
		typeof kind === 'string' &&
		kind !== '' &&
		(typeof config === 'function' || (typeof config === 'object' && config !== null)) &&
		typeof create === 'function'
	);
}

/** In one line. */
export function reasonOf(error: unknown): string {
	return plainText(messageOf(error).split('\n')[0] ?? '');
}

/** As messages name a module. */
export function moduleName(path: string): string {
	return basename(path);
}
