import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { note, noteText } from '../../../protocol/remark.ts';
import { type GridFile, type GridFileChoices, NOTHING_CHOSEN } from './grid-file.ts';
import { parseGridFile } from './parse-grid-file.ts';

const CHOICES: GridFileChoices = { ...NOTHING_CHOSEN, timezone: 'Europe/Berlin' };
const read = (text: string, change: Partial<GridFileChoices> = {}): GridFile =>
	parseGridFile(text, 'x', { ...CHOICES, ...change });
const json = (data: unknown) => read(JSON.stringify(data));
const values = ({ points }: GridFile) => points.map(({ value }) => value);
const times = ({ points }: GridFile) =>
	points.map(({ epochMs }) => new Date(epochMs).toISOString());

function refuses(text: string, expected: RegExp): void {
	assert.throws(
		() => read(text),
		(error: unknown) => error instanceof ConfigError && expected.test(error.message),
	);
}

const wattTimeMeta = { region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' };

test('WattTime: pounds per MWh become g/kWh, marginal', () => {
	const file = json({
		data: [
			{ point_time: '2023-06-08T00:05:00+00:00', value: 953 },
			{ point_time: '2023-06-08T00:00:00+00:00', value: 937 },
		],
		meta: { ...wattTimeMeta, data_point_period_seconds: 300, warnings: [] },
	});
	// The published series: 937 and 953 lb/MWh are 425.01605069 and 432.27352861 g/kWh.
	assert.ok(Math.abs((values(file)[0] as number) - 425.01605069) < 1e-8);
	assert.ok(Math.abs((values(file)[1] as number) - 432.27352861) < 1e-8);
	assert.is(file.kind, 'marginal');
	assert.is(file.region, 'CAISO_NORTH');
	assert.is(file.stepMs, 300_000);
});

test('WattTime: average rates are average, percentiles are refused', () => {
	const data = [{ point_time: '2023-06-08T00:05:00Z', value: 50 }];
	assert.is(json({ data, meta: { ...wattTimeMeta, signal_type: 'co2_aoer' } }).kind, 'average');
	refuses(
		JSON.stringify({ data, meta: { ...wattTimeMeta, units: 'percentile' } }),
		/in "percentile"; only lbs_co2_per_mwh/,
	);
});

test('WattTime: forecasts are kept apart, with the time they were made', () => {
	const forecast = [
		{ point_time: '2023-06-08T00:00:00Z', value: 1000 },
		{ point_time: '2023-06-08T00:05:00Z', value: 2000 },
	];
	const history = json({
		data: [{ generated_at: '2023-06-08T00:00:00Z', forecast }],
		meta: wattTimeMeta,
	});
	assert.is(history.points.length, 0);
	assert.is(history.forecasts[0]?.points.length, 2);
	const one = json({
		data: forecast,
		meta: { ...wattTimeMeta, generated_at: '2023-06-08T00:00:00Z' },
	});
	assert.is(one.points.length, 0);
	assert.is(one.forecasts[0]?.madeAtMs, Date.UTC(2023, 5, 8));
});

test('WattTime: its CSV downloads, old and new', () => {
	const old = 'timestamp,MOER,MOER version,frequency\n2023-06-08 00:00:00+00:00,937,3.2,300\n';
	assert.ok(Math.abs((values(read(old))[0] as number) - 425.01605069) < 1e-8);
	const client = 'point_time,value,region\n2023-06-08T00:00:00+00:00,937,CAISO_NORTH\n';
	assert.is(read(client).region, 'CAISO_NORTH');
});

test('Electricity Maps: JSON of past-range, history and forecast', () => {
	const item = (hour: string, carbonIntensity: number | null, isEstimated = false) => ({
		zone: 'DE',
		carbonIntensity,
		datetime: `2024-01-01T${hour}:00:00.000Z`,
		isEstimated,
	});
	const file = json({ data: [item('00', 300), item('01', null), item('02', 310, true)] });
	assert.equal(values(file), [300, 310]);
	assert.is(file.region, 'DE');
	assert.equal(file.notes, [note('values are estimates', 1, 3), note('values are missing', 1, 3)]);
	assert.equal(values(json({ zone: 'DE', history: [item('00', 300)] })), [300]);
	const ahead = json({
		zone: 'DE',
		forecast: [{ carbonIntensity: 210, datetime: '2024-01-01T05:00:00.000Z' }],
		updatedAt: '2024-01-01T04:30:00.000Z',
	});
	assert.is(ahead.forecasts[0]?.points[0]?.value, 210);
});

const PORTAL =
	'Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),' +
	'Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Data estimated\n';

test('Electricity Maps: CSV of the data portal, life cycle or direct', () => {
	const text =
		`${PORTAL}2024-01-01 00:00:00,Germany,Germany,DE,280.5,330.1,50,false\n` +
		'2024-01-01 01:00:00,Germany,Germany,DE,281.5,,50,true\n';
	const file = read(text);
	assert.equal(values(file), [330.1]);
	assert.match(
		file.notes.map(noteText).join('; '),
		/1 of 2 values are estimates; [0-9]+ columns are not used: .*; 1 of 2 values are missing/,
	);
	assert.equal(values(read(text, { emissionFactors: 'direct' })), [280.5, 281.5]);
	const older =
		'Datetime (UTC),Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)\n' +
		'2022-01-01 00:00:00,France,FR,30,60\n';
	assert.equal(values(read(older)), [60]);
	refuses(
		`${PORTAL}2024-01-01 00:00:00,A,A,DE,1,1,1,false\n2024-01-01 00:00:00,B,B,FR,1,1,1,false\n`,
		/several zones \("DE", "FR"/,
	);
});

test('UK: actual values, forecasts where there are none', () => {
	const file = json({
		data: [
			{
				from: '2018-01-20T12:00Z',
				to: '2018-01-20T12:30Z',
				intensity: { forecast: 266, actual: 263 },
			},
			{
				from: '2018-01-20T12:30Z',
				to: '2018-01-20T13:00Z',
				intensity: { forecast: 270, actual: null },
			},
		],
	});
	assert.equal(values(file), [263, 270]);
	assert.is(file.stepMs, 1_800_000);
	assert.match(file.notes.map(noteText).join(), /^1 of \d values are forecasts/);
});

test('Energy-Charts: intensity with its forecast, and prices per MWh, negative ones too', () => {
	const file = json({
		unix_seconds: [1_700_000_000, 1_700_000_900, 1_700_001_800],
		co2eq: [491.5, 480, null],
		co2eq_forecast: [null, null, 505],
		deprecated: false,
	});
	assert.equal(values(file), [491.5, 480]);
	assert.is(file.forecasts[0]?.points[0]?.value, 505);
	const price = json({
		unix_seconds: [1_700_000_000, 1_700_003_600],
		price: [100, -20],
		unit: 'EUR / MWh',
	});
	assert.equal(values(price), [0.1, -0.02]);
	assert.is(price.currency, 'EUR');
	assert.is(price.signal, 'price');
});

test('ENTSO-E: day-ahead prices in local time, through the hour that comes twice', () => {
	const text =
		'"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency"\n' +
		'"29.10.2023 01:00 - 29.10.2023 02:00","10","EUR"\n' +
		'"29.10.2023 02:00 - 29.10.2023 03:00","20","EUR"\n' +
		'"29.10.2023 02:00 - 29.10.2023 03:00","30","EUR"\n' +
		'"29.10.2023 03:00 - 29.10.2023 04:00","-","EUR"\n' +
		'"29.10.2023 04:00 - 29.10.2023 05:00","50","EUR"\n';
	const file = read(text);
	assert.equal(times(file), [
		'2023-10-28T23:00:00.000Z',
		'2023-10-29T00:00:00.000Z',
		'2023-10-29T01:00:00.000Z',
		'2023-10-29T03:00:00.000Z',
	]);
	assert.equal(values(file), [0.01, 0.02, 0.03, 0.05]);
	assert.is(file.stepMs, 3_600_000);
	const newer =
		'"MTU (UTC)","Area","Sequence","Day-ahead Price (EUR/MWh)"\n' +
		'"01/01/2025 00:00:00 - 01/01/2025 01:00:00","BZN|DE-LU","Without Sequence","2.16"\n';
	assert.equal(times(read(newer)), ['2025-01-01T00:00:00.000Z']);
	assert.is(read(newer).region, 'BZN|DE-LU');
});

test('Vessim: forecasts by the time of the request', () => {
	const file = read(
		'request_timestamp,forecast_timestamp,Caiso_North\n' +
			'2023-06-08 00:00:00,2023-06-08 00:05:00,432\n' +
			'2023-06-08 00:00:00,2023-06-08 00:10:00,433\n' +
			'2023-06-08 00:05:00,2023-06-08 00:10:00,431\n',
	);
	assert.equal(
		file.forecasts.map(({ points }) => points.length),
		[2, 1],
	);
	assert.is(file.region, 'Caiso_North');
});

test('parseGridFile() names what is broken and lists what it knows', () => {
	refuses('time,a\n0,1\n', /"x": its format is not known; known are WattTime .* use source: trace/);
	refuses('{"a": 1}', /format is not known/);
	refuses('{"a": ', /Cannot read grid signal "x": /);
	refuses('timestamp,MOER\n', /no rows/);
	refuses('timestamp,MOER\nyesterday,5\n', /row 1 after the header has no time/);
	refuses(
		'timestamp,MOER\n2023-06-08,abc\n',
		/value of 2023-06-08T00:00:00.000Z is not a finite number/,
	);
	refuses(
		'timestamp,MOER\n2023-06-08,5\n2023-06-08,6\n',
		/two values for 2023-06-08T00:00:00.000Z/,
	);
	refuses('timestamp,MOER\n2023-06-08,-5\n', /an intensity is at least 0/);
	refuses('timestamp,MOER\n2023-06-08,\n', /it has no values/);
});

test.run();
