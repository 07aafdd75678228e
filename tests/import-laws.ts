import { dirname, join } from 'node:path/posix';
import type { TextFile } from './tidy.ts';

/** One import of a file: of another file of the project, or of a package. */
export interface Import {
	readonly line: number;
	/** The path from the root of the project; of packages and modules of Node, the name. */
	readonly to: string;
}

const IMPORT =
	/^(?:import|export)\s[^'";]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|^[^'"`/\n]*\bimport\('([^']+)'\)/gm;

/** What a file imports: types, re-exports and what is imported late as well. */
export function importsOf({ path, text }: TextFile): Import[] {
	return Array.from(text.matchAll(IMPORT), (match) => {
		const to = match[1] ?? match[2] ?? match[3] ?? '';
		return {
			line: text.slice(0, match.index + match[0].length).split('\n').length,
			to: to.startsWith('.') ? join(dirname(path), to) : to,
		};
	});
}

/** What files may import, and for whom it holds. */
export interface Law {
	/** Globs of paths: `*` is a name or a part of one, `**` any number of folders, `{a,b}` either. */
	readonly of: readonly string[];
	/** Globs of paths and packages; `./**` stands for the folder that the file is in, two names deep. */
	readonly may: readonly string[];
	/** Continues "X is banned here, use ". */
	readonly instead: string;
	/** Files that may import more, and why. */
	readonly except?: readonly Exception[];
}

interface Exception {
	readonly of: readonly string[];
	readonly may: readonly string[];
	readonly why: string;
}

const compiled = new Map<string, RegExp>();

/** The paths that a glob stands for. */
function matches(glob: string, path: string): boolean {
	const known = compiled.get(glob) ?? compile(glob);
	compiled.set(glob, known);
	return known.test(path);
}

function compile(glob: string): RegExp {
	const source = glob.replace(/\*\*\/|\*\*|\*|\{[^}]*\}|[.+?^$()|[\]\\]/g, (part) => {
		if (part === '**/') return '(?:.*/)?';
		if (part === '**') return '.*';
		if (part === '*') return '[^/]*';
		if (!part.startsWith('{')) return `\\${part}`;
		return `(?:${part.slice(1, -1).split(',').join('|')})`;
	});
	return new RegExp(`^${source}$`);
}

function matchesAny(globs: readonly string[], path: string): boolean {
	return globs.some((glob) => matches(glob, path));
}

/** Two names of a path are its folder; a wing without folders is one. */
function folderOf(path: string): string {
	return dirname(path).split('/').slice(0, 2).join('/');
}

/** Tests and what serves only them. */
export function isTest(path: string): boolean {
	return /\.test(-support)?\.ts$|\/testdata\//.test(path) || matchesAny(['{tests,bench}/**'], path);
}

/** Imports that a law forbids, and exceptions that nobody needs. */
export function breaches(files: readonly TextFile[], laws: readonly Law[]): string[] {
	const needed = new Set<Exception>();
	const forbidden = files.flatMap((file) =>
		importsOf(file).flatMap(({ line, to }) =>
			laws
				.filter((law) => matchesAny(law.of, file.path))
				.filter((law) => !allows(law, file.path, to, needed))
				.map(({ instead }) => `${file.path}:${line}: ${to} is banned here, use ${instead}`),
		),
	);
	const idle = laws.flatMap(({ except = [] }) =>
		except
			.filter((one) => !needed.has(one))
			.map(
				({ of, may }) =>
					`${of[0]}:1: an exception for ${may} that nothing needs is banned, use none`,
			),
	);
	return [...forbidden, ...idle];
}

function allows(law: Law, from: string, to: string, needed: Set<Exception>): boolean {
	const own = (globs: readonly string[]) =>
		globs.map((glob) => glob.replace(/^\.(?=\/)/, folderOf(from)));
	if (matchesAny(own(law.may), to)) return true;
	const found = (law.except ?? []).filter(
		({ of, may }) => matchesAny(of, from) && matchesAny(own(may), to),
	);
	for (const one of found) needed.add(one);
	return found.length > 0;
}

/** A wing imports its own files and those of the wings before it; wings of one level do not know each other. */
export function arrowsUp(
	files: readonly TextFile[],
	wings: readonly (readonly string[])[],
	except: Readonly<Record<string, string>>,
): string[] {
	const levelOf = (path: string) => wings.findIndex((level) => level.includes(wingOf(path)));
	const needed = new Set<string>();
	const up = files.flatMap((file) => {
		const level = levelOf(file.path);
		if (level < 0)
			return [`${file.path}:1: source outside the wings is banned, use ${wings.flat().join(', ')}`];
		return importsOf(file)
			.filter(({ to }) => to.endsWith('.ts') && wingOf(to) !== wingOf(file.path))
			.filter(({ to }) => levelOf(to) >= level || levelOf(to) < 0)
			.filter(({ to }) => !(isTest(file.path) && /^tests\/.*\.test-support\.ts$/.test(to)))
			.filter(({ to }) => {
				const arrow = `${file.path} -> ${to}`;
				if (except[arrow] !== undefined) needed.add(arrow);
				return except[arrow] === undefined;
			})
			.map(({ line, to }) => {
				const below = wings.slice(0, level).flat().join(', ');
				return `${file.path}:${line}: ${to} is banned here, use what stands below: ${below || 'nothing'}`;
			});
	});
	const idle = Object.keys(except)
		.filter((arrow) => !needed.has(arrow))
		.map((arrow) => `${arrow}: an exception that nothing needs is banned, use none`);
	return [...up, ...idle];
}

function wingOf(path: string): string {
	return path.slice(0, path.indexOf('/'));
}

/** Circles of files, types included: of each knot of files, the shortest. */
export function importCircles(files: readonly TextFile[]): string[] {
	const paths = new Set(files.map(({ path }) => path));
	const graph = new Map(
		files.map((file) => [
			file.path,
			importsOf(file)
				.map(({ to }) => to)
				.filter((to) => paths.has(to)),
		]),
	);
	const told = new Set<string>();
	return [...graph.keys()].sort().flatMap((start) => {
		if (told.has(start)) return [];
		const circle = shortestCircle(graph, start);
		if (circle === null) return [];
		for (const path of circle) told.add(path);
		return [
			`${start}:1: the circle ${circle.join(' -> ')} is banned, use a file for what both need`,
		];
	});
}

function shortestCircle(
	graph: ReadonlyMap<string, readonly string[]>,
	start: string,
): string[] | null {
	const cameFrom = new Map<string, string>();
	const queue = [start];
	for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
		for (const next of graph.get(path) ?? []) {
			if (next === start) {
				const back = [start, path];
				for (let at = path; at !== start; ) {
					at = cameFrom.get(at) ?? start;
					back.push(at);
				}
				return path === start ? [start, start] : back.reverse();
			}
			if (cameFrom.has(next)) continue;
			cameFrom.set(next, path);
			queue.push(next);
		}
	}
	return null;
}

/** The arrows between folders that a table states: rows of `folder`, what it is, and what it imports. */
export function statedArrows(markdown: string): Map<string, readonly string[]> {
	const rows = markdown.matchAll(/^\| `([\w/-]+)\/` \|[^|]*\|([^|]*)\|$/gm);
	return new Map(
		Array.from(rows, ([, folder = '', cell = '']) => [folder, foldersIn(cell.replaceAll('`', ''))]),
	);
}

/** `kernel/{actor,bus}` stands for both. */
function foldersIn(cell: string): string[] {
	return cell
		.split(/,(?![^{]*\})/)
		.map((part) => part.trim())
		.filter((part) => part !== '')
		.flatMap((part) => {
			const [, before, inner] = /^(.*)\{(.*)\}$/.exec(part) ?? [];
			return inner === undefined
				? [part]
				: inner.split(',').map((name) => `${before}${name.trim()}`);
		});
}

/** The arrows of the code that a page does not state, and those that it states and the code has not. */
export function arrowsAgainst(files: readonly TextFile[], page: TextFile): string[] {
	const stated = statedArrows(page.text);
	const found = new Map<string, Set<string>>();
	const wings = new Set([...stated.keys()].map((folder) => folder.split('/')[0]));
	for (const file of files.filter(({ path }) => !isTest(path) && wings.has(wingOf(path)))) {
		const folder = folderOf(file.path);
		const arrows = found.get(folder) ?? new Set();
		found.set(folder, arrows);
		for (const { to } of importsOf(file))
			if (to.endsWith('.ts') && folderOf(to) !== folder) arrows.add(folderOf(to));
	}
	const at = (folder: string) =>
		`${page.path}:${page.text.slice(0, Math.max(0, page.text.indexOf(`| \`${folder}/\``))).split('\n').length}`;
	return [...new Set([...found.keys(), ...stated.keys()])].sort().flatMap((folder) => {
		const [said, real] = [stated.get(folder), found.get(folder)];
		if (said === undefined)
			return [`${at('')}: the folder ${folder}/ without a row is banned, use one`];
		if (real === undefined)
			return [`${at(folder)}: a row for ${folder}/, which has no source, is banned`];
		return [
			...[...real]
				.filter((to) => !said.includes(to))
				.map(
					(to) => `${at(folder)}: ${folder}/ imports ${to}/, use its row to say so, or do without`,
				),
			...said
				.filter((to) => !real.has(to))
				.map((to) => `${at(folder)}: ${folder}/ does not import ${to}/, use a row without it`),
		];
	});
}
