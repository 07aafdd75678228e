import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US } from '../../protocol/time.ts';
import { connectMicrogrid, type Microgrid, simpleBattery } from './microgrid.test-support.ts';

const AWAY = [0, 0, 0] as const;
const THERE = [1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const NO_ORDER = { order: [], hysteresisSoc: 0.05 };

function connect(change: Partial<Microgrid>) {
	const { step } = connectMicrogrid({
		...{ stepUs: HOUR_US, models: [simpleBattery(1000, 0.5, 0.1)], hasGrid: true },
		...{ shedding: NO_ORDER, ...change },
	});
	return (given: Parameters<typeof step>[0]) => {
		const books = step(given);
		const value = (name: string) => books[name] ?? Number.NaN;
		return {
			gridW: value('p_grid'),
			batteryW: value('dispatch_states.b0.current_power'),
			generatorW: value('generator_states.g0.power'),
			curtailedW: value('policy_state.curtailed'),
			unservedW: value('policy_state.unserved'),
			capW: value('policy_state.cap_per_gpu'),
		};
	};
}

test('an outage islands its steps: batteries serve, the rest is booked as unserved', () => {
	const step = connect({});
	assert.is(step({ load: 300, grid: THERE }).batteryW, -300);
	const out = step({ load: 300, grid: AWAY });
	assert.equal([out.gridW, out.batteryW, out.unservedW], [0, -100, 200]);
	const sunny = step({ load: 300, solar: 2000, grid: AWAY });
	assert.equal([sunny.batteryW, sunny.curtailedW, sunny.unservedW], [900, 800, 0]);
});

test('without shedding a deficit in an outage ends the run, with how much and when', () => {
	const step = connect({ shedding: null });
	step({ load: 100, grid: AWAY });
	assert.throws(
		() => step({ load: 500, grid: AWAY }),
		/Cannot serve the load islanded: 200 W are missing at 01:00:00; .*policy\.shedding/,
	);
});

test('an import limit takes from the battery whatever the policy, then from the load', () => {
	const hold = { chargePowerW: null, targetSoc: 1, otherwise: 'hold' } as const;
	const step = connect({
		strategy: {
			...{ type: 'threshold', signal: 'carbon', ...hold },
			...{ chargeBelow: -1, dischargeAbove: 999, hysteresis: 0 },
		},
	});
	const first = step({ load: 500, grid: [1, 200, 0] });
	assert.equal([first.gridW, first.batteryW, first.unservedW], [-200, -300, 0]);
	const second = step({ load: 500, grid: [1, 200, 0] });
	assert.equal([second.gridW, second.batteryW, second.unservedW], [-200, -100, 200]);
});

test('an export limit fills the battery, then curtails', () => {
	const step = connect({ chargePowerW: -100 });
	const { gridW, batteryW, curtailedW } = step({ load: 0, solar: 900, grid: [1, 0, 200] });
	assert.equal([gridW, batteryW, curtailedW], [200, 500, 200]);
});

const ORDER = {
	hysteresisSoc: 0.1,
	order: [
		{ type: 'load' as const, name: 'office', belowSoc: 0.4 },
		{ type: 'replicas' as const, capWPerGpu: 150, belowSoc: 0 },
	],
};

test('a load is shed while the battery is low, until it has recovered', () => {
	const step = connect({ models: [simpleBattery(1000, 0.5)], shedding: ORDER });
	const shed = (office: number, solar: number) =>
		step({ load: 200, office, solar, grid: AWAY }).unservedW;
	assert.is(shed(50, 0), 0);
	// .25: below .4. It takes 50 W less than it asks.
	assert.is(shed(50, 200), 50);
	assert.is(shed(50, 430), 50);
	// .48 is not .5 yet.
	assert.is(shed(50, 250), 50);
	assert.is(shed(50, 250), 0);
	assert.is(step({ load: 200, office: 50, grid: THERE }).unservedW, 0);
});

test('replicas are capped from the step after a deficit until the battery has recovered', () => {
	const step = connect({ shedding: { ...ORDER, order: ORDER.order.slice(1) } });
	assert.is(step({ load: 300, grid: AWAY }).capW, Number.POSITIVE_INFINITY);
	const short = step({ load: 300, grid: AWAY });
	assert.equal([short.unservedW, short.capW], [200, 150]);
	assert.is(step({ load: 100, solar: 150, grid: AWAY }).capW, 150);
	// It began at .2, so it ends at .3; .15 is stored now, and .35 after this.
	assert.is(step({ load: 100, solar: 300, grid: AWAY }).capW, 150);
	assert.is(step({ load: 0, grid: AWAY }).capW, Number.POSITIVE_INFINITY);
});

const MACHINE = { ratedPowerW: 1000, minPowerW: 300, minRunUs: 0, minPauseUs: 0 };
const RULE = {
	strategy: 'load-following',
	startBelowSoc: 0.3,
	stopAboveSoc: 0.5,
	startAboveUsdPerKwh: null,
} as const;

test('a load-following generator starts when the battery is low and makes at least its least power', () => {
	const step = connect({ generators: [{ ...MACHINE, rule: RULE }] });
	assert.is(step({ load: 300, grid: AWAY }).generatorW, 0);
	const low = step({ load: 100, grid: AWAY });
	assert.equal([low.generatorW, low.batteryW], [300, 200]);
	assert.is(step({ load: 600, grid: AWAY }).generatorW, 600);
	assert.is(step({ load: 200, grid: AWAY }).generatorW, 300);
	// .5 stored: it stops.
	assert.is(step({ load: 100, grid: AWAY }).generatorW, 0);
	assert.is(step({ load: 100, grid: THERE }).generatorW, 0);
});

test('a generator starts at once for a deficit that the battery cannot serve', () => {
	const step = connect({ generators: [{ ...MACHINE, rule: { ...RULE, startBelowSoc: 0 } }] });
	const both = step({ load: 900, grid: AWAY });
	assert.equal([both.generatorW, both.batteryW, both.unservedW], [500, -400, 0]);
	// A deficit below its least power: the rest charges.
	const small = step({ load: 100, grid: AWAY });
	assert.equal([small.generatorW, small.batteryW], [300, 200]);
});

test('cycle charging runs at the rated power; a least running time outlasts its rule', () => {
	const machine = { ...MACHINE, minRunUs: 3 * HOUR_US };
	const step = connect({
		generators: [{ ...machine, rule: { ...RULE, strategy: 'cycle-charging', startBelowSoc: 0.5 } }],
		models: [simpleBattery(1000, 0.45)],
	});
	const first = step({ load: 200, grid: AWAY });
	assert.equal([first.generatorW, first.batteryW, first.curtailedW], [750, 550, 0]);
	assert.is(step({ load: 500, grid: AWAY }).generatorW, 500);
	// The grid is back, but it has to run on.
	assert.is(step({ load: 0, grid: THERE }).generatorW, 300);
	assert.is(step({ load: 0, grid: THERE }).generatorW, 0);
});

test('on the grid a generator runs above its price, for what is missing', () => {
	const step = connect({
		generators: [{ ...MACHINE, rule: { ...RULE, startAboveUsdPerKwh: 0.5 } }],
	});
	assert.is(step({ load: 600, price: 0.4, grid: THERE }).generatorW, 0);
	assert.is(step({ load: 600, price: 0.6, grid: THERE }).generatorW, 600);
	assert.is(step({ load: 0, solar: 10, price: 0.6, grid: THERE }).generatorW, 0);
});

test.run();
