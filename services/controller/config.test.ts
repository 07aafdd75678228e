import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { booksPort } from './books.ts';
import { ControllerConfig } from './config.ts';

const CONFIG = {
	stepUs: 60_000_000,
	policy: { mode: 'grid-connected', chargePowerW: 0 },
	strategy: null,
	shedding: null,
	clock: { startEpochMs: 0, timezone: 'UTC' },
	hasGridSignal: false,
	generators: [],
	cap: null,
	members: [{ name: 'server' }, { name: 'solar' }],
	batteries: [
		{ name: 'a', capacityWh: 500 },
		{ name: 'b', capacityWh: 800 },
	],
	signals: [
		{ name: 'price', unit: 'USD/kWh' },
		{ name: 'carbon', unit: 'g/kWh' },
	],
	carbonSignal: 'carbon',
	marginalSignal: null,
	forecast: null,
};

test("booksPort() has Vessim's columns in Vessim's order, then ours", () => {
	const { fields } = booksPort(ControllerConfig.parse(CONFIG));
	assert.equal(
		fields.map(({ name, unit }) => `${name} ${unit}`),
		[
			'p_delta W',
			'p_grid W',
			'actor_states.server.power W',
			'actor_states.solar.power W',
			'policy_state.charge_power W',
			'dispatch_states.a.soc 1',
			'dispatch_states.a.charge_level Wh',
			'dispatch_states.b.soc 1',
			'dispatch_states.b.charge_level Wh',
			'grid_signals.price USD/kWh',
			'grid_signals.carbon g/kWh',
			'policy_state.cap_per_gpu W',
			'policy_state.curtailed W',
			'dispatch_states.a.current_power W',
			'dispatch_states.b.current_power W',
		],
	);
});

const marginalRule = { rules: [{ signal: 'marginal', above: 300, capWPerGpu: 250 }] };
const arbitrage = { chargePowerW: null, targetSoc: 1, otherwise: 'hold' };
const MARGINAL = {
	...{ type: 'threshold', signal: 'marginal', ...arbitrage },
	...{ chargeBelow: 1, dischargeAbove: 2, hysteresis: 0 },
};
const AHEAD = {
	...{ type: 'forecast', signal: 'carbon', ...arbitrage },
	...{ chargeShare: 0.2, dischargeShare: 0.2, roundTripEfficiency: 0.9 },
};
const carbonRule = { rules: [{ signal: 'carbon', above: 300, capWPerGpu: 250 }] };
const socRule = { rules: [{ signal: 'soc', below: 0.2, capWPerGpu: 250 }] };
const REFUSED = [
	['two members of one name', { members: [{ name: 'x' }, { name: 'x' }] }, /same name/],
	['no member', { members: [] }, /at least one member/],
	['a carbon signal that is a price', { carbonSignal: 'price' }, /not one of the signals in g/],
	[
		'a policy on a missing marginal signal',
		{ strategy: MARGINAL },
		/needs marginalCarbon; add one/,
	],
	['a marginal rule without its signal', { cap: marginalRule }, /on marginal needs marginalCarbon/],
	['a forecast policy without a forecast', { strategy: AHEAD }, /needs a forecast; add one/],
	['a carbon rule without its signal', { carbonSignal: null, cap: carbonRule }, /needs a carbon/],
	['a soc rule without a battery', { batteries: [], cap: socRule }, /needs a battery/],
	['an empty list of rules', { cap: { rules: [] } }, /expected array to have/],
] as const;
for (const [what, change, message] of REFUSED)
	test(`ControllerConfig refuses ${what} with one line`, () => {
		const parsed = ControllerConfig.safeParse({ ...CONFIG, ...change });
		assert.is(parsed.error?.issues.length, 1);
		assert.match(parsed.error?.issues[0]?.message ?? '', message);
	});

test('ControllerConfig accepts cap rules whose signals are there', () => {
	for (const cap of [carbonRule, socRule])
		assert.is(ControllerConfig.safeParse({ ...CONFIG, cap }).success, true);
});

test.run();
