import { createContext, Script } from 'node:vm';
import { ConfigError } from '../../protocol/errors.ts';

/** A module of the user's, as it travels in a configuration. */
export interface PolicyModule {
	/** Where it came from, for messages. */
	readonly path: string;
	readonly source: string;
	readonly parameters: unknown;
}

/** A module that has been read. JSON in, JSON out. */
export interface LoadedPolicy {
	readonly initialMemory: string;
	/** @throws whatever the module throws */
	readonly decide: Decide;
	/** The same of the module as it was when it had just been read: it knows nothing of earlier calls. */
	readonly decideAnew: Decide;
}

type Decide = (view: string, memory: string) => string;

/**
 * Reads a policy in a context of its own, whose globals know no time, chance or I/O and are frozen. Nothing but
 * JSON text crosses the border, so no object of ours can be reached from within. That keeps honest modules pure;
 * node:vm is not a defence against hostile ones.
 *
 * @throws ConfigError in one line for what is no policy
 */
export function loadPolicy(module: PolicyModule): LoadedPolicy {
	const context = createContext(Object.create(null), {
		codeGeneration: { strings: false, wasm: false },
	});
	const read = run(module, () => compile(module, context));
	new Script(PRELUDE).runInContext(context);
	const instance = new Script(instanceOf(module.parameters)).runInContext(context) as (
		made: unknown,
	) => { readonly decide: Decide; readonly memory: string };
	const first = run(module, () => instance(read()));
	return {
		initialMemory: first.memory,
		decide: first.decide,
		decideAnew: (view, memory) => instance(read()).decide(view, memory),
	};
}

/** Globals that know more than their arguments, or that differ from machine to machine. */
const BANNED = [
	...['Date', 'console', 'Intl', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry'],
	...['WebAssembly', 'eval', 'Function'],
];

/**
 * Takes chance, clocks and locales away and freezes the rest, with the names of globals and what only syntax reaches: all that
 * a module can change is its own, and made anew with it.
 */
const PRELUDE = `'use strict';
	{
		const refuse = (name) => () => { throw new Error(name + ' is not there for a policy: the same input must give the same answer'); };
		Math.random = refuse('Math.random()');
		for (const prototype of [Object.prototype, Number.prototype, String.prototype, Array.prototype])
			for (const name of ['toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'localeCompare'])
				delete prototype[name];
		for (const name of ${JSON.stringify(BANNED)}) delete globalThis[name];
		// What the last match was, of whoever it was: $1, lastMatch and the like.
		for (const name of Object.getOwnPropertyNames(RegExp))
			if (Object.getOwnPropertyDescriptor(RegExp, name).get) delete RegExp[name];
		const seen = new Set();
		const freeze = (value) => {
			if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
			seen.add(value);
			for (const key of Reflect.ownKeys(value)) {
				const { value: inner, get, set } = Reflect.getOwnPropertyDescriptor(value, key);
				for (const each of [inner, get, set]) freeze(each);
			}
			freeze(Reflect.getPrototypeOf(value));
			Object.freeze(value);
		};
		const globals = globalThis;
		delete globals.globalThis;
		for (const name of Object.getOwnPropertyNames(globals)) {
			freeze(globals[name]);
			Object.defineProperty(globals, name, { value: globals[name], writable: false, configurable: false });
		}
		[
			function* () {}, async function () {}, async function* () {},
			[].values(), ''[Symbol.iterator](), new Map().values(), new Set().values(), 'a'.matchAll(/a/g),
			(function* () {})(), (async function* () {})(),
		].forEach(freeze);
	}`;

/** A way to run the module's text, all of it each time: its exports, with bindings of their own. */
function compile(config: PolicyModule, context: object): () => unknown {
	const names = exportsOf(config);
	const memory = names.includes('initialMemory') ? 'initialMemory' : 'null';
	const source = withoutExports(config.source);
	const options = { filename: config.path };
	// By itself first: a brace too many must not end the function around it.
	new Script(`'use strict'; ${source}`, options);
	// In front of the first line, so that lines in messages are those of the file.
	const text = `'use strict'; (() => { ${source}\n;return { decide, memory: ${memory} }; })`;
	return new Script(text, options).runInContext(context) as () => unknown;
}

/** The text of a function that makes of a module's exports a way to call decide() with JSON and get JSON. */
function instanceOf(parameters: unknown): string {
	return `'use strict'; (() => {
		const freeze = (value) => {
			if (typeof value === 'object' && value !== null) { Object.values(value).forEach(freeze); Object.freeze(value); }
			return value;
		};
		const parameters = freeze(${JSON.stringify(parameters)});
		return ({ decide, memory: initial }) => ({
			memory: JSON.stringify(initial),
			decide: (view, memory) => JSON.stringify(decide(freeze(JSON.parse(view)), freeze(JSON.parse(memory)), parameters)) ?? 'null',
		});
	})()`;
}

/** Exports stand at the beginning of a line, as every formatter has them. */
const EXPORT = /^export (?=(?:async )?function\b|const\b|let\b|class\b)/gm;

function withoutExports(source: string): string {
	return source.replace(EXPORT, (keyword) => ' '.repeat(keyword.length));
}

function exportsOf({ path, source }: { path: string; source: string }): string[] {
	const names = [...source.matchAll(/^export (?:function|const) (\w+)/gm)].map(
		([, name]) => name as string,
	);
	const refused = /^(?:import\b|export (?:default|\{|\*|async)).*/m.exec(source);
	if (refused !== null) {
		const line = source.slice(0, refused.index).split('\n').length;
		throw new ConfigError(
			`Cannot use policy "${path}:${line}": "${refused[0].trim()}" is not possible there; ` +
				'a policy imports nothing and has "export function decide(view, memory, parameters)"',
		);
	}
	if (!names.includes('decide'))
		throw new ConfigError(
			`Cannot use policy "${path}": it does not export decide; write "export function decide(view, memory, parameters)"`,
		);
	return names;
}

function run<T>({ path }: { path: string }, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw new ConfigError(`Cannot use policy "${path}": ${describeThrown(error, path)}`);
	}
}

/** The message and the line of the file at which it arose. Errors come from another context: no instanceof. */
export function describeThrown(error: unknown, path: string): string {
	const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown };
	const text = typeof message === 'string' ? message : String(error);
	const at = typeof stack === 'string' ? stack.indexOf(`${path}:`) : -1;
	const line = at < 0 ? null : /^\d+/.exec(String(stack).slice(at + path.length + 1))?.[0];
	return `${text.replace(/\.$/, '')}${line ? ` (line ${line})` : ''}`;
}
