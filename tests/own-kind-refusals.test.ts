import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, tempFolder } from './cli.ts';
import { actor, module, scenarioWith } from './own-kind.test-support.ts';

/** What a module says, and what is said of it. */
const WRONG: readonly (readonly [what: string, code: string, said: RegExp])[] = [
	[
		'nothing exported',
		'export {};',
		/^Cannot use module ".*thing\.js": it exports nothing; export one kind of actor, an object with kind, config and create \(docs\/own-kind\.md\)$/,
	],
	['no kind', 'export const a = 1;', /it exports a; export one kind/],
	[
		'two kinds',
		`${module(actor(''))}export const b = { ...kind };`,
		/it exports b, kind; export one kind/,
	],
	['no JavaScript', 'export const = 1;', /^Cannot load module ".*thing\.js": /],
	['throws', "throw new Error('no licence');", /^Cannot load module ".*thing\.js": no licence$/],
	[
		'refuses its configuration',
		module(actor(''), "() => { throw new Error('powerW is missing'); }"),
		/^Cannot configure "thing" \(thing\.js\): powerW is missing$/,
	],
	[
		'create throws',
		module("create() { throw new Error('no file'); }"),
		/^Cannot use "thing\.js" as "thing": create threw: no file$/,
	],
	['no actor', module('create: () => null'), /create returned null, no actor$/],
	[
		'another timing',
		module(actor("timing: 'event'")),
		/its timing is event; it steps with the microgrid: give timing: 'time'$/,
	],
	[
		'another step',
		module(actor('stepUs: 1')),
		/its stepUs is 1 and the microgrid steps every 00:01:00; give env\.run\.stepUs$/,
	],
	[
		'an unknown output',
		module(
			actor(
				"outputs: [{ name: 'torque', kind: 'interval', fields: [{ name: 'torque', unit: '1' }] }]",
			),
		),
		/it has an output "torque"; known are power, state, signal, price, air$/,
	],
	[
		'another unit',
		module(
			actor(
				"outputs: [{ name: 'power', kind: 'interval', fields: [{ name: 'power', unit: 'Wh' }] }]",
			),
		),
		/its output "power" has the fields power \(Wh\); give interval with power \(W\)$/,
	],
	[
		'no port',
		module(actor("outputs: [{ name: 'power' }]")),
		/it has an output that is no port at "kind": /,
	],
	['no output', module(actor('outputs: []')), /it has no output; give power/],
	[
		'half a store',
		module(
			actor(
				"inputs: [{ name: 'setpoint', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] }]",
			),
		),
		/a store has an input "setpoint" and an output "state", both or none$/,
	],
	[
		'a signal that is not there',
		module(
			actor(
				"inputs: [{ name: 'price', kind: 'interval', fields: [{ name: 'value', unit: 'USD/kWh' }] }]",
			),
		),
		/^Cannot run "thing": it reads "price" and the scenario has no price; add one$/,
	],
	[
		'init throws',
		module(actor("init() { throw new Error('x'); }")),
		/^Cannot go on with "thing" \(thing\.js\) at 00:00:00: init threw: x$/,
	],
	[
		'a state with a function',
		module(actor('init: () => ({ a: [() => 0] })')),
		/its state is no plain data: state\.a\.0 is a function; return numbers, texts, lists and objects$/,
	],
	[
		'a state with a class',
		module(actor('init: () => ({ a: new (class Motor {})() })')),
		/state\.a is a Motor; /,
	],
	[
		'step throws',
		module(actor("step() { throw new Error('stuck'); }")),
		/at 00:00:00: step threw: stuck$/,
	],
	[
		'not a number',
		module(
			actor(
				'step(s, span, i, o) { o[0].append(span.fromUs, [span.fromUs > 0 ? Number.NaN : 1]); return s; }',
			),
		),
		/at 00:01:00: it put out NaN as "power" of "power"; give a finite number$/,
	],
	['no row', module(actor('step: (s) => s')), /it put out no row of "power"; give one a step$/],
	[
		'two rows',
		module(
			actor(
				'step(s, span, i, o) { o[0].append(span.fromUs, [1]); o[0].append(span.fromUs, [1]); return s; }',
			),
		),
		/it put out a row of "power" too many; give one a step, at span\.fromUs$/,
	],
	[
		'two values',
		module(actor('step(s, span, i, o) { o[0].append(span.fromUs, [1, 2]); return s; }')),
		/it put out 2 values as "power"; give 1: power$/,
	],
	[
		'no state',
		module(actor('step(s, span, i, o) { o[0].append(span.fromUs, [1]); }')),
		/step returned nothing; return the state$/,
	],
	[
		'a promise',
		module(actor('async step(s, span, i, o) { o[0].append(span.fromUs, [1]); return s; }')),
		/its state is no plain data: state is a Promise; /,
	],
];

const THING = '{ name: thing, module: ./thing.js }';
const said = async (scenario: string) => {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat([
		'run',
		scenario,
		'--in-process',
		'--json',
		'--out',
		folder,
	]);
	return { code, line: stderr.trimEnd() };
};

for (const [what, code, pattern] of WRONG)
	test(`a module that does not fit is refused in one line: ${what}`, async () => {
		const { code: exit, line } = await said(scenarioWith(THING, code));
		const last = line.split('\n').at(-1) ?? '';
		assert.match(last, pattern);
		assert.ok(exit === 1 || exit === 2, `${exit}`);
	});

test('a module that is not there is refused with its path, and a name twice', async () => {
	const missing = await said(scenarioWith(THING, null));
	assert.is(missing.code, 2);
	assert.match(missing.line, /^Cannot read module ".*\/thing\.js": there is no such file/);
	const typescript = await said(scenarioWith('{ name: thing, module: ./thing.ts }', ''));
	assert.match(
		typescript.line,
		/give a file that ends in \.js or \.mjs; TypeScript has to be compiled first$/,
	);
	const twice = await said(scenarioWith('{ name: house, module: ./thing.js }', module(actor(''))));
	assert.match(twice.line, /^Cannot name two actors "house": rename one of them$|same name/);
	const nameless = scenarioWith('{ module: ./thing.js }', module(actor('')));
	assert.match((await said(nameless)).line, /actors\.0\.name.* in .*scenario\.yaml:\d+/);
});

test.run();
