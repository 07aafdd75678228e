import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { formatDuration, formatGrams, formatNumber, formatSpan } from './format.ts';
import { closingTable, metricsText } from './text.ts';

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
	bill: { energyUsd: Number.NaN, exportUsd: 0, demandUsd: 0, peakImportW: 0, gpuUsd: 0 },
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
