import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { noteText } from '../../protocol/remark.ts';
import type { WeatherOptions } from './dated-csv.ts';
import { readWeather } from './read-weather.ts';

const HOUR_MS = 3_600_000;
const OPTIONS: WeatherOptions = { column: null, timezone: 'UTC' };
const read = (text: string, options = OPTIONS) => readWeather(text, 'x.csv', options);

function refuses(text: string, expected: RegExp, options = OPTIONS): void {
	try {
		read(text, options);
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, expected);
		assert.not((error as Error).message.endsWith('.'));
		return;
	}
	throw new Error(`nothing was thrown: ${expected}`);
}

/** A row of EPW with the columns that count; 35 in all. */
function epwRow(stamp: string, [airC, ghi, dni, dhi, windMs]: readonly number[]): string {
	return `${stamp},?9?9,${airC},0,0,0,0,0,0,${ghi},${dni},${dhi},0,0,0,0,0,${windMs}${',0'.repeat(13)}`;
}

function epw(
	rows: readonly string[],
	periods = 'DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31',
): string {
	const head = ['DESIGN CONDITIONS,0', 'TYPICAL/EXTREME PERIODS,0', 'GROUND TEMPERATURES,0'];
	return [
		'LOCATION,Testville,-,TST,synthetic,000000,48.0,11.0,1.0,500.0',
		...head,
		'HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0',
		'COMMENTS 1,made for tests',
		'COMMENTS 2,none',
		periods,
		...rows,
	].join('\r\n');
}

test('EPW: hours 1 to 24 end at their stamp, by the standard time of LOCATION', () => {
	const { firstMs, stepMs, count, columns, place, isTypical } = read(
		epw([
			epwRow('2021,6,1,1,0', [10, 0, 0, 0, 2]),
			epwRow('2021,6,1,2,60', [11, 5, 1, 4, 3]),
			epwRow('2021,6,1,3,0', [99.9, 9999, 9999, 9999, 999]),
			epwRow('2021,6,1,4,0', [13, 15, 3, 12, 5]),
		]),
	);
	assert.is(firstMs, Date.UTC(2021, 4, 31, 23));
	assert.is(stepMs, HOUR_MS);
	assert.is(count, 4);
	assert.equal([...(columns.ghi ?? [])], [0, 5, 10, 15]);
	assert.equal([...(columns.airC ?? [])], [10, 11, 12, 13]);
	assert.equal([place.latitude, place.altitudeM, isTypical], [48, 500, false]);
});

test('EPW: years that jump make a typical year; its 29 February is left out', () => {
	const hours = Array.from({ length: 24 }, (_, i) => i + 1);
	const day = (date: string) => hours.map((h) => epwRow(`${date},${h},0`, [1, h, 0, h, 1]));
	const { isTypical, firstMs, count, notes } = read(
		epw([...day('1988,2,28'), ...day('1988,2,29'), ...day('1975,3,1')]),
	);
	assert.is(isTypical, true);
	assert.is(firstMs, Date.UTC(2001, 1, 28) - HOUR_MS);
	assert.is(count, 48);
	assert.ok(notes.some((one) => /29 February/.test(noteText(one))));
});

test('EPW: four rows an hour have the minute at which they end', () => {
	const rows = [15, 30, 45, 60].map((m) => epwRow(`2021,6,1,1,${m}`, [1, m, 0, m, 1]));
	const { stepMs, firstMs, count } = read(epw(rows, 'DATA PERIODS,1,4,Data,Sunday, 1/ 1,12/31'));
	assert.equal([stepMs, count], [HOUR_MS / 4, 4]);
	assert.is(firstMs, Date.UTC(2021, 4, 31, 23));
});

test('TMY3: 24:00 ends the day; -9900 is no value', () => {
	const names =
		'Date (MM/DD/YYYY),Time (HH:MM),ETR (W/m^2),GHI (W/m^2),GHI source,DNI (W/m^2),DHI (W/m^2),Dry-bulb (C),Wspd (m/s)';
	const { firstMs, columns, gaps, format } = read(
		[
			'999999,"TESTVILLE AP",TS,-8.0,37.6,-122.4,2',
			names,
			'12/31/1999,22:00,0,6,1,1,6,10,2',
			'12/31/1999,23:00,0,-9900,1,-9900,-9900,9,2',
			'12/31/1999,24:00,0,2,1,0,2,8,2',
		].join('\n'),
	);
	assert.is(format, 'NREL TMY3 CSV');
	assert.is(firstMs, Date.UTC(2000, 0, 1, 5));
	assert.equal([...(columns.ghi ?? [])], [6, 4, 2]);
	assert.is(gaps.length, 3);
	assert.ok(gaps.every(({ filled }) => filled));
});

test('PSM3: a stamp is the middle of its interval, by the clock of Time Zone', () => {
	const head =
		'Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone';
	const psm = (zone: number, rows: string[]) =>
		[
			head,
			`NSRDB,1,-,-,-,52.4,13.1,${zone},42,1`,
			'Year,Month,Day,Hour,Minute,Temperature,DHI,GHI,DNI,Wind Speed',
			...rows,
		].join('\n');
	const hourly = read(psm(1, ['2019,6,1,0,30,9,0,0,0,2', '2019,6,1,1,30,8,0,0,0,2']));
	assert.is(hourly.firstMs, Date.UTC(2019, 4, 31, 23));
	const halves = read(
		psm(0, ['2019,6,1,0,0,9,1,2,3,2', '2019,6,1,0,30,8,1,2,3,2', '2019,6,1,1,0,8,1,2,3,2']),
	);
	assert.equal([halves.firstMs, halves.stepMs], [Date.UTC(2019, 4, 31, 23, 45), HOUR_MS / 2]);
	assert.equal(halves.place.name, null);
});

test('PVGIS: UTC stamps are middles; a tilted plane is refused, a horizontal one added up', () => {
	const pvgis = (slope: number) =>
		[
			'Latitude (decimal degrees):\t45.0',
			'Longitude (decimal degrees):\t8.0',
			'Elevation (m):\t200',
			`Slope: ${slope} deg.`,
			'',
			'time,Gb(i),Gd(i),Gr(i),H_sun,T2m,WS10m,Int',
			'20160101:1110,300.0,100.0,0.0,20.0,3.0,1.5,0.0',
			'20160101:1210,310.0,105.0,0.0,21.0,4.0,1.5,0.0',
			'',
			'Gb(i): direct',
		].join('\r\n');
	const { firstMs, columns, place } = read(pvgis(0));
	assert.is(firstMs, Date.UTC(2016, 0, 1, 10, 40));
	assert.equal([...(columns.ghi ?? [])], [400, 415]);
	assert.equal([...(columns.dhi ?? [])], [100, 105]);
	assert.is(place.altitudeM, 200);
	refuses(pvgis(35), /plane of slope 35 degrees; ask PVGIS for slope 0/);
});

test('PVGIS TMY: full hours with the offset of the irradiance, months of several years', () => {
	const { isTypical, firstMs, columns } = read(
		[
			'Latitude (decimal degrees): 45.0',
			'Longitude (decimal degrees): 8.0',
			'Irradiance Time Offset (h): 0.5',
			'month,year',
			'1,2007',
			'2,2015',
			'time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP',
			'20070131:2300,1,80,0,0,0,300,2,180,100000',
			'20150201:0000,2,80,0,0,0,300,2,180,100000',
		].join('\n'),
	);
	assert.is(isTypical, true);
	assert.is(firstMs, Date.UTC(2001, 0, 31, 23));
	assert.equal([...(columns.airC ?? [])], [1, 2]);
});

test('Open-Meteo: km/h become m/s, irradiance ends at the stamp, air is of the instant', () => {
	const { firstMs, columns, offsetMinutes, notes } = read(
		JSON.stringify({
			latitude: 52.5,
			longitude: 13.4,
			elevation: 38,
			utc_offset_seconds: 7200,
			timezone: 'Europe/Berlin',
			hourly_units: { temperature_2m: '°F', wind_speed_10m: 'km/h' },
			hourly: {
				time: ['2022-07-01T12:00', '2022-07-01T13:00', '2022-07-01T14:00'],
				shortwave_radiation: [500, null, 700],
				temperature_2m: [50, 68, 68],
				wind_speed_10m: [36, 36, 18],
			},
		}),
	);
	assert.is(firstMs, Date.UTC(2022, 6, 1, 9));
	assert.is(offsetMinutes, 120);
	assert.equal([...(columns.ghi ?? [])], [500, 600, 700]);
	assert.equal([...(columns.airC ?? [])].map(Math.round), [10, 15, 20]);
	assert.equal([...(columns.windMs ?? [])], [10, 10, 7.5]);
	assert.ok(
		notes.some(({ text }) => text === 'values of "wind_speed_10m" converted from km/h into m/s'),
	);
	refuses('{"latitude": 1}', /longitude/);
});

test('Solcast: both spellings, offsets that change with the clock, stamps at either end', () => {
	const end = read(
		[
			'period_end,period,ghi,dni,dhi,air_temp,wind_speed_10m',
			'2024-03-31T00:30:00+01:00,PT30M,1,0,1,5,2',
			'2024-03-31T01:00:00+01:00,PT30M,2,0,2,5,2',
			'2024-03-31T01:30:00+01:00,PT30M,3,0,3,5,2',
			'2024-03-31T02:00:00+01:00,PT30M,4,0,4,5,2',
			'2024-03-31T03:30:00+02:00,PT30M,5,0,5,5,2',
		].join('\n'),
	);
	assert.equal([end.count, end.stepMs], [5, HOUR_MS / 2]);
	assert.is(end.firstMs, Date.UTC(2024, 2, 30, 23));
	const start = read('PeriodStart,Period,Ghi\n2024-01-01T00:00:00Z,PT5M,7\n');
	assert.equal([start.firstMs, start.stepMs], [Date.UTC(2024, 0, 1), 300_000]);
	refuses('period_end,period,ghi\n2024-01-01T00:00:00Z,5,7\n', /its period is "5"/);
});

test('Vessim: a column of PV power ends its intervals; others are refused', () => {
	const text = 'datetime,Berlin,Rome\n2022-06-08 00:05:00,0.5,1\n2022-06-08 00:10:00,0.25,0.9\n';
	const { firstMs, columns, place } = read(text, { column: 'Berlin', timezone: 'UTC' });
	assert.is(firstMs, Date.UTC(2022, 5, 8));
	assert.equal([...(columns.pv ?? [])], [0.5, 0.25]);
	assert.is(place.name, 'Berlin');
	refuses(text, /name one of "Berlin", "Rome"/);
	refuses(
		'time,load\n2022-06-08 00:05:00,500\n2022-06-08 00:10:00,400\n',
		/has 500, not a fraction/,
	);
});

test('the published Solcast series is read whole', () => {
	const path = '../shared/data/energy/solcast2022_global_actual.csv';
	if (!existsSync(path)) return console.log(`skipped: ${path} is absent`);
	const { count, gaps, columns, firstMs } = read(readFileSync(path, 'utf8'), {
		column: 'San Francisco',
		timezone: 'UTC',
	});
	assert.equal([count, gaps.length, firstMs], [8352, 0, Date.UTC(2022, 5, 8)]);
	// The sum of its rows is 177.839 kWh per kW in the whole file.
	const kwh = (columns.pv ?? new Float64Array()).reduce((a, b) => a + b, 0) / 12;
	assert.ok(Math.abs(kwh - 177.839) < 0.001, `${kwh}`);
});

test('a table of pvlib has its air read, and a column that nothing is taken from is named', () => {
	const rows = [12, 13].map((hour) => `2023-07-01 ${hour}:00:00+02:00,800,700,150,31,2,0.7`);
	const text = `time,ghi,dni,dhi,temp_air,wind_speed,albedo\n${rows.join('\n')}\n`;
	const { columns, notes } = read(text);
	assert.equal([...(columns.airC ?? [])], [31, 31]);
	assert.equal([...(columns.windMs ?? [])], [2, 2]);
	assert.ok(notes.map(noteText).includes('1 column is not used: "albedo"'));
});

test('what no weather has is refused by line, with what it may be', () => {
	const row = (values: string) =>
		`time,ghi,air_temperature,wind_speed\n2024-07-01T12:00Z,800,20,3\n2024-07-01T13:00Z,${values}\n`;
	refuses(row('800,293.15,3'), /line 3 has 293.15 as airC, outside of -90 to 60 degC; .* Kelvin/);
	refuses(row('2880,20,3'), /line 3 has 2880 as ghi, outside of -50 to 2000 W\/m2; .* kJ\/m2/);
	refuses(row('800,20,130'), /line 3 has 130 as windMs/);
	refuses(row('800,20,-1'), /line 3 has -1 as windMs/);
});

test('what is no weather is refused with its reason', () => {
	refuses('hello\nworld\n', /its content is none of Solcast CSV, SAM CSV/);
	refuses('time,ghi\n', /it has no rows/);
	refuses('time,ghi\nyesterday,5\n', /line 2 has the time "yesterday"/);
	refuses('time,ghi\n2024-01-01T00:00Z,much\n', /line 2 has the value "much"/);
	refuses('time,ghi\n2024-01-01T00:00Z,5\n', /one row/);
	refuses(
		'time,ghi\n2024-01-01T00:00Z,5\n2024-01-01T01:00Z,5\n2024-01-01T02:00Z,5\n2024-01-01T02:30Z,5\n',
		/line 5 .* between the steps of 60 min/,
	);
	refuses(epw([epwRow('2021,2,30,1,0', [1, 1, 1, 1, 1])]), /2021-2-30/);
});

test.run();
