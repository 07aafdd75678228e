import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CODE_WINGS } from './laws.ts';
import { moduleState } from './module-state.ts';

test('state at module level is refused in a file that nobody has seen before', () => {
	const rows: readonly (readonly [code: string, name: string])[] = [
		['let count = 0;', 'count'],
		['export let last: string | null = null;', 'last'],
		["let [dayText] = [''];", 'dayText'],
		['const seen = new Map<string, number>();', 'seen'],
		['const rows: Row[] = [];', 'rows'],
		['const byName: Record<string, Row> = {};', 'byName'],
		['const scratch = new Float64Array(4);', 'scratch'],
		['export const clock = new Clock();', 'clock'],
		['const table = [1, 2];', 'table'],
		['const state = { at: 0 };', 'state'],
		['const deep = { at: { soc: 0 } };', 'deep'],
		['const frozen = Object.create(null);', 'frozen'],
		['class Tide {', ''],
		['\tstatic height = 0;', 'height'],
		['}', ''],
	];
	const used = [
		'function f() {',
		'\tlet own = 0;',
		'\ttable.push(3);',
		'\tstate.at += 1;',
		'\tdeep.at.soc = 0.5;',
		'\tObject.assign(frozen, { a: 1 });',
		'}',
	];
	const text = `${[...rows.map(([code]) => code), ...used].join('\n')}\n`;
	const message = (name: string) =>
		`the state ${name} of a module is banned, use an argument, the state of an actor or a read-only type`;
	for (const wing of CODE_WINGS) {
		const path = `${wing}/tide/moon.ts`;
		const expected = rows.flatMap(([, name], i) =>
			name === '' ? [] : [`${path}:${i + 1}: ${message(name)}`],
		);
		assert.equal(moduleState([{ path, text }], {}).sort(), expected.sort());
	}
	const harmless = [
		'const NAMES: ReadonlySet<string> = new Set(["a"]);',
		'const NONE: readonly string[] = [];',
		'const SIZES = [1, 2];',
		'const PATTERN = new RegExp("a");',
		'// let count = 0;',
		'function f(a: number[]) {',
		'\tlet own = 0;',
		'\ta.push(SIZES[0] === own ? 1 : 2);',
		'}',
	].join('\n');
	assert.equal(moduleState([{ path: 'services/tide/kind.ts', text: harmless }], {}), []);
	for (const path of ['services/tide/kind.test.ts', 'tests/tide.ts'])
		assert.equal(moduleState([{ path, text }], {}), []);
});

test('a constant that another file changes is state; a reason is for a name, and needed', () => {
	const files = [
		{ path: 'services/tide/table.ts', text: 'export const HEIGHTS = [1, 2];\n' },
		{
			path: 'services/tide/kind.ts',
			text: `import { HEIGHTS as heights } from ${"'./table.ts'"};\nexport function f() {\n\theights[0] = 2;\n}\n`,
		},
		{ path: 'services/tide/moon.ts', text: 'let phase = 0;\nlet day = 0;\n' },
	];
	assert.equal(
		moduleState(files, { 'services/tide/moon.ts': { phase: 'a memory', gone: 'none' } }).map(
			(line) => line.replace(/ of a module is banned.*/, ''),
		),
		[
			'services/tide/kind.ts:3: the state heights',
			'services/tide/moon.ts:2: the state day',
			'services/tide/moon.ts:1: a reason for the state gone, which is not there, is banned',
		],
	);
});

test.run();
