import { isTest } from './import-laws.ts';
import type { TextFile } from './tidy.ts';

/** What begins a line and is for other files: a class, a function, or a constant that is one. */
const EXPORTED =
	/(?<!\*\/\n)^export (?:(?:async )?function\*?|(?:abstract )?class|const(?= \w+(?:: [^=\n]+)? = (?:async )?(?:\w+ =>|\([^;\n]*=>))) (\w+)/gm;

/** Whoever calls a function of another file reads its docstring: what it means, its units, its errors. Overloads share one. */
export function withoutDocstring(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => path.endsWith('.ts') && !isTest(path))
		.flatMap(({ path, text }) =>
			Array.from(text.matchAll(EXPORTED))
				.filter(
					({ 1: name, index }) => !text.slice(0, index).includes(`\nexport function ${name}(`),
				)
				.map(({ 1: name, index }) => {
					const line = text.slice(0, index).split('\n').length;
					return `${path}:${line}: ${name} without a docstring is banned, use one that says meaning, units and errors`;
				}),
		);
}
