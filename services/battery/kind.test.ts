import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../protocol/errors.ts';
import { HOUR_US } from '../../protocol/time.ts';
import type { TimeActor, WireInput } from '../actor/contract.ts';
import { namedPrng } from '../actor/random.ts';
import type { Battery } from './battery.ts';
import { BatteryConfig } from './config.ts';
import { batteryKind, initialStateReading } from './kind.ts';

const CONFIG = BatteryConfig.parse({
	stepUs: HOUR_US,
	model: { type: 'simple', capacityWh: 1000, initialSoc: 0.5, minSoc: 0.1, cRate: 0.25 },
});

function makeActor(): TimeActor<Battery> {
	const random = (purpose: string) => namedPrng(`1/store/${purpose}`);
	return batteryKind.create(CONFIG, {
		name: 'store',
		random,
		announce: () => {},
	}) as TimeActor<Battery>;
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

test.run();
