import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { connectMicrogrid, simpleBattery } from './microgrid.test-support.ts';
import { anyMicrogrid } from './random-microgrid.test-support.ts';

/** How fast the power of the grid may change: what is kept, by whom, and what flows all the same. */
const RAMPS = { upW: 100, downW: 200 };
/** 10 kWh at a minute's step: hundreds of watts move it hardly. */
const ready = (models = [simpleBattery(10_000, 0.5)], more: object = {}) =>
	connectMicrogrid({ stepUs: MINUTE_US, models, chargePowerW: 1e-9, ramps: RAMPS, ...more });
const gridOf = (grid: ReturnType<typeof ready>, given: Parameters<typeof grid.step>[0]) =>
	Math.round(grid.step(given)['p_grid'] as number);

test('the first step is free, then batteries keep imports from growing or falling too fast', () => {
	const grid = ready();
	assert.equal(
		[500, 1500, 1500, 1500, 1500, 1500, 500, 500].map((load) => gridOf(grid, { load })),
		[-500, -700, -900, -1100, -1300, -1500, -1400, -1300],
	);
});

test('what comes of the sun too fast is stored, and curtailed where nothing stores it', () => {
	const sunny = { load: 0, solar: 1000 };
	const stored = ready();
	assert.equal(
		[gridOf(stored, { load: 0 }), gridOf(stored, sunny), gridOf(stored, sunny)],
		[0, 100, 200],
	);
	const bare = ready([]);
	bare.step({ load: 0 });
	const books = bare.step(sunny);
	assert.equal([books['p_grid'], books['policy_state.curtailed']], [100, 900]);
	// The sun goes at once: nobody can go on exporting, so it breaks the limit, and nothing else.
	assert.equal([gridOf(bare, { load: 0 }), gridOf(bare, sunny)], [0, 100]);
});

test('no load is refused or dumped for a ramp: what nobody can keep flows', () => {
	const bare = ready([]);
	assert.equal(
		[100, 2000, 0, 0].map((load) => {
			const books = bare.step({ load });
			return [books['p_grid'], books['policy_state.curtailed']];
		}),
		[
			[-100, 0],
			[-2000, 0],
			[0, 0],
			[0, 0],
		].map(([power, curtailed]) => [power === 0 ? 0 : power, curtailed]),
	);
	// A load falls under the sun: only what the sun makes is curtailed.
	const sunny = ready([]);
	sunny.step({ load: 3000, solar: 500 });
	const books = sunny.step({ load: 0, solar: 500 });
	assert.equal([books['p_grid'], books['policy_state.curtailed']], [0, 500]);
});

test('limits of the connection come first, and an outage begins and ends at nothing', () => {
	const grid = ready([simpleBattery(10_000, 0.5)], { hasGrid: true });
	const there = (load: number, most: number) =>
		gridOf(grid, { load, grid: [1, most, Number.POSITIVE_INFINITY] });
	assert.is(there(1000, 2000), -1000);
	// The limit falls below what the ramp allows.
	assert.is(there(1000, 300), -300);
	assert.is(there(1000, 2000), -500);
	assert.is(gridOf(grid, { load: 1000, grid: [0, 0, 0] }), 0);
	assert.is(there(1000, 2000), -200);
});

test('batteries that may not export do not do so for a ramp', () => {
	const exports = { batteriesExport: false, curtailBelowUsdPerKwh: null };
	const grid = ready([simpleBattery(10_000, 0.5)], { chargePowerW: 0, exports: exports as never });
	grid.step({ load: 0, solar: 0 });
	const free = ready([simpleBattery(10_000, 1)], { chargePowerW: 0, exports: exports as never });
	assert.is(gridOf(free, { load: 0, solar: 1000 }), 1000);
	// The sun goes: exports would have to go on from the battery.
	assert.is(gridOf(free, { load: 0, solar: 0 }), 0);
	const allowed = ready([simpleBattery(10_000, 1)], { chargePowerW: 0 });
	allowed.step({ load: 0, solar: 1000 });
	assert.is(gridOf(allowed, { load: 0, solar: 0 }), 800);
});

test('whatever the microgrid, its books balance, and a ramp curtails no more than is made', () => {
	let [beyond, kept] = [0, 0];
	fc.assert(
		fc.property(anyMicrogrid, ({ microgrid, steps }) => {
			const grid = connectMicrogrid({ ...microgrid, ramps: RAMPS });
			let before: number | null = null;
			for (const given of steps) {
				const books = grid.step(given);
				const value = (name: string) => books[name] as number;
				const madeW = Object.keys(books)
					.filter((name) => name.startsWith('generator_states.'))
					.reduce((sum, name) => sum + value(name), given.solar ?? 0);
				const isLimited = microgrid.mode === 'islanded' || microgrid.hasGrid === true;
				if (!isLimited) assert.ok(value('policy_state.curtailed') <= madeW * (1 + 1e-9) + 1e-6);
				const changeW = value('p_grid') - (before ?? Number.NaN);
				if (changeW > RAMPS.upW + 1e-6 || -changeW > RAMPS.downW + 1e-6) beyond++;
				else kept++;
				before = value('p_grid');
			}
		}),
	);
	assert.ok(beyond > 0 && kept > 0, `${beyond} ${kept}`);
});

test.run();
