import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COLUMNS, columnsOf, notesOf, readText, refusesText } from './weather-text.test-support.ts';

function sam(
	header: string,
	rows: readonly string[],
	site = 'Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation',
): string {
	return [site, 'Measured,1,Town,XX,USA,40,-105,-7,1600', header, ...rows].join('\n');
}

test('SAM CSV: columns by any of SAM’s own names; without minutes a row starts its hour', () => {
	for (const names of [
		'Year,Month,Day,Hour,GHI,DNI,DHI,Tdry,Wspd',
		'yr,mo,day,hr,gh,dn,df,Dry Bulb Temp,Wind Speed (m/s)',
		'Year,Month,Day,Hour,Global Horizontal Irradiance,Direct Normal,Diffuse,Ambient,wspd',
		'Year,Month,Day,Hour,Global,Beam,Diffuse Horizontal,Temperature (C),Wind Speed',
	]) {
		const found = readText(
			sam(names, ['2021,6,21,12,500,700,100,20,3', '2021,6,21,13,600,710,110,21,4']),
		);
		assert.equal(columnsOf(found), COLUMNS, names);
		assert.equal([found.format, found.firstMs], ['SAM CSV', Date.UTC(2021, 5, 21, 19)]);
		assert.equal(notesOf(found), []);
	}
	const minutes = readText(
		sam('Year,Month,Day,Hour,Minute,GHI,Albedo', [
			'2021,6,21,12,30,500,.2',
			'2021,6,21,13,30,600,.2',
		]),
	);
	assert.is(minutes.firstMs, Date.UTC(2021, 5, 21, 19));
	assert.equal(notesOf(minutes), ['1 column is not used: "Albedo"']);
	const undated = readText(
		['lat,lon,tz,elev', '40,-105,-7,1600', 'GHI', ...new Array(8760).fill('5')].join('\n'),
	);
	assert.equal([undated.count, undated.firstMs], [8760, Date.UTC(2001, 0, 1, 7)]);
	refusesText(
		sam('Year,Month,Day,Hour,GHI', ['2021,6,21,12,1'], 'City,Lat,Lon,State'),
		/zone .*not a number|none of/,
	);
});

test('units beside a name are converted, or refused where they are not known', () => {
	const table = (names: string, values: string) =>
		`time,${names}\n2024-06-20T12:00Z,${values}\n2024-06-20T13:00Z,${values}\n`;
	const found = readText(
		table('ghi (kW/m2),temp_air [K],wind_speed (km/h),DHI (W/m^2))', '0.5,293.15,36,100'),
	);
	assert.equal(columnsOf(found), {
		ghi: [500, 500],
		dhi: [100, 100],
		airC: [20, 20],
		windMs: [10, 10],
	});
	assert.ok(
		notesOf(found).includes('2 values of "temp_air [K]" converted from K into degC'),
		notesOf(found).join(),
	);
	assert.equal(columnsOf(readText(table('ghi_wh_m2,temp_air_f', '500,68'))), {
		ghi: [500, 500],
		airC: [20, 20],
	});
	assert.equal(columnsOf(readText(table('GHI [kJ/m2],dhi', '1800,100'))).ghi, [500, 500]);
	refusesText(
		table('ghi (hp),dhi', '1,1'),
		/its column "ghi \(hp\)" is in "hp", which is no known unit of irradiance; convert it to W\/m2/,
	);
});

test('tables of date-times: pvlib’s without a name of the index, semicolons and decimal commas', () => {
	const pvlib = readText(
		',temp_air,ghi,dni,dhi,wind_speed,albedo\n2023-07-01 12:00:00+02:00,31,800,700,150,2,0.2\n2023-07-01 13:00:00+02:00,31,800,700,150,2,0.2\n',
	);
	assert.equal(columnsOf(pvlib).airC, [31, 31]);
	assert.equal(
		[pvlib.firstMs, notesOf(pvlib)],
		[Date.UTC(2023, 6, 1, 10), ['1 column is not used: "albedo"']],
	);
	const semicolons = readText(
		'Time;GHI;Temperature\n2023-07-01T12:00Z;800,5;31,5\n2023-07-01T13:00Z;801,5;31,5\n',
	);
	assert.equal(columnsOf(semicolons), { ghi: [800.5, 801.5], airC: [31.5, 31.5] });
});

test('tables whose times stand in several columns, or have the day or the month first', () => {
	const first = Date.UTC(2023, 6, 1, 12);
	for (const text of [
		'Date,Time,GHI\n2023-07-01,12:00,800\n2023-07-01,13:00,801\n',
		'Year,Month,Day,Hour,Minute,GHI\n2023,7,1,12,0,800\n2023,7,1,13,0,801\n',
		'Date;Time;GHI\n01.07.2023;12:00;800,0\n01.07.2023;13:00;801\n',
		'Date,GHI\n7/1/2023 12:00 PM,800\n7/1/2023 1:00 PM,801\n7/13/2023 1:00 PM,1\n',
	]) {
		const found = readText(text);
		assert.is(found.firstMs, first, text);
		assert.equal(columnsOf(found).ghi?.slice(0, 2), [800, 801], text);
	}
	refusesText(
		'Date,GHI\n06/08/2023 12:00,1\n06/08/2023 13:00,1\n',
		/may have the day or the month first/,
	);
});

test('TMY3: a name with a bracket too many, and columns that are not used', () => {
	const found = readText(
		[
			'726170,"BURLINGTON",VT,-5.0,44.5,-73.2,104',
			'Date (MM/DD/YYYY),Time (HH:MM),GHI (W/m^2),DNI (W/m^2)),DHI (W/m^2),GHI source,Dry-bulb (C),Wspd (m/s)',
			'01/01/1988,01:00,500,141.2,100,1,20,3',
			'01/01/1988,02:00,600,142,110,1,21,4',
		].join('\n'),
	);
	assert.equal(columnsOf(found).dni, [141.2, 142]);
	assert.equal(notesOf(found), ['1 column is not used: "GHI source"']);
});

test('stations: SURFRAD, CRN and MIDC', () => {
	const surfrad = (minute: number, qc: number) =>
		[2020, 1, 1, 1, 18, minute, 18.1, 60, 500, qc, 90, 0, 700, 0, 100, 0, 100, 0]
			.concat(new Array(20).fill(0), [20, 0, 50, 0, 3, 0, 180, 0, 990, 0])
			.join('  ');
	const found = readText(
		[
			' Bondville',
			'   40.05  -88.37  230 m version 1',
			surfrad(1, 0),
			surfrad(2, 0),
			surfrad(3, 1),
		].join('\n'),
	);
	assert.equal([found.format, found.firstMs], ['SURFRAD', Date.UTC(2020, 0, 1, 18)]);
	assert.equal(columnsOf(found).ghi?.slice(0, 2), [500, 500]);
	assert.equal([columnsOf(found).airC?.[0], columnsOf(found).windMs?.[0]], [20, 3]);
	assert.ok(notesOf(found).includes('1 values left out that the station marks as impossible'));
	const crn = (time: string, ghi: number) =>
		` 94074 20200601 ${time} 20200601 1005  2.622 -104.76   40.81    20.0     0.0    ${ghi} 0    25.0 C 0    50 0 -99.000 -9999.0  1000 0   1.50 0`;
	const network = readText([crn('1705', 500), crn('1710', 600)].join('\n'));
	assert.equal(columnsOf(network), { ghi: [500, 600], airC: [20, 20] });
	assert.is(network.firstMs, Date.UTC(2020, 5, 1, 17));
	const midc = readText(
		[
			'DATE (MM/DD/YYYY),MST,Global Horizontal [W/m^2],Direct Normal [W/m^2],Diffuse Horizontal [W/m^2],Air Temperature [deg C],Avg Wind Speed @ 10ft [m/s]',
			...['06/21/2021,12:00,500,700,100,20,3', '06/21/2021,12:01,600,710,110,21,4'],
		].join('\n'),
	);
	const { windMs: _wind, ...rest } = COLUMNS;
	assert.equal(columnsOf(midc), rest);
	assert.is(midc.firstMs, Date.UTC(2021, 5, 21, 19));
	assert.match(notesOf(midc).join(), /not used: "Avg Wind Speed @ 10ft/);
});

test('years of before: TMY2 and WEA', () => {
	const row = (hour: number) =>
		` 62 6 1${String(hour).padStart(2)}12001400${[' 500A1', ' 700A1', ' 100A1', '   0A1', '   0A1', '   0A1', '   0A1', ' 5A1', ' 5A1', ' 205A1', '  10A1', ' 50A1', ' 990A1', '180A1', ' 35A1'].join('')}`;
	const tm2 = readText(
		[' 23234 SAN_FRANCISCO          CA  -8 N 37 37 W 122 23     5', row(12), row(13)].join('\n'),
	);
	assert.equal(columnsOf(tm2), {
		ghi: [500, 500],
		dni: [700, 700],
		dhi: [100, 100],
		airC: [20.5, 20.5],
		windMs: [3.5, 3.5],
	});
	assert.is(tm2.firstMs, Date.UTC(1962, 5, 1, 19));
	assert.ok(Math.abs((tm2.place.longitude ?? 0) + 122.383) < 0.001);
	const wea = readText(
		[
			...[
				'place Chicago_USA',
				'latitude 41.98',
				'longitude 87.92',
				'time_zone 90',
				'site_elevation 201.0',
			],
			...['weather_data_file_units 1', '6 21 12.500 700 100', '6 21 13.500 710 110'],
		].join('\n'),
	);
	assert.equal(columnsOf(wea), { dni: [700, 710], dhi: [100, 110] });
	assert.equal([wea.firstMs, wea.place.longitude], [Date.UTC(2001, 5, 21, 18), -87.92]);
});

test('files of the SRML are refused by their name', () => {
	refusesText('94050\t2018\t1000\t0\n1\t1\t5\t12\n', /SRML/);
});

test.run();
