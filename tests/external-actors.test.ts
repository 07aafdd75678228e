import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ExternalConfig } from '../protocol/external-config.ts';
import { makePlan } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Actors whose processes are started elsewhere, as the scenario makes them: ports, wires, places, and what does not fit. */

function write(scenario: object): string {
	const path = join(tempFolder(), 'scenario.yaml');
	const rest = { until: '10min', serving: null, price: null };
	writeFileSync(path, JSON.stringify({ ...rest, ...scenario }));
	return path;
}

async function planOf(scenario: object) {
	const plan = await makePlan(readScenario(write(scenario), new Map()), { command: null });
	const configOf = (name: string) =>
		ExternalConfig.parse(plan.roster.find((entry) => entry.name === name)?.config);
	const wires = plan.wires.map(({ from, to, delayUs, initial }) => ({
		wire: `${from.actor}.${from.port} -> ${to.actor}.${to.port}`,
		...{ delayUs, initial },
	}));
	return { ...plan, configOf, wires };
}

const store = { capacityWh: 1000, soc: 0.25, feasibleMinW: -100, feasibleMaxW: 200 };

test('its ports and wires follow from what its entry says', async () => {
	const plan = await planOf({
		loads: [
			{ name: 'pump', external: 'heat', reads: { sun: 'solar.power' }, values: { level: 'Wh' } },
		],
		actors: [
			{
				name: 'wheel',
				external: 'wheel',
				store,
				reads: { last: 'battery.state' },
				config: { a: [1] },
			},
			{ name: 'eye', external: 'eye', observes: true, reads: { books: 'controller.books' } },
		],
	});
	const [pump, wheel, eye] = ['pump', 'wheel', 'eye'].map(plan.configOf) as ExternalConfig[];
	assert.equal(
		[pump, wheel, eye].map((config) => [config?.role, config?.outputs.map(({ name }) => name)]),
		[
			['member', ['power', 'values']],
			['store', ['state']],
			['observer', []],
		],
	);
	assert.equal(wheel?.config, { a: [1] });
	assert.equal(
		wheel?.inputs.map(({ name, isDelayed, isKnownAtFirst }) => ({
			name,
			isDelayed,
			isKnownAtFirst,
		})),
		[
			{ name: 'setpoint', isDelayed: false, isKnownAtFirst: true },
			{ name: 'last', isDelayed: true, isKnownAtFirst: true },
		],
	);
	assert.is(eye?.inputs[0]?.fields[1]?.name, 'p_grid');
	const touching = plan.wires.filter(({ wire }) => /pump|wheel|eye/.test(wire));
	assert.equal(
		touching.map(({ wire, delayUs, initial }) => [wire, delayUs / 60e6, initial?.length ?? null]),
		[
			['pump.power -> controller.power', 0, null],
			['solar.power -> pump.sun', 0, null],
			['pump.values -> recorder.pump-values', 0, null],
			['controller.setpoint-wheel -> wheel.setpoint', 0, null],
			['wheel.state -> controller.battery', 1, 5],
			['battery.state -> wheel.last', 1, 5],
			['controller.books -> eye.books', 0, null],
		],
	);
	assert.equal([...plan.external].sort(), ['eye', 'pump', 'wheel']);
});

test('what the controller says comes to a member a step later, and not at first', async () => {
	const { configOf, wires } = await planOf({
		loads: [{ name: 'pump', external: 'heat', reads: { books: 'controller.books' } }],
	});
	const [input] = configOf('pump').inputs;
	assert.equal([input?.isDelayed, input?.isKnownAtFirst], [true, false]);
	const found = wires.find(({ wire }) => wire === 'controller.books -> pump.books');
	assert.is(found?.delayUs, 60e6);
	assert.is(found?.initial?.length, input?.fields.length);
});

test('in a site it reads what the site has, by the names of the site', async () => {
	const { configOf, wires, external } = await planOf({
		loads: [{ name: 'pump', external: 'heat', reads: { sun: 'solar.power' } }],
		sites: [{ name: 'a' }, { name: 'b', loads: [] }],
	});
	assert.is(configOf('a-pump').inputs[0]?.from, 'solar.power');
	assert.ok(wires.some(({ wire }) => wire === 'a-solar.power -> a-pump.sun'));
	assert.equal([...external], ['a-pump']);
});

const pump = { name: 'pump', external: 'heat' };
const refusals: readonly (readonly [string, object, RegExp, string[]?])[] = [
	[
		'a port that is not there',
		{ loads: [{ ...pump, reads: { sun: 'sun.power' } }] },
		/^Cannot read "sun\.power" by "pump": no such port; it may read solar\.power, carbon\.signal, battery\.state, controller\.books$/m,
	],
	[
		'its own port',
		{ loads: [{ ...pump, reads: { me: 'pump.power' } }] },
		/^Cannot read "pump\.power" by "pump": it is its own;/m,
	],
	[
		'a text that is no port',
		{ loads: [{ ...pump, reads: { sun: 'solar' } }] },
		/^Cannot use "loads\.0\.reads\.sun" = "solar" in .*: a port is written actor\.port$/m,
	],
	[
		'a key that nobody knows',
		{ loads: [{ ...pump, powerW: 3 }] },
		/^Cannot use key "loads\.0\.powerW" in .*: unknown key/m,
	],
	[
		'a store among loads',
		{ loads: [{ ...pump, store }] },
		/^Cannot use key "loads\.0\.store" in .*: unknown key/m,
	],
	[
		'a module that is external',
		{ actors: [{ ...pump, module: './x.js' }] },
		/^Cannot use key "actors\.0\.module" in .*: unknown key/m,
	],
	[
		'a unit that is none',
		{ loads: [{ ...pump, values: { a: 'K' } }] },
		/^Cannot use "loads\.0\.values\.a" = "K" in /m,
	],
	[
		'a kind of Gridbeat',
		{ loads: [{ ...pump, external: 'replica' }] },
		/^Cannot use "replica" as the kind of "pump": it is one of Gridbeat's own; give another name, and see --external/m,
	],
	[
		'a store that observes',
		{ actors: [{ ...pump, store, observes: true }] },
		/^Cannot use "pump" as a store that observes: drop one of the two$/m,
	],
	[
		'an observer of nothing',
		{ actors: [{ ...pump, observes: true }] },
		/^Cannot observe by "pump": it reads nothing; give reads$/m,
	],
	[
		'a range that goes backwards',
		{ actors: [{ ...pump, store: { ...store, feasibleMinW: 300 } }] },
		/^Cannot use the store "pump" from 300 to 200 W: give feasibleMinW <= feasibleMaxW$/m,
	],
	[
		'what sets a store under a name of its own',
		{ actors: [{ ...pump, store, reads: { setpoint: 'solar.power' } }] },
		/^Cannot read "solar\.power" as "setpoint" of "pump": a store is set by that; give another name$/m,
	],
	[
		'one process for all',
		{ loads: [pump] },
		/^Cannot run "pump" in one process with the rest: its process is started elsewhere; leave out --in-process$/m,
		['--in-process'],
	],
	[
		'a process of both kinds',
		{ loads: [pump], placement: { hosts: { both: ['pump', 'solar'] } } },
		/^Cannot place "solar" in host "both" beside "pump": that one's process is no program of Gridbeat$/m,
	],
	[
		'repeats',
		{ loads: [pump] },
		/^Cannot repeat with "pump": its process is started elsewhere, and each run is one process$/m,
		['--repeats', '2'],
	],
];
for (const [what, scenario, words, args = []] of refusals)
	test(`a scenario with ${what} is refused before the run`, async () => {
		const run = ['run', write(scenario), '--dry-run', ...args];
		const wanted = args.includes('--repeats') ? run.filter((word) => word !== '--dry-run') : run;
		const out = args.includes('--repeats') ? ['--out', join(tempFolder(), 'study')] : [];
		const { code, stderr } = await gridbeat([...wanted, ...out]);
		assert.is(code, 2, stderr);
		assert.match(stderr, words);
	});

test.run();
