import { dirname, join } from 'node:path/posix';
import { isTest } from './import-laws.ts';
import type { TextFile } from './tidy.ts';

/**
 * What a module remembers beside its callers is shared by all runs of a process, is in no snapshot of an actor, and dies with
 * its thread. So a name at module level holds a value that nobody changes, or stands in MODULE_STATE of laws.ts with a reason.
 *
 * Statements of a module begin in the first column (the formatter sees to that): what is indented belongs to a function.
 */

/** `let` and `var`, alone or taken apart. */
const VARIABLE = /^(?:export )?(?:let|var) (?:([\w$]+)|[[{]([^\]}]*)[\]}])/gm;

/** A constant, its type where it has one, and the beginning of its value. */
const CONSTANT = /^(?:export )?const ([\w$]+)(?:: ([^=]+?(?: => [^=]+?)?))?\s*= *\n?\s*(.*)/gm;

/** A value that can be changed in place: a list or table that is begun empty, or an object of a class. */
const CHANGEABLE = /^(?:await )?(?:new (?!RegExp\b|URL\b|Error\b)|\[\]|\{\})/;

/** A type through which nothing can be changed. */
const READ_ONLY = /^(?:readonly |Readonly|z\.|Intl\.|RegExp\b)/;

/** Ways of changing what a name holds. */
function changes(name: string): RegExp {
	const its = `${name.replaceAll('$', '\\$')}\\b`;
	// Not of another object, not in a text, and not a type, whose members are written the same.
	const alone = `(?<![\\w$.'"\`]|: |readonly )${its}`;
	const member = '(?:\\.[\\w$]+|\\[[^\\]\\n]+\\])';
	const assigned = '(?:=(?![=>])|[-+*/%&|^]=|\\*\\*=|<<=|>>>?=|(?:\\?\\?|\\|\\||&&)=|\\+\\+|--)';
	const methods = 'set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin';
	return new RegExp(
		[
			`${alone}${member}+\\s*${assigned}`,
			`(?:\\+\\+|--|\\bdelete )${its}${member}`,
			`${alone}${member}*\\.(?:${methods})\\(`,
			`\\bObject\\.(?:assign|define\\w+|setPrototypeOf)\\(\\s*${its}`,
		].join('|'),
	);
}

/** Names at module level that hold state, with their lines. */
function stateOf(file: TextFile): Map<string, number> {
	const found = new Map<string, number>();
	const code = withoutComments(file.text);
	const lineOf = (index: number) => code.slice(0, index).split('\n').length;
	for (const { 1: name, 2: several, index } of code.matchAll(VARIABLE))
		for (const each of name === undefined ? (several ?? '').split(',') : [name])
			found.set(each.trim(), lineOf(index));
	for (const { 1: name = '', 2: type = '', 3: value = '', index } of code.matchAll(CONSTANT)) {
		const isState = CHANGEABLE.test(value) && !READ_ONLY.test(type);
		if (isState || changes(name).test(code)) found.set(name, lineOf(index));
	}
	for (const { 1: name = '', index } of code.matchAll(
		/^[ \t]+(?:(?:public|private|protected|override) )*static (?!readonly\b|async\b|get\b)(?:accessor )?([\w$#]+)(?=\s*[:=;])/gm,
	))
		found.set(name, lineOf(index));
	return found;
}

/** Positions of lines stay. */
function withoutComments(text: string): string {
	return text.replace(/^[ \t]*(?:\/\/|\/?\*).*$/gm, '');
}

/** Constants of another file that a file changes. */
function foreignState(file: TextFile, known: ReadonlySet<string>): [string, number][] {
	const code = withoutComments(file.text);
	return Array.from(code.matchAll(/^import \{([^}]*)\}\s*from '(\.[^']+)'/gm)).flatMap(
		([, names = '', from = '']) =>
			names
				.split(',')
				.map((name) => name.trim().split(/\s+as\s+/))
				.filter(
					([name = '']) => name !== '' && known.has(`${join(dirname(file.path), from)} ${name}`),
				)
				.flatMap(([name = '', local = name]): [string, number][] => {
					const at = changes(local).exec(code);
					return at === null ? [] : [[local, code.slice(0, at.index).split('\n').length]];
				}),
	);
}

/** Names that hold state, and reasons that nothing needs. `allowed`: file, name, reason. */
export function moduleState(
	files: readonly TextFile[],
	allowed: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string[] {
	const sources = files.filter(({ path }) => path.endsWith('.ts') && !isTest(path));
	const needed = new Set<string>();
	const constants = new Set(
		sources.flatMap(({ path, text }) =>
			Array.from(text.matchAll(CONSTANT), ([, name]) => `${path} ${name}`),
		),
	);
	const found = sources.flatMap((file) =>
		[...stateOf(file), ...foreignState(file, constants)]
			.filter(([name]) => {
				const isAllowed = allowed[file.path]?.[name] !== undefined;
				if (isAllowed) needed.add(`${file.path} ${name}`);
				return !isAllowed;
			})
			.map(
				([name, line]) =>
					`${file.path}:${line}: the state ${name} of a module is banned, use an argument, the state of an actor or a read-only type`,
			),
	);
	const idle = Object.entries(allowed).flatMap(([path, names]) =>
		Object.keys(names)
			.filter((name) => !needed.has(`${path} ${name}`))
			.map((name) => `${path}:1: a reason for the state ${name}, which is not there, is banned`),
	);
	return [...found, ...idle];
}
