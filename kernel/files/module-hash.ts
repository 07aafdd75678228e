import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sha256 } from './canonical.ts';
import { readInputText } from './input-file.ts';

/** What may follow `from`, `import` and `import(`: a file beside the module. One named in a comment counts too. */
const RELATIVE = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

/**
 * The content hash of a module of the user's: of its text and of the files that it imports by a relative path, and they
 * import. Packages count by their names only, as the text has them.
 *
 * @throws Error that says why the module cannot be read
 */
export function moduleHash(path: string): string {
	const texts = new Map<string, string>();
	const read = (file: string): void => {
		const text = readInputText(file);
		texts.set(file, text);
		for (const [, specifier] of text.matchAll(RELATIVE)) {
			const next = resolve(dirname(file), String(specifier));
			if (!texts.has(next) && statSync(next, { throwIfNoEntry: false })?.isFile()) read(next);
		}
	};
	read(resolve(path));
	// In the order in which they are met, which follows from the texts alone: a folder that was moved is the same module.
	return sha256([...texts.values()].map((text) => `${sha256(text)}\n`).join(''));
}
