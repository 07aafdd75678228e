import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COLUMNS, columnsOf, notesOf, readText, refusesText } from './weather-text.test-support.ts';

const HOUR_MS = 3_600_000;
const OPEN_METEO = { latitude: 52.5, longitude: 13.4, elevation: 38, utc_offset_seconds: 0 };
const TIME = ['2023-06-01T12:00', '2023-06-01T13:00'];

test('NASA POWER: hours by local solar time or UTC, in CSV and in JSON', () => {
	const csv = (standard: string) =>
		[
			'-BEGIN HEADER-',
			'NASA/POWER CERES/MERRA2 Native Resolution Hourly Data',
			`Dates (month/day/year): 06/21/2021 through 06/21/2021${standard}`,
			'Location: Latitude  40.0   Longitude -105.0',
			'Elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = 1768.97 meters',
			'The value for missing source data that cannot be computed or is outside of the sources availability range: -999',
			'Parameter(s):',
			'ALLSKY_SFC_SW_DWN     CERES SYN1deg All Sky Surface Shortwave Downward Irradiance (Wh/m^2)',
			'T2M                   MERRA-2 Temperature at 2 Meters (C)',
			'-END HEADER-',
			'YEAR,MO,DY,HR,ALLSKY_SFC_SW_DWN,ALLSKY_SFC_SW_DNI,ALLSKY_SFC_SW_DIFF,T2M,WS10M,PS',
			'2021,6,21,12,500,700,100,20,3,83',
			'2021,6,21,13,600,710,110,21,4,-999',
		].join('\n');
	const solar = readText(csv(' in LST'));
	assert.equal(columnsOf(solar), COLUMNS);
	assert.equal([solar.firstMs, solar.place.altitudeM], [Date.UTC(2021, 5, 21, 19), 1768.97]);
	assert.equal(notesOf(solar), ['1 column is not used: "PS"']);
	assert.is(readText(csv(' in UTC')).firstMs, Date.UTC(2021, 5, 21, 12));
	assert.match(readText(csv('')).clock, /as POWER writes unless asked otherwise/);
	const json = readText(
		JSON.stringify({
			type: 'Feature',
			geometry: { type: 'Point', coordinates: [-105, 40, 1768.97] },
			header: { time_standard: 'UTC', fill_value: -999 },
			parameters: { ALLSKY_SFC_SW_DWN: { units: 'Wh/m^2' }, T2M: { units: 'C' } },
			properties: {
				parameter: {
					ALLSKY_SFC_SW_DWN: { 2021062112: 500, 2021062113: 600 },
					T2M: { 2021062112: 20, 2021062113: -999 },
				},
			},
		}),
	);
	assert.equal([json.firstMs, json.place.latitude], [Date.UTC(2021, 5, 21, 12), 40]);
	assert.equal(columnsOf(json).ghi, [500, 600]);
	refusesText(csv('').replace('MO,DY,HR', 'MO,DY,XX'), /not of hours; ask for the hourly values/);
});

test('PVWatts: hours from 0 by standard time, totals left out, the zone by the longitude and said', () => {
	const text = (zone: readonly string[]) =>
		[
			'"PVWatts: Hourly PV Performance Data",""',
			...['"Requested Location:","Golden"', '"Lat (deg N):","39.75"', '"Long (deg W):","105.2"'],
			...['"Elev (m):","1800"', ...zone, '"DC System Size (kW):","4"', '""'],
			'"Month","Day","Hour","Beam Irradiance (W/m2)","Diffuse Irradiance (W/m2)","Ambient Temperature (C)","Wind Speed (m/s)","AC System Output (W)"',
			...['"6","21","12","700","100","20","3","900"', '"6","21","13","710","110","21","4","900"'],
			'"Totals","","","","","","",""',
		].join('\n');
	const found = readText(text([]));
	const { ghi: _ghi, ...rest } = COLUMNS;
	assert.equal(columnsOf(found), rest);
	assert.equal([found.place.longitude, found.firstMs], [-105.2, Date.UTC(2001, 5, 21, 19)]);
	assert.ok(notesOf(found).some((note) => /taken from the longitude/.test(note)));
	assert.is(readText(text(['"Time Zone:","-6"'])).firstMs, Date.UTC(2001, 5, 21, 18));
});

test('PVGIS JSON: hours of the horizontal, a typical year with its offset, a tilted plane refused', () => {
	const place = { latitude: 45, longitude: 8, elevation: 250 };
	const hours = [
		{ time: '20160101:1110', 'Gb(i)': 300, 'Gd(i)': 100, 'Gr(i)': 0, T2m: 3, WS10m: 1.5, Int: 0 },
		{ time: '20160101:1210', 'Gb(i)': 310, 'Gd(i)': 105, 'Gr(i)': 0, T2m: 4, WS10m: 1.5, Int: 0 },
	];
	const at = (slope: number) => ({
		inputs: { location: place, mounting_system: { fixed: { slope: { value: slope } } } },
		outputs: { hourly: hours },
	});
	const found = readText(JSON.stringify(at(0)));
	assert.equal(columnsOf(found), {
		ghi: [400, 415],
		dhi: [100, 105],
		airC: [3, 4],
		windMs: [1.5, 1.5],
	});
	assert.equal([found.format, found.firstMs], ['PVGIS JSON', Date.UTC(2016, 0, 1, 10, 40)]);
	refusesText(JSON.stringify(at(35)), /plane of slope 35 degrees/);
	const typical = readText(
		JSON.stringify({
			inputs: { location: { ...place, irradiance_time_offset: 0.5 } },
			outputs: {
				months_selected: [{ month: 1, year: 2007 }],
				tmy_hourly: [
					{
						'time(UTC)': '20070131:2300',
						T2m: 1,
						RH: 80,
						'G(h)': 0,
						'Gb(n)': 0,
						'Gd(h)': 0,
						WS10m: 2,
					},
					{
						'time(UTC)': '20150201:0000',
						T2m: 2,
						RH: 80,
						'G(h)': 0,
						'Gb(n)': 0,
						'Gd(h)': 0,
						WS10m: 2,
					},
				],
			},
		}),
	);
	assert.equal([typical.isTypical, typical.firstMs], [true, Date.UTC(2001, 0, 31, 23)]);
	refusesText(JSON.stringify({ inputs: { location: place }, outputs: { totals: {} } }), /no hours/);
	refusesText(
		JSON.stringify({
			message: 'Location over the sea. Please, select another location',
			status: 400,
		}),
		/refusal: "Location over the sea/,
	);
});

test('Open-Meteo: direct light on the horizontal gives the diffuse', () => {
	const hourly = { time: TIME, shortwave_radiation: [500, 500], direct_radiation: [300, 300] };
	const found = readText(JSON.stringify({ ...OPEN_METEO, hourly }));
	assert.equal(columnsOf(found), { ghi: [500, 500], dhi: [200, 200] });
	const both = { ...hourly, direct_normal_irradiance: [400, 400] };
	assert.equal(notesOf(readText(JSON.stringify({ ...OPEN_METEO, hourly: both }))), [
		'1 column is not used: "direct_radiation"',
	]);
});

test('Open-Meteo: of several places or models `column` names one, and a refusal keeps its reason', () => {
	const at = (latitude: number, ghi: number) => ({
		...{ ...OPEN_METEO, latitude },
		hourly: { time: TIME, shortwave_radiation: [ghi, ghi] },
	});
	const list = JSON.stringify([at(52.5, 1), at(48, 2)]);
	refusesText(
		list,
		/it has 2 places; name one by its number as `column`: 0 \(52.5, 13.4\), 1 \(48, 13.4\)/,
	);
	assert.equal(columnsOf(readText(list, '1')).ghi, [2, 2]);
	assert.equal(columnsOf(readText(JSON.stringify([at(52.5, 7)]))).ghi, [7, 7]);
	const models = (names: readonly string[]) =>
		JSON.stringify({
			...OPEN_METEO,
			hourly: {
				time: TIME,
				...Object.fromEntries(names.map((name, i) => [`shortwave_radiation_${name}`, [i, i]])),
			},
		});
	assert.equal(columnsOf(readText(models(['era5']))).ghi, [0, 0]);
	refusesText(
		models(['era5', 'icon_seamless']),
		/2 models; name one as `column`: era5, icon_seamless/,
	);
	assert.equal(columnsOf(readText(models(['era5', 'icon_seamless']), 'icon_seamless')).ghi, [1, 1]);
	refusesText(
		'{"error":true,"reason":"Parameter start_date is out of allowed range"}',
		/refusal: "Parameter start_date is out/,
	);
});

test('Open-Meteo CSV: units in names, and several places by their number', () => {
	const csv = readText(
		[
			'latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation',
			'52.5,13.4,38.0,7200,Europe/Berlin,CEST',
			'',
			'time,shortwave_radiation (W/m²),temperature_2m (°F),wind_speed_10m (km/h)',
			...['2023-06-01T12:00,500,68,36', '2023-06-01T13:00,600,68,36'],
		].join('\n'),
	);
	assert.equal(columnsOf(csv), { ghi: [500, 600], airC: [20, 20], windMs: [10, 10] });
	assert.is(csv.firstMs, Date.UTC(2023, 5, 1, 9));
	const two = [
		'location_id,latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation',
		...['0,52.5,13.4,38.0,0,GMT,GMT', '1,48.0,11.0,500.0,0,GMT,GMT', ''],
		'location_id,time,shortwave_radiation (W/m²)',
		...[
			'0,2023-06-01T12:00,1',
			'0,2023-06-01T13:00,1',
			'1,2023-06-01T12:00,2',
			'1,2023-06-01T13:00,2',
		],
	].join('\n');
	refusesText(two, /2 places; name one/);
	assert.equal(columnsOf(readText(two, '1')).ghi, [2, 2]);
});

test('CAMS: energies of a period of universal time', () => {
	const found = readText(
		[
			...['# Coding: utf-8', '# Title: CAMS Radiation Service v4.5 all-sky irradiation'],
			...[
				'# Latitude (positive North, ISO 19115): 55.79',
				'# Longitude (positive East, ISO 19115): 12.53',
			],
			...['# Altitude (m): 39.00', '# Time reference: Universal time (UT)', '#'],
			'# Observation period;TOA;Clear sky GHI;GHI;BHI;DHI;BNI;Reliability',
			'2020-06-01T12:00:00.0/2020-06-01T12:15:00.0;250;200;125;100;25;175;1',
			'2020-06-01T12:15:00.0/2020-06-01T12:30:00.0;250;200;150;120;27.5;177.5;1',
		].join('\n'),
	);
	assert.equal(columnsOf(found), { ghi: [500, 600], dni: [700, 710], dhi: [100, 110] });
	assert.equal([found.firstMs, found.stepMs], [Date.UTC(2020, 5, 1, 12), HOUR_MS / 4]);
	assert.equal([found.place.latitude, found.place.longitude], [55.79, 12.53]);
});

test.run();
