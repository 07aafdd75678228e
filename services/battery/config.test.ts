import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatteryConfig, batteryCapacityWh, LG_M50_CELL } from './config.ts';

const SIMPLE = { type: 'simple', capacityWh: 1000, initialSoc: 0.5, minSoc: 0.2, cRate: null };
const CLC = {
	type: 'clc',
	cells: 100,
	initialSoc: 0.5,
	minSoc: 0.1,
	compatibility: null,
	cell: LG_M50_CELL,
};

function messagesFor(model: object): string[] {
	const parsed = BatteryConfig.safeParse({ stepUs: 1_000_000, model, wear: null });
	return parsed.success
		? []
		: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('BatteryConfig accepts both models and knows their capacity', () => {
	for (const [model, capacityWh] of [
		[SIMPLE, 1000],
		[CLC, 1914],
	] as const) {
		const config = BatteryConfig.parse({ stepUs: 1, model, wear: null });
		assert.is(batteryCapacityWh(config.model), capacityWh);
	}
});

const REFUSED = [
	[{ ...SIMPLE, capacityWh: -1 }, 'model.capacityWh: a battery capacity is above 0 Wh'],
	[{ ...SIMPLE, capacityWh: 0 }, 'model.capacityWh: a battery capacity is above 0 Wh'],
	[{ ...SIMPLE, initialSoc: 1.1 }, 'model.initialSoc: a state of charge lies between 0 and 1'],
	[{ ...SIMPLE, minSoc: -0.1 }, 'model.minSoc: a state of charge lies between 0 and 1'],
	[
		{ ...SIMPLE, initialSoc: 0.1 },
		'model.initialSoc: initialSoc lies below minSoc; raise it or lower minSoc',
	],
	[
		{ ...CLC, initialSoc: 0 },
		'model.initialSoc: initialSoc lies below minSoc; raise it or lower minSoc',
	],
	[{ ...SIMPLE, cRate: 0 }, 'model.cRate: a C-rate is above 0'],
	[{ ...CLC, cells: 0 }, 'model.cells: a battery has at least one cell'],
	[
		{ ...CLC, cell: { ...LG_M50_CELL, etaDischarge: 0.9 } },
		'model.cell.etaDischarge: etaDischarge is at least 1',
	],
] as const;
for (const [model, message] of REFUSED)
	test(`BatteryConfig refuses with one line: ${message} (${JSON.stringify(model).slice(0, 60)})`, () => {
		assert.equal(messagesFor(model), [message]);
	});

test.run();
