import { createContext, Script } from 'node:vm';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import type { PolicyMemory, PolicyView, Strategy, StrategyConfig } from './strategy.ts';

/**
 * A policy of the user's: a module that exports `decide(view, memory, parameters)` and, if it remembers
 * anything, `initialMemory`. It runs in a context of its own whose globals know no time, chance or I/O and are
 * frozen. Nothing but JSON text crosses the border, so no object of ours can be reached from within. That keeps
 * honest modules pure; node:vm is not a defence against hostile ones.
 */
export function makePlugin(
	config: Extract<StrategyConfig, { type: 'plugin' }>,
	{ names, actor }: { names: readonly string[]; actor: string },
	local: (timeUs: number) => { hour: number; minute: number; weekday: number },
): { strategy: Strategy; initialMemory: string } {
	const context = createContext(Object.create(null), {
		codeGeneration: { strings: false, wasm: false },
	});
	runPrelude(context);
	const call = loadModule(config, context);
	const strategy: Strategy = (view, memory, setpointsW) => {
		const input = JSON.stringify(viewOf(view, names, local(view.timeUs)));
		const fail = (reason: string): never => {
			throw new SimulationError(`Cannot use policy "${config.path}": ${reason}`, {
				actor,
				timeUs: view.timeUs,
			});
		};
		const output = call(input, memory.plugin, fail);
		// What a pure function says once it says twice; a module that counts its calls is found here.
		if (call(input, memory.plugin, fail) !== output)
			fail('decide() gave two answers to one question; keep what changes in the memory it returns');
		takeAnswer(output, { view, memory, setpointsW }, fail);
	};
	return { strategy, initialMemory: evaluate(config, context, 'JSON.stringify(__memory)') };
}

type Fail = (reason: string) => never;

/** What the module is given. Absence is null: JSON has neither NaN nor Infinity. */
function viewOf(
	view: PolicyView,
	names: readonly string[],
	local: { hour: number; minute: number; weekday: number },
) {
	return {
		timeS: view.timeUs / 1e6,
		stepS: view.stepUs / 1e6,
		local,
		deltaW: view.deltaW,
		carbonGPerKwh: Number.isNaN(view.carbon) ? null : view.carbon,
		priceUsdPerKwh: Number.isNaN(view.price) ? null : view.price,
		batteries: names.map((name, i) => ({
			name,
			soc: view.soc[i],
			capacityWh: view.capacityWh[i],
			minW: view.minW[i],
			maxW: view.maxW[i],
		})),
	};
}

function takeAnswer(
	output: string,
	into: { view: PolicyView; memory: PolicyMemory; setpointsW: number[] },
	fail: Fail,
): void {
	const { view, memory, setpointsW } = into;
	const answer = JSON.parse(output) as { setpointsW?: unknown; memory?: unknown } | null;
	const given = answer?.setpointsW;
	const wanted: readonly unknown[] = Array.isArray(given) ? given : [];
	if (!Array.isArray(given) || wanted.length !== setpointsW.length)
		fail(
			`decide() returned ${output.slice(0, 100)}; return {setpointsW: [...]} with ${setpointsW.length} numbers`,
		);
	for (let i = 0; i < setpointsW.length; i++) {
		const wantedW = wanted[i];
		if (typeof wantedW !== 'number')
			fail(`decide() returned the setpoint ${JSON.stringify(wantedW)}; return finite watts`);
		const withinW = Math.min(view.maxW[i] as number, Number(wantedW));
		setpointsW[i] = Math.max(view.minW[i] as number, withinW);
	}
	if (answer?.memory !== undefined) memory.plugin = JSON.stringify(answer.memory);
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

/** A module takes longer than this to be read only if it hangs. */
const LOAD_LIMIT_MS = 1000;

/** Defines the module's exports; returns a way to call decide() with JSON and get JSON. */
function loadModule(
	config: { path: string; source: string; parameters: unknown },
	context: object,
) {
	const names = exportsOf(config);
	const memory = names.includes('initialMemory') ? 'initialMemory' : 'null';
	// In front of the first line, so that lines in messages are those of the file.
	const text = `'use strict'; ${withoutExports(config.source)}\n;({ decide, memory: ${memory} });`;
	const exported = run(config, () =>
		new Script(text, { filename: config.path }).runInContext(context, { timeout: LOAD_LIMIT_MS }),
	) as { decide: unknown };
	Object.defineProperty(context, '__module', { value: exported });
	evaluate(config, context, 'var __memory = __module.memory');
	const caller = new Script(
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
	return (view: string, memory: string, fail: Fail): string => {
		try {
			return caller(view, memory);
		} catch (error) {
			return fail(describe(error, config.path));
		}
	};
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
		throw new ConfigError(`Cannot use policy "${path}": ${describe(error, path)}`);
	}
}

/** The message and the line of the file at which it arose. Errors come from another context: no instanceof. */
function describe(error: unknown, path: string): string {
	const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown };
	const text = typeof message === 'string' ? message : String(error);
	const at = typeof stack === 'string' ? stack.indexOf(`${path}:`) : -1;
	const line = at < 0 ? null : /^\d+/.exec(String(stack).slice(at + path.length + 1))?.[0];
	return `${text.replace(/\.$/, '')}${line ? ` (line ${line})` : ''}`;
}
