import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { BatteryConfig, LG_M50_CELL } from './config.ts';
import { degradationOf } from './degradation/degradation.ts';
import { type BatteryState, batteryKind, initialStateReading } from './kind.ts';

const CONFIG = BatteryConfig.parse({
	stepUs: HOUR_US,
	model: { type: 'simple', capacityWh: 1000, initialSoc: 0.5, minSoc: 0.1, cRate: 0.25 },
	wear: null,
});

function makeActor(): TimeActor<BatteryState> {
	const random = (purpose: string) => namedPrng(`1/store/${purpose}`);
	return batteryKind.create(CONFIG, {
		name: 'store',
		random,
		announce: () => {},
	}) as TimeActor<BatteryState>;
}

function setpointWire(powerW: number): WireInput {
	return {
		source: 'controller',
		knownUntilUs: Number.POSITIVE_INFINITY,
		timeUs: 0,
		seek: () => true,
		value: () => powerW,
		nextUs: () => Number.POSITIVE_INFINITY,
		take: () => false,
	};
}

test('initialStateReading() is the state before any step, at power 0', () => {
	assert.equal(initialStateReading(CONFIG), [0.5, 500, -250, 250, 0]);
});

test("batteryKind's row at t is the state after the step of [t, t + step)", () => {
	const actor = makeActor();
	const rows: number[][] = [];
	const outputs = [
		{ append: (t: number, row: ArrayLike<number>) => void rows.push([t, ...Array.from(row)]) },
	];
	let state = actor.init();
	const run = (hour: number, powerW: number) => {
		const span = { fromUs: hour * HOUR_US, untilUs: (hour + 1) * HOUR_US };
		state = actor.step(state, span, [[setpointWire(powerW)]], outputs);
	};
	run(0, 250);
	run(1, -250);
	assert.equal(rows, [
		[0, 0.75, 750, -250, 250, 250],
		[HOUR_US, 0.5, 500, -250, 250, -250],
	]);
	const copy = structuredClone(state);
	run(2, -250);
	const before = rows.at(-1);
	state = copy;
	run(2, -250);
	assert.equal(rows.at(-1), before);
});

test('batteryKind names itself and the time when a setpoint is infeasible', () => {
	const actor = makeActor();
	const outputs = [{ append: () => {} }];
	const span = { fromUs: HOUR_US, untilUs: 2 * HOUR_US };
	assert.throws(
		() => actor.step(actor.init(), span, [[setpointWire(251)]], outputs),
		(error: unknown) =>
			error instanceof SimulationError &&
			error.actor === 'store' &&
			error.timeUs === HOUR_US &&
			error.message.includes('[-250, 250] W'),
	);
});

test('batteryKind refuses two wires to its setpoint', () => {
	const actor = makeActor();
	const wires = [setpointWire(1), setpointWire(2)];
	assert.throws(
		() => actor.step(actor.init(), { fromUs: 0, untilUs: HOUR_US }, [wires], []),
		/2 wires end in its setpoint; connect one/,
	);
});

const WEAR = { temperatureC: 55, initialFade: 0.02, everyUs: 24 * HOUR_US };

/** A battery that wears out, under powers hour by hour; its rows. */
function worn(model: unknown, powersW: (hour: number, minW: number, maxW: number) => number) {
	const config = BatteryConfig.parse({ stepUs: HOUR_US, model, wear: WEAR });
	const random = (purpose: string) => namedPrng(`1/store/${purpose}`);
	const env = { name: 'store', random, announce: () => {} };
	const actor = batteryKind.create(config, env) as TimeActor<BatteryState>;
	const rows = [initialStateReading(config)];
	const outputs = [
		{ append: (_: number, row: ArrayLike<number>) => void rows.push(Array.from(row)) },
	];
	let state = actor.init();
	for (let hour = 0; hour < 20 * 24; hour++) {
		const [, , minW, maxW] = rows.at(-1) as [number, number, number, number];
		const wire = setpointWire(powersW(hour, minW, maxW));
		const span = { fromUs: hour * HOUR_US, untilUs: (hour + 1) * HOUR_US };
		state = actor.step(state, span, [[wire]], outputs);
	}
	return { rows, share: state.share };
}

const SIMPLE = { type: 'simple', capacityWh: 1000, initialSoc: 0.5, minSoc: 0.1, cRate: 0.25 };
const LINEAR = {
	...{ type: 'linear', capacityWh: 1000, initialSoc: 0.5, minSoc: 0.1, maxSoc: 0.9 },
	...{ etaCharge: 1, etaDischarge: 1, selfDischargePerHour: 0, standbyW: 0 },
	...{ chargeCRate: null, dischargeCRate: null },
};
const CLC = {
	...{ type: 'clc', cells: 50, initialSoc: 0.5, minSoc: 0.1, compatibility: null },
	cell: { ...LG_M50_CELL, etaCharge: 1, etaDischarge: 1 },
};

for (const model of [SIMPLE, LINEAR, CLC])
	test(`a ${model.type} battery that wears out shrinks day by day and loses no energy by it`, () => {
		const { rows, share } = worn(model, (hour, minW, maxW) =>
			Math.floor(hour / 7) % 2 === 1 ? maxW : minW,
		);
		let capacityWh = Number.POSITIVE_INFINITY;
		rows.forEach(([soc = 0, levelWh = 0, , , powerW = 0], i) => {
			const beforeWh = rows[i - 1]?.[1] ?? levelWh;
			// Hourly steps of a lossless battery: what flows is what is stored.
			assert.ok(Math.abs(levelWh - beforeWh - powerW) <= 1e-9 * Math.max(1, levelWh), `${i}`);
			const now = levelWh / soc;
			assert.ok(now <= capacityWh * (1 + 1e-12), `row ${i}: ${capacityWh} to ${now}`);
			capacityWh = now;
		});
		const firstWh = (rows[0]?.[1] as number) / (rows[0]?.[0] as number);
		assert.ok(share < 0.999 && share > 0.9, `${share}`);
		assert.ok(Math.abs(capacityWh - share * firstWh) < 1e-9 * firstWh);
		// The same figure as of the whole path afterwards.
		const path = rows.slice(0, -1).map(([soc]) => soc as number);
		const { fadePercent } = degradationOf(path, 3600, {
			...{ ...WEAR, endOfLifeFade: 0.2, replacementUsdPerKwh: 0, capacityKwh: 1 },
		});
		assert.ok(Math.abs(fadePercent / 100 / (1 - WEAR.initialFade) - (1 - share)) < 1e-12);
	});

test('a full battery that wears out keeps what it holds and is not charged until it has given it', () => {
	const { rows } = worn({ ...SIMPLE, initialSoc: 1 }, () => 0);
	for (const [soc, levelWh, , maxW] of rows) assert.equal([soc, levelWh, maxW], [1, 1000, 0]);
	const { rows: used, share } = worn({ ...SIMPLE, initialSoc: 1 }, (hour) =>
		hour === 300 ? -100 : 0,
	);
	const [soc = 0, levelWh] = used.at(-1) ?? [];
	assert.is(levelWh, 900);
	assert.ok(Math.abs(soc - 900 / (1000 * share)) < 1e-12);
});

test.run();
