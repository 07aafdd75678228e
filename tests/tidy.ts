import { dirname, join } from 'node:path/posix';
import { programFiles } from './program-places.ts';

/**
 * The rules of style that Biome cannot hold: each takes the text files of the project and gives its findings,
 * `path:line: what is banned, what to use`.
 */
export interface TextFile {
	/** From the root of the project, with slashes. */
	readonly path: string;
	readonly text: string;
}

/** A file may be as long as this without a reason. */
export const FILE_LINES_MAX = 300;

export function finding(file: TextFile, index: number, message: string): string {
	return `${file.path}:${file.text.slice(0, index).split('\n').length}: ${message}`;
}

function findings(file: TextFile, pattern: RegExp, message: (found: string) => string): string[] {
	return Array.from(file.text.matchAll(pattern), (match) =>
		finding(file, match.index, message(match[0])),
	);
}

/** uvu passes in silence when nobody runs the tests of a file. */
export function testsNeverRun(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => path.endsWith('.test.ts'))
		.filter(({ text }) => !/^(?!\s*(\/\/|\*)).*\.run\(\);?$/m.test(text))
		.map((file) => finding(file, 0, 'a test file that runs nothing is banned, use test.run()'));
}

interface Import {
	readonly from: string;
	/** null: all that the file exports. */
	readonly names: readonly string[] | null;
}

const IMPORT =
	/\b(?:import|export)\s+(?:type\s+)?([\w\s{},*$]*?)\s*\bfrom '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)(?:\)\.(\w+))?/gm;

function importsOf(file: TextFile): Import[] {
	return Array.from(file.text.matchAll(IMPORT), ([, clause, from, bare, lazy, name]) => ({
		from: join(dirname(file.path), from ?? bare ?? lazy ?? ''),
		names: clause === undefined ? (name === undefined ? null : [name]) : namesIn(clause),
	}));
}

function namesIn(clause: string): string[] | null {
	if (clause.includes('*')) return null;
	return Array.from(clause.matchAll(/(?:\btype\s+)?([\w$]+)(?:\s+as\s+[\w$]+)?/g), ([, name]) =>
		String(name),
	);
}

function isSource({ path }: TextFile): boolean {
	return path.endsWith('.ts');
}

/**
 * Every source file is needed by a test, by a main.ts, or by a script: a file that a Makefile or a Markdown
 * file starts as `dist/….js`, or that another source file starts as `….js`, with its own extension or by `programFile()`.
 */
export function deadFiles(files: readonly TextFile[]): string[] {
	const sources = new Map(files.filter(isSource).map((file) => [file.path, file]));
	const queue = [...sources.keys()].filter(
		(path) => /(^|\/)main\.ts$|\.test\.ts$/.test(path) || path === PACKAGE_ENTRY,
	);
	for (const { text } of files.filter((file) => !isSource(file)))
		for (const [, script] of text.matchAll(/\bdist\/([\w/-]+)\.js\b/g)) queue.push(`${script}.ts`);
	const reached = new Set<string>();
	for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
		const file = sources.get(path);
		if (file === undefined || reached.has(path)) continue;
		reached.add(path);
		queue.push(...importsOf(file).map(({ from }) => from), ...programFiles(file));
		for (const [, name] of file.text.matchAll(/['"`/]((?:[\w-]+\/)*[\w-]+)(?:\.js['"`]|\$\{ext)/g))
			queue.push(join(dirname(path), `${name}.ts`));
	}
	return [...sources.values()]
		.filter(({ path }) => !reached.has(path))
		.map((file) => finding(file, 0, 'a file that nothing reaches is banned, use it or delete it'));
}

const EXPORT =
	/^export (?:declare |abstract |async )*(const|let|function\*?|class|interface|type) ([\w$]+)|^export (?:type )?\{([^}]*)\}/gm;

/** What programs of others import. */
const PACKAGE_ENTRY = 'run/gridbeat.ts';

/**
 * Every export is imported somewhere, but for those of the package. Types, and schemas that share their name with a type, may instead be
 * part of what another export of the file says.
 */
export function deadExports(files: readonly TextFile[]): string[] {
	const used = new Set<string>();
	const usedWhole = new Set<string>();
	for (const { from, names } of files.filter(isSource).flatMap(importsOf)) {
		if (names === null) usedWhole.add(from);
		for (const name of names ?? []) used.add(`${from} ${name}`);
	}
	return files.filter(isSource).flatMap((file) => {
		if (usedWhole.has(file.path) || file.path === PACKAGE_ENTRY) return [];
		return Array.from(file.text.matchAll(EXPORT)).flatMap(({ 1: what, 2: name, 3: list, index }) =>
			(name === undefined ? exportedNames(String(list)) : [name])
				.filter((each) => !used.has(`${file.path} ${each}`))
				.filter((each) => list !== undefined || !isSpokenOf(file.text, String(what), each))
				.map((each) =>
					finding(file, index, `the unused export ${each} is banned, use it or make it private`),
				),
		);
	});
}

function exportedNames(list: string): string[] {
	return list
		.split(',')
		.map((part) => part.replace(/^.*\bas\s|\btype\s/, '').trim())
		.filter((name) => name !== '');
}

function isSpokenOf(text: string, what: string, name: string): boolean {
	const isPair = new RegExp(`^export type ${name} = z\\.infer<typeof ${name}>`, 'm').test(text);
	const declarations = isPair ? 3 : 1;
	const isType = isPair || what === 'interface' || what === 'type';
	return (
		isType && Array.from(text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))).length > declarations
	);
}

/** Where each shipped data file comes from is written in a Markdown file beside it. */
export function dataWithoutSource(files: readonly TextFile[]): string[] {
	const isData = ({ path }: TextFile) => /^(profiling|weather)-data\//.test(path);
	const notes = files.filter(isData).filter(({ path }) => path.endsWith('.md'));
	const patterns = notes.flatMap((note) =>
		[...note.text.matchAll(/`([^`\s]+\.\w+)`/g)].map(([, name]) =>
			pathPattern(`${dirname(note.path)}/${name}`),
		),
	);
	return files
		.filter((file) => isData(file) && !notes.includes(file))
		.filter(({ path }) => !patterns.some((pattern) => pattern.test(path)))
		.filter(({ path }) => {
			const name = path.slice(path.lastIndexOf('/') + 1);
			const beside = notes.filter((note) => dirname(note.path) === dirname(path));
			return !beside.some((note) => note.text.includes(name));
		})
		.map((file) =>
			finding(file, 0, 'data without a source is banned, use the README.md beside it'),
		);
}

/** `network/DEVICE-NETWORK.json` and `models/*.yaml` stand for every such file. */
function pathPattern(path: string): RegExp {
	const escaped = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]+');
	return new RegExp(`^${escaped.replace(/\b[A-Z]{3,}\b/g, '[^/]+')}$`);
}

/** A Markdown file has one title. */
export function titles(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => path.endsWith('.md'))
		.flatMap((file) => {
			const prose = file.text.replace(/^```.*?^```$/gms, (code) => code.replace(/^#/gm, '-'));
			const count = prose.match(/^# /gm)?.length ?? 0;
			return count === 1 ? [] : [finding(file, 0, `${count} titles are banned, use one "# Title"`)];
		});
}

/** Notes to oneself do not last: what is to be done is done or an issue. */
export function leftovers(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => path !== 'package-lock.json')
		.flatMap((file) =>
			findings(file, /\b(?:FIX[M]E|TO[D]O|XX[X])\b/g, (word) => `${word} is banned, use an issue`),
		);
}

/** Paths and hosts of the machine on which the project was written. */
export function workplaces(files: readonly TextFile[]): string[] {
	return files.flatMap((file) => [
		...findings(
			file,
			/(?<![\w.~-])\/(?:work\/[\w.]|tmp\/[b]rief)/g,
			(path) => `the path ${path} is banned, use one inside the project`,
		),
		...findings(
			file,
			/\/\/[\w.:@-]*(?:registry|npmjs|yarnpkg|artifactory|nexus)[\w.:-]*\/|"re[s]olved":/g,
			(host) => `${host} is banned, use the registry of whoever installs`,
		),
	]);
}

/** The one file from which random tests draw. */
export const PROPERTIES = 'tests/properties.test-support.ts';

/** A random test that draws without the seed of the process cannot be repeated, and fails the gate on some days only. */
export function unseededTests(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => /\.(test|test-support)\.ts$/.test(path) && path !== PROPERTIES)
		.flatMap((file) => [
			...findings(
				file,
				/\b(?:from|import)\b\s*\(?'fast-check'/g,
				() => `fast-check without a seed is banned, use ${PROPERTIES}`,
			),
			...findings(
				file,
				/^[^'"`/\n]*\b(?:Math\.random|randomInt|randomBytes|randomUUID)\(/gm,
				() => 'chance without a seed is banned, use namedPrng() or fast-check',
			),
		]);
}

/** Long files have a reason, and a reason has a long file. */
export function longFiles(
	files: readonly TextFile[],
	reasons: Readonly<Record<string, string>>,
): string[] {
	const long = files
		.filter(({ path }) => /\.(ts|js|css)$/.test(path))
		.filter(({ text }) => text.trimEnd().split('\n').length > FILE_LINES_MAX);
	const unknown = long
		.filter(({ path }) => reasons[path] === undefined)
		.map((file) =>
			finding(file, 0, `more than ${FILE_LINES_MAX} lines are banned, use a second file`),
		);
	const idle = Object.keys(reasons)
		.filter((path) => !long.some((file) => file.path === path))
		.map((path) => `${path}:1: a reason to be long is banned when it is not, use none`);
	return [...unknown, ...idle];
}

/** A file of the project, named in prose: `kernel/files/whole.ts`, `whole.ts`, or a script as `node` runs it, `dist/x/y.js` or `dist/program/x/y.js`. */
const NAMED_FILE =
	/(?<![\w./@*-])(?:dist\/(?:program\/)?)?((?:[\w-]+\/)*[\w-][\w.-]*\.(?:ts|js|grit))\b(?![\w(])/g;

/** Old paths outlive the files: every source file that a comment, a page or a data file names is there. */
export function lostPaths(files: readonly TextFile[]): string[] {
	const paths = files.map(({ path }) => path);
	const isThere = (name: string) =>
		[name, name.replace(/\.js$/, '.ts')].some((one) =>
			paths.some((path) => path === one || path.endsWith(`/${one}`)),
		);
	return files.filter(saysThings).flatMap((file) =>
		Array.from(proseOf(file).matchAll(NAMED_FILE))
			.filter(([, name = '']) => !isThere(name) && !/^[A-Z]+\./.test(name))
			.map(([, name = '']) =>
				finding(file, file.text.indexOf(name), `the path ${name} is banned, use one that is there`),
			),
	);
}

/** Tests plant files, and the log of changes is of other days. */
function saysThings({ path }: TextFile): boolean {
	const isPlanted =
		/^tests\/(?:laws|import-laws|tidy)\b/.test(path) || path === 'package-lock.json';
	return !isPlanted && path !== 'CHANGELOG.md' && /\.(?:ts|md|json|ya?ml|grit)$/.test(path);
}

/** Comments of code, all of other files; positions stay. */
function proseOf({ path, text }: TextFile): string {
	if (!path.endsWith('.ts')) return text;
	return text.replace(/^(?!\s*(?:\/\/|\/?\*)).*$/gm, '');
}

/** Whoever reads has the project and what is published: a source is cited as it was published. */
export function outsideCitations(files: readonly TextFile[]): string[] {
	const names = new Set(files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
	return files
		.filter((file) => file.path.endsWith('.ts') && saysThings(file))
		.flatMap((file) =>
			Array.from(proseOf(file).matchAll(/\b[A-Z]{4,}\.md\b|\b(?:RESEARCH|SPEC)\b(?= [A-Z0-9s])/g))
				.filter(([name]) => !names.has(name))
				.map(([name]) =>
					finding(
						file,
						file.text.indexOf(name),
						`the citation of ${name} is banned, use the publication`,
					),
				),
		);
}

/** Fields by number drift from the list of fields: positions come from there. A row of one field has none to mistake. */
export function numberedFields(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) => /^services\/.*(?<!\.test|\.test-support)\.ts$/.test(path))
		.filter(({ path }) => !path.includes('/testdata/'))
		.flatMap((file) =>
			findings(
				file,
				/\.value\([1-9]\d*\)|\brow\[[1-9]\d*\]/g,
				(field) => `the field ${field} is banned, use positionsOf() of protocol/readings.ts`,
			),
		);
}
