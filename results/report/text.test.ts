import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { ServingSummary } from '../../protocol/run-folder/summary-serving.ts';
import { formatDuration, formatGrams, formatNumber, formatSpan } from './format.ts';
import { fateText } from './serving-lines.ts';
import { briefTable, closingTable, metricsText } from './text.ts';

const SUMMARY: Summary = {
	status: 'complete',
	durationS: 86_400,
	serving: null,
	servingEnergy: null,
	energy: {
		loadKwh: 31.436,
		productionKwh: 0,
		importKwh: 31.436,
		exportKwh: 0,
		chargedKwh: 0,
		dischargedKwh: 0,
		curtailedKwh: 0,
		generatorKwh: 0,
		unservedKwh: 0,
		directKwh: 0,
		servedByRenewablesKwh: 0,
		servedByGeneratorsKwh: 0,
		servedByGridKwh: 31.436,
		servedByInitialKwh: 0,
		initialLeftKwh: 0,
		renewableShare: 0,
		initialShare: 0,
		selfSufficiency: 0,
		selfConsumption: Number.NaN,
	},
	emissions: null,
	batteries: [],
	capHours: 0,
	bill: {
		energyUsd: Number.NaN,
		exportUsd: 0,
		demandUsd: 0,
		fixedUsd: 0,
		tierUsd: 0,
		peakImportW: 0,
		gpuUsd: 0,
	},
	vidurEnergy: null,
	fuelCostUsd: 0,
	hindsight: [],
};

test('closingTable() aligns labels left and figures right, a dash where there is none', () => {
	const lines = closingTable(SUMMARY).split('\n');
	assert.ok(lines.includes('Energy'));
	const demand = lines.find((line) => line.includes('demand')) ?? '';
	const unknown = lines.find((line) => line.includes('self-consumption')) ?? '';
	assert.match(demand, /^ {2}demand +31\.44 kWh$/);
	assert.match(unknown, /^ {2}self-consumption of solar +–$/);
	assert.is(demand.length, unknown.length);
});

test('briefTable() has what a run comes to, and whatever was unusual of it', () => {
	const calm = briefTable(SUMMARY);
	assert.match(calm, /^In brief\n {2}demand +31\.44 kWh\n {2}grid import +31\.44 kWh\n/);
	assert.not.match(calm, /battery|self-consumption|Recovery|Inputs|simulated time/);
	const recovery = { setbacks: 2, checkpoints: 7 };
	const remarks = [{ of: 'wind', text: 'rows left out', count: 3, total: 24 }];
	const unusual = briefTable({
		...{ ...SUMMARY, status: 'incomplete', ended: { untilS: 3600, reason: null } },
		...{ recovery, remarks, energy: { ...SUMMARY.energy, unservedKwh: 2 }, capHours: 1.5 },
	} as Summary);
	for (const line of [
		/incomplete, recorded up to +60 min/,
		/went back to a checkpoint +2$/m,
		/wind: rows left out +3 of 24$/m,
		/not served +2 kWh/,
		/under a power cap +1\.5 h/,
	])
		assert.match(unusual, line);
});

test('fateText() adds up to what arrived', () => {
	const none = { waiting: 0, running: 0, rejected: 0, underway: 0 };
	const of = (fates: object) => fateText({ ...none, ...fates } as ServingSummary);
	assert.is(of({ arrived: 0, completed: 0 }), '0 arrived: 0 completed');
	assert.is(
		of({ arrived: 15, completed: 5, running: 4, waiting: 3, underway: 2, rejected: 1 }),
		'15 arrived: 5 completed, 4 running, 3 waiting, 2 on their way, 1 rejected',
	);
	assert.is(of({ arrived: Number.NaN, completed: 7 }), '7 completed');
});

test('metricsText() says the status and what the figures mean', () => {
	const text = metricsText({ ...SUMMARY, status: 'failed' });
	assert.match(text, /^Status: failed\n/);
	assert.match(text, /renewable share = demand served by sun and wind/);
});

test('formatNumber() keeps about four digits and never an exponent', () => {
	const given = [
		0,
		0.00012347,
		0.012345,
		1.23456,
		12.3456,
		123.456,
		1234567.8,
		Number.NaN,
		-2.5,
		2e-8,
	];
	assert.equal(given.map(formatNumber), [
		'0',
		'0.0001235',
		'0.01235',
		'1.235',
		'12.35',
		'123.5',
		'1,234,568',
		'–',
		'-2.5',
		'0.00000002',
	]);
});

test('formatDuration(), formatGrams() and formatSpan() choose the unit by size', () => {
	assert.equal([0.25, 1.5].map(formatDuration), ['250 ms', '1.5 s']);
	assert.equal([0.0074, 0, 12, 1500].map(formatGrams), ['7.4 mg', '0 g', '12 g', '1.5 kg']);
	assert.equal([90, 600, 86_400, 604_800].map(formatSpan), ['90 s', '10 min', '24 h', '7 d']);
});

test.run();
