import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { connectMicrogrid, simpleBattery } from './microgrid.test-support.ts';

function connect(source: string, parameters: Record<string, number> = {}, hangsAfterMs = 5000) {
	const path = '/p/mine.js';
	const strategy = { type: 'plugin' as const, path, source, parameters, hangsAfterMs };
	return connectMicrogrid({
		stepUs: HOUR_US,
		models: [simpleBattery(1000, 0.5), simpleBattery(500, 0.5)],
		strategy,
	});
}

/** A policy whose decide() has this body. */
const body = (text: string) => `export function decide(view, memory, parameters) {\n${text}\n}\n`;

function failure(work: () => unknown): Error {
	try {
		work();
	} catch (error) {
		return error as Error;
	}
	throw new Error('nothing was thrown');
}

test('a plug-in sees the step, sets the batteries within their ranges and remembers', () => {
	const { step, state } = connect(
		[
			'export const initialMemory = { steps: 0 };',
			'export function decide({ deltaW, batteries, local, carbonGPerKwh }, { steps }, { gain }) {',
			'\tconst own = batteries[0].soc * batteries[0].capacityWh;',
			'\tconst first = steps === 0 ? gain * deltaW : own + local.hour + carbonGPerKwh;',
			'\treturn { setpointsW: [first, 1e9], memory: { steps: steps + 1 } };',
			'}',
		].join('\n'),
		{ gain: 2 },
	);
	const first = step({ load: 100, carbon: 7 });
	assert.is(first['dispatch_states.b0.current_power'], -200);
	// Cut to its range: 250 Wh are free.
	assert.is(first['dispatch_states.b1.current_power'], 250);
	assert.is(first['p_grid'], -150);
	assert.is(step({ load: 0, carbon: 7 })['dispatch_states.b0.current_power'], 300 + 1 + 7);
	assert.equal(JSON.parse(state().policy.plugin), { steps: 2 });
});

test('a plug-in knows no time, chance, I/O or code from text, and cannot get at ours', () => {
	const names = [
		'Date',
		'process',
		'require',
		'console',
		'fetch',
		'setTimeout',
		'eval',
		'Function',
	];
	for (const name of names) {
		const { step } = connect(
			body(`return { setpointsW: [typeof ${name} === 'undefined' ? 1 : 2, 0] };`),
		);
		assert.is(step({ load: 0 })['dispatch_states.b0.current_power'], 1, name);
	}
	const random = connect(body('return { setpointsW: [Math.random(), 0] };'));
	assert.match(
		failure(() => random.step({ load: 0 })).message,
		/Math.random\(\) is not there .*line 2/,
	);
	for (const wayOut of ['view.constructor.constructor', '(() => 0).constructor']) {
		const { step } = connect(
			body(`return { setpointsW: [${wayOut}('return process')().pid, 0] };`),
		);
		assert.match(
			failure(() => step({ load: 0 })).message,
			/Code generation from strings disallowed/,
		);
	}
});

test('a plug-in that hides what it remembers is found', () => {
	const hidden: readonly (readonly [before: string, text: string])[] = [
		['let calls = 0;', 'return { setpointsW: [++calls, 0] };'],
		// By time, so that asking again at once gives the same.
		[
			'const seen = new Map();',
			'if (!seen.has(view.timeS)) seen.set(view.timeS, seen.size); return { setpointsW: [seen.get(view.timeS), 0] };',
		],
		[
			'const at = { s: 0 };',
			'const s = at.s; at.s = view.timeS + 1; return { setpointsW: [s, 0] };',
		],
		['let calls = 0;', 'calls++; return { setpointsW: [0, 0], memory: calls };'],
		['function f() {}\nf.calls = 0;', 'return { setpointsW: [f.calls++, 0] };'],
		[
			'const last = (() => { let calls = 0; return () => calls++; })();',
			'return { setpointsW: [last(), 0] };',
		],
		['const one = /a/g;', 'return { setpointsW: [one.test("aaa") ? one.lastIndex : 0, 0] };'],
	];
	for (const [before, text] of hidden) {
		const { step } = connect(`${before}\n${body(text)}`);
		const error = failure(() => [step({ load: 0 }), step({ load: 0 })]);
		assert.instance(error, SimulationError, text);
		assert.match(error.message, /\/p\/mine\.js": decide\(\) gave two answers to one question/);
	}
	const frozen = connect(body('view.batteries.push(1); return { setpointsW: [0, 0] };'));
	assert.match(failure(() => frozen.step({ load: 0 })).message, /object is not extensible/);
});

test('a plug-in has no place to remember anything that outlives its module', () => {
	const places: readonly (readonly [text: string, message: RegExp])[] = [
		['globalThis.x = 1;', /globalThis is not defined/],
		['x = 1;', /x is not defined/],
		['Math = { x: 1 };', /Cannot assign to read only property 'Math'/],
		['undefined = 1;', /Cannot assign to read only property 'undefined'/],
		['Object.getPrototypeOf(function* () {}).x = 1;', /object is not extensible/],
		['Object.getPrototypeOf(async () => 1).x = 1;', /object is not extensible/],
		['Object.getPrototypeOf([].values()).x = 1;', /object is not extensible/],
		['Object.getPrototypeOf("a".matchAll(/a/g)).x = 1;', /object is not extensible/],
		['this.x = 1;', /Cannot set properties of undefined/],
		['RegExp.input = "a";', /object is not extensible/],
		['Error.stackTraceLimit = 1;', /Cannot assign to read only property/],
		['parameters.x = 1;', /object is not extensible/],
	];
	for (const [text, message] of places) {
		const { step } = connect(body(`${text} return { setpointsW: [0, 0] };`));
		assert.match(failure(() => step({ load: 0 })).message, message, text);
	}
	const matched = connect(
		body(
			'const before = RegExp.$1 ?? null; /(.)/.exec("a"); return { setpointsW: [before === null ? 1 : 2, 0] };',
		),
	);
	matched.step({ load: 0 });
	assert.is(matched.step({ load: 0 })['dispatch_states.b0.current_power'], 1);
});

test('what is wrong with a plug-in is one line with its file and line', () => {
	const late: readonly (readonly [string, RegExp])[] = [
		['\n\treturn view.none.such;', /mine\.js": Cannot read properties of undefined.*\(line 3\)/],
		['return { setpointsW: [1] };', /returned \{"setpointsW":\[1\]\}; return .* with 2 numbers/],
		['return { setpointsW: [NaN, 0] };', /returned the setpoint null; return finite watts/],
		['', /decide\(\) returned null/],
	];
	for (const [text, message] of late) {
		const error = failure(() => connect(body(text)).step({ load: 0 }));
		assert.instance(error, SimulationError);
		assert.match(error.message, message);
		assert.not.match(error.message, /\n/);
	}
	const early: readonly (readonly [string, RegExp])[] = [
		['export const x = 1;\n', /mine\.js": it does not export decide/],
		["\nimport fs from 'node:fs';\n", /mine\.js:2": "import fs from 'node:fs';" is not possible/],
		['export default () => 1;', /mine\.js:1": "export default/],
		[`${body('return 1;')}}\n{`, /mine\.js": Unexpected token '}' \(line \d\)/],
		[body('return {;'), /mine\.js": Unexpected token .*\(line \d\)/],
		[`${body('return 1;')}throw new Error('on purpose');`, /on purpose \(line 4\)/],
	];
	for (const [text, message] of early) {
		const error = failure(() => connect(text));
		assert.instance(error, ConfigError);
		assert.match(error.message, message);
		assert.not.match(error.message, /\n/);
	}
});

test('a plug-in that never returns ends the run with one line that has the time of the step', () => {
	const endless = body('for (; memory > 0; );\n\treturn { setpointsW: [0, 0], memory: 1 };');
	const { step } = connect(`export const initialMemory = 0;\n${endless}`, {}, 200);
	step({ load: 0 });
	const error = failure(() => step({ load: 0 }));
	assert.instance(error, SimulationError);
	assert.match(
		error.message,
		/^Cannot use policy "\/p\/mine\.js": decide\(\) did not return within 0\.2 s in the step at 01:00:00; /,
	);
	assert.not.match(error.message, /\n/);
	// Another one starts with a thread of its own.
	const fine = connect(body('return { setpointsW: [view.deltaW, 0] };'));
	assert.is(fine.step({ load: 7 })['dispatch_states.b0.current_power'], -7);
});

test('a plug-in is told forecasts where there are any', () => {
	const source = body(
		'const { priceUsdPerKwh: hours } = view.forecast; return { setpointsW: [hours[1] ?? -1, hours.length] };',
	);
	const { step } = connectMicrogrid({
		...{ stepUs: HOUR_US, models: [simpleBattery(1000, 0.5), simpleBattery(500, 0.5)] },
		forecastHours: 3,
		strategy: { type: 'plugin', path: '/p/mine.js', source, parameters: {}, hangsAfterMs: 5000 },
	});
	const known = step({ load: 0, forecast: [[], [], [1, 7, 9]] });
	assert.is(known['dispatch_states.b0.current_power'], 7);
	assert.is(known['dispatch_states.b1.current_power'], 3);
	const unknown = step({ load: 0, forecast: [[], [], [1, Number.NaN, 9]] });
	assert.is(unknown['dispatch_states.b0.current_power'], -1);
});

test('the example policy charges while the grid is cleaner than the day was', () => {
	const source = readFileSync(projectFile('examples/policies/cleaner-than-yesterday.js'), 'utf8');
	const { step } = connect(source, { chargePowerW: 100 });
	assert.is(step({ load: 50, carbon: 300 })['dispatch_states.b0.current_power'], -50);
	assert.is(step({ load: 50, carbon: 100 })['dispatch_states.b0.current_power'], 100);
	assert.is(step({ load: 50, carbon: 400 })['dispatch_states.b0.current_power'], -50);
});

test.run();
