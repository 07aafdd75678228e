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
	readonly decide: (view: string, memory: string) => string;
}

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
	runPrelude(context);
	const decide = loadModule(module, context);
	return { decide, initialMemory: evaluate(module, context, 'JSON.stringify(__memory)') };
}

/** Globals that know more than their arguments, or that differ from machine to machine. */
const BANNED = [
	...['Date', 'console', 'Intl', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry'],
	...['WebAssembly', 'eval', 'Function'],
];

/** Takes chance, clocks and locales away and freezes the rest. */
function runPrelude(context: object): void {
	new Script(`'use strict';
		{
			const refuse = (name) => () => { throw new Error(name + ' is not there for a policy: the same input must give the same answer'); };
			Math.random = refuse('Math.random()');
			for (const prototype of [Object.prototype, Number.prototype, String.prototype, Array.prototype])
				for (const name of ['toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'localeCompare'])
					delete prototype[name];
			for (const name of ${JSON.stringify(BANNED)}) delete globalThis[name];
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
			for (const name of Object.getOwnPropertyNames(globalThis)) if (name !== 'globalThis') freeze(globalThis[name]);
		}`).runInContext(context);
}

/** Defines the module's exports; returns a way to call decide() with JSON and get JSON. */
function loadModule(config: PolicyModule, context: object): LoadedPolicy['decide'] {
	const names = exportsOf(config);
	const memory = names.includes('initialMemory') ? 'initialMemory' : 'null';
	// In front of the first line, so that lines in messages are those of the file.
	const text = `'use strict'; ${withoutExports(config.source)}\n;({ decide, memory: ${memory} });`;
	const exported = run(config, () =>
		new Script(text, { filename: config.path }).runInContext(context),
	) as { decide: unknown };
	Object.defineProperty(context, '__module', { value: exported });
	evaluate(config, context, 'var __memory = __module.memory');
	return new Script(
		`'use strict'; (() => {
			const freeze = (value) => {
				if (typeof value === 'object' && value !== null) { Object.values(value).forEach(freeze); Object.freeze(value); }
				return value;
			};
			const parameters = freeze(${JSON.stringify(config.parameters)});
			const { decide } = __module;
			return (view, memory) => JSON.stringify(decide(freeze(JSON.parse(view)), freeze(JSON.parse(memory)), parameters)) ?? 'null';
		})()`,
	).runInContext(context) as (view: string, memory: string) => string;
}

function evaluate(config: { path: string }, context: object, code: string): string {
	return run(config, () => new Script(code).runInContext(context)) as string;
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
