import type * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { nearestName } from '../../protocol/nearest-name.ts';
import { plainText, quoted } from '../../protocol/plain-text.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { jsonSchema } from './editor-schema.ts';
import { shortForm } from './short-forms.ts';

/** Plain data as it comes out of YAML and flags, before the schema has seen it. */
export type Raw = Record<string, unknown>;

/** What a mapping that was read has against its schema; the message is the first of it. */
export class FileProblems extends ConfigError {
	/** In a line each. */
	readonly problems: readonly string[];

	constructor(problems: readonly string[]) {
		super(problems[0] ?? '');
		this.problems = problems;
	}
}

/** Files of studies have keys that no scenario has. @throws ConfigError naming the command that they are for */
export function refuseStudy({ raw, file }: Pick<About, 'raw' | 'file'>): void {
	if (file === null || !('base' in raw)) return;
	const command = 'slo' in raw || 'search' in raw ? 'capacity' : 'sweep';
	throw new ConfigError(
		`Cannot run ${quoted(file)} as a scenario: it has a "base" and what is varied of it; use gridbeat ${command} ${shellWord(file)}`,
	);
}

/** What problems are said of. */
interface About {
	readonly raw: Raw;
	/** Named in them; null for none. */
	readonly file: string | null;
	/** The line of a key; null where it is not in the file. */
	lineOf(keys: readonly string[]): number | null;
}

/** What a schema has against a mapping, in a line each: where, the value, and what would do. */
export function problemsOf(
	schema: z.ZodType,
	issues: readonly z.core.$ZodIssue[],
	about: About,
): string[] {
	return issues.flatMap((issue) => linesOf(schema, deepest(issue), about));
}

function linesOf(schema: z.ZodType, issue: z.core.$ZodIssue, about: About): string[] {
	const { raw } = about;
	const keys = [...issue.path].map(String);
	if (issue.code === 'unrecognized_keys') {
		const known = knownKeys(jsonSchema(schema), keys, raw);
		return issue.keys.map((key) => {
			const unknown = [...keys, key];
			const nearest = nearestName(key, known);
			const meant = nearest === null ? '' : `; did you mean "${nearest}"?`;
			const hint =
				known.length === 0 ? '' : `${meant === '' ? ';' : ''} known here: ${known.join(', ')}`;
			return `Cannot use key "${unknown.join('.')}"${placeOf(unknown, about)}: unknown key${meant}${hint}`;
		});
	}
	return [issueText(issue, keys, raw, placeOf(keys, about))];
}

function placeOf(keys: readonly string[], { file, lineOf }: About): string {
	if (file === null) return '';
	const line = lineOf(keys);
	return ` in ${file}${line === null ? '' : `:${line}`}`;
}

/** Enough to find a value by. */
const VALUE_LENGTH_MAX = 120;

function issueText(issue: z.core.$ZodIssue, keys: string[], raw: Raw, place: string): string {
	const value = valueAt(raw, keys);
	const shown =
		value === undefined ? '' : ` = ${plainText(JSON.stringify(value), VALUE_LENGTH_MAX)}`;
	const form = issue.code === 'invalid_type' && value !== undefined ? shortForm(keys) : null;
	const message =
		form === null ? issue.message : `${issue.message.replace(/, not [^,]*$/, '')}, or ${form}`;
	return `Cannot use "${keys.join('.')}"${shown}${place}: ${message}`;
}

/** A union's issue hides those of its members: take the member that got furthest. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
	if (issue.code !== 'invalid_union') return issue;
	const inner = issue.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
	if (inner === undefined || inner.path.length === 0) return issue;
	return deepest({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue);
}

/** Keys the schema has at a path, from its JSON form; of the chosen member where there are several. */
function knownKeys(root: object, keys: readonly string[], raw: Raw): string[] {
	type Node = {
		properties?: Record<string, Node>;
		items?: Node;
		anyOf?: Node[];
		oneOf?: Node[];
		const?: unknown;
	};
	let nodes: Node[] = [root];
	let data: unknown = raw;
	const expand = (list: Node[]): Node[] =>
		list.flatMap((node) => [node, ...expand(node.anyOf ?? []), ...expand(node.oneOf ?? [])]);
	for (const key of keys) {
		nodes = expand(nodes).flatMap((node) => {
			const child = /^\d+$/.test(key) ? node.items : node.properties?.[key];
			return child === undefined ? [] : [child];
		});
		data = (data as Raw | undefined)?.[key];
	}
	const chosen = expand(nodes).filter((node) =>
		Object.entries(node.properties ?? {}).every(
			([name, child]) =>
				child.const === undefined || child.const === ((data as Raw)?.[name] ?? 'default'),
		),
	);
	return [...new Set(chosen.flatMap((node) => Object.keys(node.properties ?? {})))];
}

function valueAt(raw: Raw, keys: readonly string[]): unknown {
	return keys.reduce<unknown>((node, key) => (node as Raw | undefined)?.[key], raw);
}
