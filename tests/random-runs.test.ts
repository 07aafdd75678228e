import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { ROUNDING } from '../protocol/rounding.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';
import * as fc from './properties.test-support.ts';

/** Whole runs of microgrids from 1 W to 100 MW, each part of a size of its own; a run is a second, so they are few. */

const share = fc.double({ min: 0, max: 1, noNaN: true });
const size = fc.double({ min: 0, max: 8, noNaN: true }).map((power) => 10 ** power);
const sizeOrNothing = fc.oneof({ weight: 3, arbitrary: size }, fc.constant(0));
const battery = fc
	.record({
		type: fc.constantFrom('simple', 'linear', 'clc'),
		// A pack of C-L-C cells is some cells at least.
		capacityWh: size.map((wh) => wh + 100),
		socs: fc.tuple(share, share),
		cRate: fc.option(fc.double({ min: 0.1, max: 3, noNaN: true }), { nil: null }),
	})
	.map(({ type, capacityWh, socs: [a, b], cRate }) => ({
		...{ type, capacityWh, minSoc: Math.min(a, b), initialSoc: Math.max(a, b) },
		...(type === 'simple' ? { cRate } : {}),
	}));
const anyScenario = fc
	.record({
		loadW: sizeOrNothing,
		peakPowerW: sizeOrNothing,
		batteries: fc.array(battery, { maxLength: 3 }),
		generator: fc.option(size, { nil: null }),
		importLimitW: fc.option(sizeOrNothing, { nil: null }),
		rampUpW: fc.option(sizeOrNothing, { nil: null }),
		exportLimitW: fc.option(sizeOrNothing, { nil: null }),
		policy: fc.constantFrom(
			{ type: 'default' },
			{ type: 'carbon-arbitrage', chargeBelow: 500, dischargeAbove: 900 },
			{ type: 'peak-shaving', peakW: 100 },
		),
	})
	.map(
		({ loadW, peakPowerW, batteries, generator, importLimitW, exportLimitW, rampUpW, policy }) => ({
			...{ serving: null, step: '15min', until: '24h' },
			loads: [{ type: 'constant', name: 'base', powerW: loadW }],
			solar: peakPowerW === 0 ? [] : [{ peakPowerW }],
			batteries: batteries.map((one, i) => ({ ...one, name: `b${i}` })),
			generators: generator === null ? [] : [{ ratedPowerW: generator }],
			grid: { importLimitW, exportLimitW, rampUpW, outages: [{ from: '3h', length: '2h' }] },
			// What nothing can serve goes unserved instead of ending the run.
			policy: { ...policy, shedding: { order: [] } },
		}),
	);

/** The sum of columns whose name fits, and that of their absolute values. */
function sumOf(row: Readonly<Record<string, string>>, pattern: RegExp) {
	const values = Object.keys(row)
		.filter((name) => pattern.test(name))
		.map((name) => Number(row[name]));
	return {
		sum: values.reduce((sum, value) => sum + value, 0),
		gross: values.reduce((sum, value) => sum + Math.abs(value), 0),
	};
}

test('whole runs of random microgrids end, and energy in is energy out in every row', async () => {
	await fc.assert(
		fc.asyncProperty(anyScenario, async (scenario) => {
			const folder = tempFolder();
			const path = join(folder, 'scenario.yaml');
			writeFileSync(path, stringify(scenario));
			const out = join(folder, 'run');
			const { code, stderr } = await gridbeat(['run', path, '--in-process', '--out', out]);
			assert.is(code, 0, stderr);
			const rows = readRows(out, 'timeseries.csv');
			assert.is(rows.length, 96);
			for (const row of rows) {
				const ins = sumOf(
					row,
					/^(actor_states|generator_states)\..*\.power$|^policy_state\.unserved$/,
				);
				const outs = sumOf(row, /^p_grid$|^policy_state\.curtailed$|\.current_power$/);
				const slackW = 2 * ROUNDING * (ins.gross + outs.gross);
				assert.ok(Math.abs(ins.sum - outs.sum) <= slackW, `${row['time']}: ${ins.sum} ${outs.sum}`);
			}
		}),
		{ numRuns: 8 },
	);
});

test.run();
