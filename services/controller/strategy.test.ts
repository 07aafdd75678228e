import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US } from '../../protocol/time.ts';
import { connectMicrogrid, simpleBattery } from './microgrid.test-support.ts';
import type { StrategyConfig } from './strategy.ts';

const MONDAY = Date.UTC(2024, 5, 17);
const OFTEN = { chargePowerW: 300, targetSoc: 0.8, otherwise: 'self-consumption' } as const;

function connect(strategy: StrategyConfig, hour = 0, soc = 0.5) {
	const startEpochMs = MONDAY + hour * 3_600_000;
	const models = [simpleBattery(1000, soc), simpleBattery(1000, soc)];
	const forecast = strategy.type === 'forecast' ? { forecastHours: 4 } : {};
	const grid = { stepUs: HOUR_US, models, strategy, startEpochMs, ...forecast };
	const { step } = connectMicrogrid(grid);
	return (given: Parameters<typeof step>[0]) => {
		const books = step(given);
		return ['b0', 'b1'].map((name) => {
			const powerW = books[`dispatch_states.${name}.current_power`] as number;
			return Math.round(1e9 * powerW) / 1e9;
		});
	};
}

type TimeOfUse = Extract<StrategyConfig, { type: 'time-of-use' }>;
const NIGHT = { fromMin: 22 * 60, untilMin: 6 * 60, days: 'all' } as const;
const EVENING = { fromMin: 18 * 60, untilMin: 21 * 60, days: 'weekdays' } as const;
const TOU: TimeOfUse = { type: 'time-of-use', ...OFTEN, charge: [NIGHT], discharge: [EVENING] };

test('time-of-use charges in its window, over midnight, up to the target', () => {
	const step = connect(TOU, 4);
	assert.equal(step({ load: 100 }), [300, 0]);
	// The first is at its target of 800 Wh, the second takes over.
	assert.equal(step({ load: 100 }), [0, 300]);
	// 06:00: the window is over, and the default holds.
	assert.equal(step({ load: 100 }), [-100, 0]);
});

test('time-of-use stores a surplus above its charging power, also past the target', () => {
	const step = connect(TOU, 23, 0.9);
	assert.equal(step({ load: 0, solar: 150 }), [100, 50]);
});

test('time-of-use with hold leaves deficits to the grid but for its discharging times', () => {
	const hold: TimeOfUse = { ...TOU, otherwise: 'hold' };
	assert.equal(connect(hold, 12)({ load: 100 }), [0, 0]);
	assert.equal(connect(hold, 12)({ load: 0, solar: 40 }), [40, 0]);
	assert.equal(connect(hold, 18)({ load: 100 }), [-100, 0]);
	// Saturday evening is no weekday.
	assert.equal(connect(hold, 5 * 24 + 18)({ load: 100 }), [0, 0]);
});

test('a window of weekdays that begins on Friday night lasts until Saturday morning', () => {
	const nights: TimeOfUse = { ...TOU, charge: [{ ...NIGHT, days: 'weekdays' }] };
	assert.equal(connect(nights, 5 * 24 + 3)({ load: 100 }), [300, 0]);
	assert.equal(connect(nights, 6 * 24 + 3)({ load: 100 }), [-100, 0]);
});

test('carbon arbitrage charges below one threshold, serves above the other, with hysteresis', () => {
	const step = connect({
		...{ type: 'threshold', signal: 'carbon', ...OFTEN, otherwise: 'hold' },
		...{ chargeBelow: 100, dischargeAbove: 300, hysteresis: 50 },
	});
	assert.equal(step({ load: 50, carbon: 120 }), [0, 0]);
	assert.equal(step({ load: 50, carbon: 90 }), [300, 0]);
	assert.equal(step({ load: 50, carbon: 140 }), [0, 300]);
	assert.equal(step({ load: 50, carbon: 160 }), [0, 0]);
	assert.equal(step({ load: 50, carbon: 310 }), [-50, 0]);
	assert.equal(step({ load: 50, carbon: 260 }), [-50, 0]);
	assert.equal(step({ load: 50, carbon: 240 }), [0, 0]);
});

test('carbon arbitrage can follow the marginal intensity, whatever the average is', () => {
	const step = connect({
		...{ type: 'threshold', signal: 'marginal', ...OFTEN, otherwise: 'hold' },
		...{ chargeBelow: 100, dischargeAbove: 300, hysteresis: 0 },
	});
	assert.equal(step({ load: 50, carbon: 400, marginal: 50 }), [300, 0]);
	assert.equal(step({ load: 50, carbon: 50, marginal: 400 }), [-50, 0]);
});

test('price arbitrage looks at the price', () => {
	const step = connect({
		...{ type: 'threshold', signal: 'price', ...OFTEN, chargePowerW: null },
		...{ chargeBelow: 0.1, dischargeAbove: 0.3, hysteresis: 0 },
	});
	assert.equal(step({ load: 50, carbon: 999, price: 0.05 }), [300, 300]);
	assert.equal(step({ load: 50, carbon: 0, price: 0.2 }), [-50, 0]);
});

test('the forecast policy charges in the best hours ahead, serves in the worst, and only where it pays', () => {
	const policy = {
		...OFTEN,
		...({ type: 'forecast', signal: 'price', otherwise: 'hold' } as const),
		...{ chargeShare: 0.25, dischargeShare: 0.25, roundTripEfficiency: 0.8 },
	} as const;
	const step = connect(policy);
	const at = (price: number, ...ahead: number[]) =>
		step({ load: 50, price, forecast: [[], [], [Number.NaN, ...ahead]] });
	// The best of four hours, and the worst.
	assert.equal(at(1, 2, 3, 4), [300, 0]);
	assert.equal(at(2, 1, 3, 4), [0, 0]);
	assert.equal(at(4, 2, 3, 1), [-50, 0]);
	// Storing loses more than the hours ahead bring; nothing is to be gained; nothing is known.
	assert.equal(at(9, 10, 10, 10), [0, 0]);
	assert.equal(at(2, 2, 2, 2), [0, 0]);
	assert.equal(at(2, Number.NaN, Number.NaN, Number.NaN), [0, 0]);
	// Whoever is paid to draw charges.
	assert.equal(at(-2, -1, -1, -1), [50, 250]);
});

test('peak shaving serves what exceeds the peak and recharges below it', () => {
	const step = connect({ type: 'peak-shaving', peakW: 500, rechargeBelowW: 400 });
	assert.equal(step({ load: 700 }), [-200, 0]);
	assert.equal(step({ load: 450 }), [0, 0]);
	assert.equal(step({ load: 150 }), [250, 0]);
	// The surplus, and from the grid as much as is allowed.
	assert.equal(step({ load: 0, solar: 300 }), [450, 250]);
	const lazy = connect({ type: 'peak-shaving', peakW: 500, rechargeBelowW: null });
	assert.equal(lazy({ load: 150 }), [0, 0]);
	assert.equal(lazy({ load: 100, solar: 300 }), [200, 0]);
});

test.run();
