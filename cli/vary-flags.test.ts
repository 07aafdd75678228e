import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../run/resolve/scenario.ts';
import { givenScenario } from './given-scenario.ts';
import { casesOf } from './vary-flags.ts';

/** The scenarios of a command line, by the labels of their cases. */
function made(
	asked: Parameters<typeof casesOf>[0],
	overrides: Readonly<Record<string, unknown>> = {},
): Map<string, Scenario> {
	const given = { overrides: new Map(Object.entries(overrides)), options: {} };
	return new Map(
		casesOf(asked).map(({ label, flags, change }) => [
			label,
			change(givenScenario(undefined, flags(given)).scenario),
		]),
	);
}

function refusal(asked: Parameters<typeof casesOf>[0]): string {
	try {
		made(asked);
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	return 'none';
}

test('--without has the run as it is, and one for each time that it is given', () => {
	const all = made({ without: ['cap', 'battery,solar'] });
	assert.equal([...all.keys()], ['as it is', 'without cap', 'without battery and solar']);
	const [base, uncapped, bare] = [...all.values()] as [Scenario, Scenario, Scenario];
	assert.equal([base.cap.length, base.batteries.length, base.solar.length], [1, 1, 1]);
	assert.equal({ ...uncapped, cap: base.cap }, base);
	assert.equal({ ...bare, batteries: base.batteries, solar: base.solar }, base);
	assert.equal([bare.batteries, bare.solar], [[], []]);
});

test('--without takes parts by path, and the caps that follow what is gone', () => {
	const part = (name: string, overrides = {}) =>
		made({ without: [name] }, overrides).get(`without ${name}`) as Scenario;
	assert.equal(part('carbon').cap, [], 'the cap of the default scenario is on carbon');
	assert.is(part('serving').serving, null);
	const bursts = { type: 'markov', burstFactor: 4, meanBurst: '5min', meanCalm: '1h' };
	assert.is(part('bursts', { 'requests.rate.bursts': bursts }).requests.rate?.bursts, null);
	const cap = [
		{ signal: 'soc', below: 0.4, capWPerGpu: 200 },
		{ signal: 'carbon', above: 300, capWPerGpu: 250 },
	];
	assert.equal(
		part('batteries', { cap }).cap.map(({ signal }) => signal),
		['carbon'],
	);
	assert.is(part('price', { price: { source: 'constant', valueUsdPerKwh: 0.2 } }).price, null);
});

test('--without empties a part in every site', () => {
	const sites = [
		{ name: 'a', cap: [{ signal: 'carbon', above: 100, capWPerGpu: 100 }] },
		{ name: 'b' },
	];
	const left = made({ without: ['cap'] }, { sites }).get('without cap') as Scenario;
	assert.equal(left.cap, []);
	assert.equal(
		left.sites.map(({ cap }) => cap),
		[[], undefined],
	);
	const watts = made({ vary: ['cap=90,110'] }, { sites }).get('cap 90') as Scenario;
	assert.is(watts.cap[0]?.capWPerGpu, 90);
	assert.is(watts.sites[0]?.cap?.[0]?.capWPerGpu, 90);
});

test('--vary takes flags as they are given to gridbeat run, watts of a cap, and none', () => {
	const caps = made({ vary: ['cap=none,150,200 W,carbon>300:250 soc<0.4:200'] });
	assert.equal(
		[...caps.keys()],
		['cap none', 'cap 150', 'cap 200 W', 'cap carbon>300:250 soc<0.4:200'],
	);
	assert.equal(
		[...caps.values()].map(({ cap }) => cap.map(({ above, capWPerGpu }) => [above, capWPerGpu])),
		[
			[],
			[[400, 150]],
			[[400, 200]],
			[
				[300, 250],
				[undefined, 200],
			],
		],
	);
	const batteries = [...made({ vary: ['--battery-capacity=none,4000'] }).values()];
	assert.equal(
		batteries.map((one) => one.batteries.map(({ capacityWh }) => capacityWh)),
		[[], [4000]],
	);
	assert.equal([...made({ vary: ['battery=none,4000'] }).values()], batteries);
	const carbon = [...made({ vary: ['carbon=none,constant:300'] }, { cap: [] }).values()];
	assert.equal(
		carbon.map((one) => one.carbon?.source ?? null),
		[null, 'constant'],
	);
	const cities = [...made({ vary: ["location=Berlin,'San Francisco'"] }).values()];
	assert.equal(
		cities.map(({ location }) => location),
		['Berlin', 'San Francisco'],
	);
	const events = [...made({ vary: ['ignore-events=true,false'] }, { grid: {} }).values()];
	assert.equal(
		events.map(({ grid }) => grid?.respondToEvents),
		[false, true],
	);
	const diurnal = Array.from({ length: 24 }, (_, i) => i / 10).join();
	const rates = [...made({ vary: [`diurnal=none;${diurnal}`] }).values()];
	assert.equal(
		rates.map(({ requests }) => (requests.rate?.diurnal ?? null) === null),
		[true, false],
	);
});

test('--vary takes keys of the scenario by path, with YAML for values, and several of them every combination', () => {
	const all = made({
		vary: ['serving.replicas=1,2', 'requests.prefixes=none,{type: groups, groups: 4, tokens: 100}'],
	});
	assert.equal([...all.keys()].slice(0, 2), [
		'replicas 1, prefixes none',
		'replicas 1, prefixes {type: groups, groups: 4, tokens: 100}',
	]);
	assert.equal(
		[...all.values()].map(({ serving, requests }) => [
			serving?.replicas,
			requests.prefixes !== null,
		]),
		[
			[1, false],
			[1, true],
			[2, false],
			[2, true],
		],
	);
	const mixed = made({ without: ['cap'], vary: ['replicas=1,2'] });
	assert.equal(
		[...mixed.keys()],
		['replicas 1', 'replicas 2', 'without cap, replicas 1', 'without cap, replicas 2'],
	);
});

for (const [asked, pattern] of [
	[
		{ without: ['caps'] },
		/^Cannot leave out "caps": a scenario has no such part; did you mean cap\?$/,
	],
	[{ without: ['wind'] }, /^Cannot leave out "wind": the scenario has none of it$/],
	[{ without: ['location'] }, /^Cannot leave out "location": a scenario cannot do without; /],
	[{ without: ['cap,'] }, /^Cannot leave out "cap,": name a part, such as cap$/],
	[{ vary: ['cap'] }, /^Cannot vary "cap": give a flag or a key and at least two values, such as /],
	[{ vary: ['cap=150'] }, /^Cannot vary "cap=150": give .* at least two values/],
	[{ vary: ['cap=,150'] }, /^Cannot vary "cap=,150": /],
	[{ vary: ['replica=1,2'] }, /did you mean replicas\?$/],
	[
		{ vary: ['out=a,b'] },
		/^Cannot vary "out": gridbeat run has no such flag and a scenario no such key; /,
	],
	[{ vary: ['cap=none,x'] }, /^Cannot use --cap "x": give none, or a rule such as carbon>300:250/],
	[{ vary: ['serving.replicas=1,{'] }, /^Cannot use "\{" for serving.replicas: it is no YAML \(/],
	[
		{ vary: ['in-process=yes,no'] },
		/^Cannot use "yes" for --in-process, which takes no value: give true or false$/,
	],
	[
		{ vary: ['until=1h,2h,3h,4h,5h', 'replicas=1,2,3,4'] },
		/^Cannot compare 20 runs side by side: at most 16 are possible; gridbeat sweep runs more$/,
	],
] as const)
	test(`refuses ${JSON.stringify(asked)} in a line`, () => {
		assert.match(refusal(asked), pattern);
		assert.not(refusal(asked).includes('\n'));
	});

test('watts of a cap need a rule to be of', () => {
	try {
		made({ vary: ['cap=100,150'] }, { cap: [] });
		assert.unreachable();
	} catch (error) {
		assert.match(
			(error as Error).message,
			/^Cannot use cap "100": the scenario has no rule whose watts it could be; give a rule such as carbon>300:100$/,
		);
	}
});

test.run();
