import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../kernel/actor/random.ts';
import {
	clcBatteryRange,
	makeClcBattery,
	stepClcBattery,
} from '../services/battery/clc-battery.ts';
import { LG_M50_CELL } from '../services/battery/config.ts';
import type { FeasibleRange } from '../services/battery/feasible-range.ts';
import {
	makeSimpleBattery,
	simpleBatteryRange,
	stepSimpleBattery,
} from '../services/battery/simple-battery.ts';
import { pythonWithVessim, VESSIM_VERSION } from './vessim-python.ts';

/** Batteries beside those of the installed Vessim, with the same setpoints: what they can do and hold at every step. */

const STEP_S = 60;
const STEPS = 5_000;
const python = pythonWithVessim();

/** Drives both of Vessim's batteries; prints a row a step: lowest and highest power, and the state of charge after it. */
const DRIVER = `
import json, sys
import vessim as vs
case = json.load(sys.stdin)
battery = vs.SimpleBattery("b", **case["of"]) if case["type"] == "simple" else vs.ClcBattery("b", **case["of"])
rows = []
for power in case["powers"]:
    low, high = battery.feasible_range(case["step"])
    battery.current_power = min(max(power, low), high)
    battery.step(case["step"])
    rows.append([float(low), float(high), float(battery.soc())])
print(json.dumps(rows))
`;

/** Long charges and long discharges, so that both ends are met often. */
function powers(name: string, mostW: number): number[] {
	const prng = namedPrng(name);
	let sign = 1;
	return Array.from({ length: STEPS }, () => {
		if (prng.uniform() < 0.02) sign = -sign;
		return sign * mostW * prng.uniform();
	});
}

function near(rows: readonly number[][], theirs: readonly number[][], what: string): void {
	const mostW = Math.max(...rows.map(([, maxW = 0]) => maxW));
	let [atMinimum, full] = [0, 0];
	for (const [i, row] of rows.entries()) {
		for (const [k, value] of row.entries()) {
			const expected = theirs[i]?.[k] ?? Number.NaN;
			const error = Math.abs(value - expected);
			assert.ok(
				error <= 1e-7 * Math.max(1, Math.abs(expected)),
				`${what}, step ${i}: ${row} ${theirs[i]}`,
			);
		}
		if (row[0] === 0) atMinimum++;
		if ((row[1] ?? 0) < 0.2 * mostW) full++;
	}
	assert.ok(
		atMinimum > 10 && full > 10,
		`${what} was ${atMinimum} times at its minimum, ${full} times almost full`,
	);
}

if (python === null) {
	console.log(`skipped: no Python with vessim ${VESSIM_VERSION}: make peers installs it`);
} else {
	const theirs = (type: string, of: object, asked: readonly number[]): number[][] => {
		const input = JSON.stringify({ type, of, powers: asked, step: STEP_S });
		return JSON.parse(
			execFileSync(python, ['-c', DRIVER], { input, maxBuffer: 2 ** 26 }).toString(),
		);
	};

	/** The same of ours. */
	function ours<B extends { readonly soc: number }>(
		battery: B,
		asked: readonly number[],
		{
			range,
			step,
		}: {
			range: (of: B, s: number) => FeasibleRange;
			step: (of: B, w: number, s: number) => readonly [B, number];
		},
	): number[][] {
		let now = battery;
		return asked.map((powerW) => {
			const { minW, maxW } = range(now, STEP_S);
			[now] = step(now, Math.min(Math.max(powerW, minW), maxW), STEP_S);
			return [minW, maxW, now.soc];
		});
	}

	test(`simple does what the SimpleBattery of Vessim ${VESSIM_VERSION} does, step by step`, () => {
		const asked = powers('simple', 3000);
		const model = {
			type: 'simple',
			capacityWh: 1000,
			initialSoc: 0.5,
			minSoc: 0.2,
			cRate: 2,
		} as const;
		const mine = ours(makeSimpleBattery(model), asked, {
			range: simpleBatteryRange,
			step: stepSimpleBattery,
		});
		const of = { capacity: 1000, initial_soc: 0.5, min_soc: 0.2, c_rate: 2 };
		near(mine, theirs('simple', of, asked), 'simple');
	});

	test(`clc does what the ClcBattery of Vessim ${VESSIM_VERSION} does, also at its minimum`, () => {
		const asked = powers('clc', 3000);
		const model = {
			type: 'clc',
			cells: 100,
			initialSoc: 0.5,
			minSoc: 0.1,
			compatibility: null,
			cell: LG_M50_CELL,
		} as const;
		const mine = ours(makeClcBattery(model), asked, {
			range: clcBatteryRange,
			step: stepClcBattery,
		});
		const of = { number_of_cells: 100, initial_soc: 0.5, min_soc: 0.1 };
		near(mine, theirs('clc', of, asked), 'clc');
	});
}

test.run();
