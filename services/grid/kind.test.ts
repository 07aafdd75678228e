import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeActor } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { GridConfig, gridKind } from './kind.ts';

const NONE = {
	...{ importLimitW: null, exportLimitW: null, outages: [], curtailments: [], source: null },
	stepUs: HOUR_US,
};
const UNBOUNDED = Number.POSITIVE_INFINITY;

/** The rows of the first steps. */
function rows(change: object, steps: number): number[][] {
	const config = GridConfig.parse({ ...NONE, ...change });
	const env = { name: 'grid', random: namedPrng, announce: () => {} };
	const actor = gridKind.create(config, env) as TimeActor<null>;
	return Array.from({ length: steps }, (_, k) => {
		let told: number[] = [];
		const append = (_time: number, row: ArrayLike<number>) => {
			told = Array.from(row);
		};
		const span = { fromUs: k * config.stepUs, untilUs: (k + 1) * config.stepUs };
		actor.step(null, span, [], [{ append }]);
		return told;
	});
}

const available = (change: object, steps: number) => rows(change, steps).map(([there]) => there);

test('a grid without limits is there without limits', () => {
	assert.equal(rows({}, 1), [[1, UNBOUNDED, UNBOUNDED]]);
	assert.equal(rows({ importLimitW: 10, exportLimitW: 0 }, 1), [[1, 10, 0]]);
});

test('an outage takes every step that it touches, and nothing flows in it', () => {
	const outage = { fromUs: 90 * MINUTE_US, lengthUs: HOUR_US, everyUs: null };
	assert.equal(available({ outages: [outage] }, 4), [1, 0, 0, 1]);
	const whole = { fromUs: HOUR_US, lengthUs: HOUR_US, everyUs: null };
	assert.equal(available({ outages: [whole] }, 3), [1, 0, 1]);
	assert.equal(rows({ outages: [whole], importLimitW: 5 }, 2)[1], [0, 0, 0]);
});

test('an outage that comes again does so from one beginning to the next', () => {
	const outage = { fromUs: HOUR_US, lengthUs: 2 * HOUR_US, everyUs: 4 * HOUR_US };
	assert.equal(available({ outages: [outage] }, 10), [1, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
	const longer = { ...outage, lengthUs: 5 * HOUR_US };
	assert.equal(available({ outages: [longer] }, 9), [1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('a curtailment is a stricter limit on exports for a time', () => {
	const noon = { fromUs: HOUR_US, lengthUs: HOUR_US, everyUs: null, exportLimitW: 100 };
	const limits = rows(
		{ exportLimitW: 400, curtailments: [noon, { ...noon, exportLimitW: 900 }] },
		3,
	);
	assert.equal(
		limits.map((row) => row[2]),
		[400, 100, 400],
	);
});

test('outages may come from a file of ones and zeros', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-grid-'));
	const path = join(folder, 'grid.csv');
	writeFileSync(path, 'time_s,there\n0,1\n3600,0\n7200,1\n');
	const source = { type: 'trace', path, column: null, fill: 'ffill', anchor: null, scale: 1 };
	assert.equal(available({ source }, 4), [1, 0, 1, 1]);
	// An outage of 30 minutes within a step takes the step, as one that the scenario names does.
	writeFileSync(path, 'time_s,there\n0,1\n4500,0\n6300,1\n');
	assert.equal(available({ source }, 4), [1, 0, 1, 1]);
	writeFileSync(path, 'time_s,there\n0,1\n3600,1\n7200,0\n18000,1\n');
	assert.equal(available({ source: { ...source, fill: 'bfill' } }, 4), [1, 0, 1, 1]);
	rmSync(folder, { recursive: true });
});

test.run();
