import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import { noteText } from '../../../protocol/remark.ts';
import { readUnit } from '../../signal/column-units.ts';
import { type GridFile, type GridFileChoices, NOTHING_CHOSEN } from './grid-file.ts';
import { parseGridFile } from './parse-grid-file.ts';

/** Prices and intensities as the sites of markets and system operators export them. */
const read = (text: string, change: Partial<GridFileChoices> = {}): GridFile =>
	parseGridFile(text, 'x', { ...NOTHING_CHOSEN, timezone: 'Europe/Berlin', ...change });
const values = ({ points }: GridFile, factor = 1) =>
	points.map(({ value }) => Math.round(value * factor * 1e9) / 1e9);
const times = ({ points }: GridFile) =>
	points.map(({ epochMs }) => new Date(epochMs).toISOString().slice(0, 16));
const notes = (file: GridFile) => file.notes.map(noteText).join('; ');

function refuses(text: string, expected: RegExp, change: Partial<GridFileChoices> = {}): void {
	assert.throws(
		() => read(text, change),
		(error: unknown) =>
			error instanceof ConfigError &&
			expected.test(error.message) &&
			!error.message.includes('\n') &&
			!error.message.endsWith('.'),
	);
}

const two = (n: number) => String(n).padStart(2, '0');

/** Quarters of the hours of an area's two auctions: the value i, and i + 7. */
function auctions(): string {
	const row = (i: number, sequence: string, value: number) => {
		const at = (quarter: number) =>
			`${two(26 + Math.floor(quarter / 96))}/10/2025 ${two(Math.floor(quarter / 4) % 24)}:${two((quarter % 4) * 15)}:00`;
		return `"${at(i)} - ${at(i + 1)}","BZN|DE-LU","${sequence}","${value}","-","-"`;
	};
	// The clock on the wall shows 02:00 to 03:00 twice: 100 quarters.
	const shown = Array.from({ length: 100 }, (_, i) => (i < 12 ? i : i - 4));
	const rows = ['Sequence Sequence 1', 'Sequence Sequence 2'].flatMap((sequence, s) =>
		shown.map((quarter, i) => row(quarter, sequence, i + 7 * s)),
	);
	return `"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (CET/CEST)","Intraday Price (EUR/MWh)"\n${rows.join('\n')}\n`;
}

test('ENTSO-E: of two auctions of an area the first is taken and said, or the one that is asked for', () => {
	const first = read(auctions());
	assert.equal(
		values(first, 1000),
		Array.from({ length: 100 }, (_, i) => i),
	);
	assert.is(times(first)[0], '2025-10-25T22:00');
	assert.is(times(first)[99], '2025-10-26T22:45');
	assert.is(first.stepMs, 900_000);
	assert.match(
		notes(first),
		/^100 of 200 rows are of sequence 2 and not used: prices are those of sequence 1 \(sequence: says which\); 2 columns are not used: "Intraday Period \(CET\/CEST\)", "Intraday Price \(EUR\/MWh\)"$/,
	);
	const second = read(auctions(), { sequence: '2' });
	assert.equal(values(second, 1000).slice(0, 3), [7, 8, 9]);
	assert.match(notes(second), /100 of 200 rows are of sequence 1 and not used/);
	refuses(auctions(), /it has no sequence 3; it has 1 and 2$/, { sequence: '3' });
});

test('ENTSO-E: of several areas one is named, and any currency and clock is taken', () => {
	const text = `MTU (UTC)\tArea\tDay-ahead Price [NOK/MWh]\n${['NO1', 'NO2']
		.map((area, i) => `01.06.2023 00:00 - 01.06.2023 01:00\tBZN|${area}\t${100 + i}`)
		.join('\n')}\n`;
	refuses(text, /it has several areas \("BZN\|NO1", "BZN\|NO2"\); say region: one of them$/);
	const file = read(text, { region: 'NO2' });
	assert.equal(
		[file.currency, file.region, values(file), times(file)],
		[...['NOK', 'BZN|NO2', [0.101]], ['2023-06-01T00:00']],
	);
	const eastern = text.replace('UTC', 'EET/EEST').replaceAll('BZN|NO2', 'BZN|NO1').split('\n');
	assert.equal(times(read(`${eastern[0]}\n${eastern[1]}\n`)), ['2023-05-31T21:00']);
});

const WEBSITE = `"Date (GMT+1)","Day Ahead Auction (DE-LU)"
"","Price (EUR/MWh, EUR/tCO2)"
2025-10-26T00:00+02:00,10
2025-10-26T01:00+02:00,20
2025-10-26T02:00+02:00,30
2025-10-26T02:00+01:00,40
2025-10-26T03:00+01:00,50
`;

test('Energy-Charts: the CSV of the website has a row of units below the names', () => {
	const file = read(WEBSITE);
	assert.equal(values(file, 1000), [10, 20, 30, 40, 50]);
	assert.equal(
		times(file),
		[22, 23, 24, 25, 26].map((hour) => `2025-10-2${hour < 24 ? 5 : 6}T${two(hour % 24)}:00`),
	);
	assert.equal([file.currency, file.region, file.stepMs], ['EUR', 'DE-LU', 3_600_000]);
	const german = WEBSITE.replace('Date', 'Datum')
		.replace('Price', 'Preis')
		.replaceAll(',', ';')
		.replaceAll(';10', ';10,5');
	const withComma = read(
		german.replace('"Preis (EUR/MWh; EUR/tCO2)"', '"Preis (EUR/MWh, EUR/tCO2)"'),
	);
	assert.is(values(withComma, 1000)[0], 10.5);
	assert.match(notes(withComma), /1 of 5 numbers have a decimal comma/);
	const more = WEBSITE.replace('(DE-LU)"', '(DE-LU)","CO2 Emission Allowances, Auction DE","Load"')
		.replace('tCO2)"', 'tCO2)","Price (EUR/MWh, EUR/tCO2)","Power (MW)"')
		.replaceAll(/:00,(\d+)$/gm, ':00,$1,80,50000');
	assert.equal(values(read(more), 1000), [10, 20, 30, 40, 50]);
	assert.match(
		notes(read(more)),
		/2 columns are not used: "CO2 Emission Allowances, Auction DE", "Load"/,
	);
	const both = more.replace('CO2 Emission Allowances, Auction DE', 'Intraday Auction (DE-LU)');
	refuses(
		both,
		/several columns of values \("Day Ahead Auction \(DE-LU\)", "Intraday Auction \(DE-LU\)"\); say column/,
	);
	assert.equal(
		values(read(both, { column: 'Intraday Auction (DE-LU)' }), 1000),
		[80, 80, 80, 80, 80],
	);
});

test('CAISO: of the five kinds of a node’s price the locational marginal one is taken', () => {
	const row = (hour: number, kind: string, value: number, node = 'TH_NP15_GEN-APND') =>
		`2025-11-02T${two(hour)}:00:00-00:00,2025-11-02T${two(hour + 1)}:00:00-00:00,2025-11-02,${hour},0,${node},${node},${node},DAM,${kind},LMP_PRC,0,APND,4,${value},1`;
	const header =
		'INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP';
	const rows = ['MCC', 'LMP', 'MCL', 'MCE', 'MGHG'].flatMap((kind, i) =>
		[7, 8, 9].map((hour) => row(hour, kind, 10 * i + hour)),
	);
	const text = `${header}\n${rows.join('\n')}\n`;
	const file = read(text);
	assert.equal(values(file, 1000), [17, 18, 19]);
	assert.equal(times(file), ['2025-11-02T07:00', '2025-11-02T08:00', '2025-11-02T09:00']);
	assert.equal([file.currency, file.region], ['USD', 'CAISO']);
	assert.match(
		notes(file),
		/those of node TH_NP15_GEN-APND; 12 of 15 rows are parts of the price and not used/,
	);
	const several = `${text}${row(7, 'LMP', 1, 'TH_SP15_GEN-APND')}\n`;
	refuses(several, /it has several nodes \("TH_NP15_GEN-APND", "TH_SP15_GEN-APND"\); say region/);
	assert.equal(values(read(several, { region: 'TH_SP15_GEN-APND' }), 1000), [1]);
	refuses(
		text.replace(',DAM,LMP', ',RTM,LMP'),
		/it has several markets \(DAM, RTM\); keep the rows of one/,
	);
});

test('ERCOT: hours are named by their ends, and a flag says which comes twice', () => {
	const text = `Delivery Date,Hour Ending,Settlement Point,Settlement Point Price,Repeated Hour Flag
11/02/2025,01:00,HB_WEST,10,N
11/02/2025,02:00,HB_WEST,20,N
11/02/2025,02:00,HB_WEST,30,Y
11/02/2025,03:00,HB_WEST,40,N
11/02/2025,24:00,HB_WEST,50,N
`;
	const file = read(text);
	assert.equal(values(file, 1000), [10, 20, 30, 40, 50]);
	assert.equal(
		times(file),
		[5, 6, 7, 8].map((hour) => `2025-11-02T0${hour}:00`).concat('2025-11-03T05:00'),
	);
	const quarters = `DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,SettlementPointPrice,DSTFlag
06/01/2025,1,1,HB_WEST,HU,1,N
06/01/2025,1,2,HB_WEST,HU,2,N
06/01/2025,24,4,HB_WEST,HU,3,N
`;
	assert.equal(times(read(quarters)), ['2025-06-01T05:00', '2025-06-01T05:15', '2025-06-02T04:45']);
	assert.equal([file.currency, file.region], ['USD', 'ERCOT']);
});

test('gridstatus and Ember: prices of one place, in their own currency', () => {
	const status =
		'Interval Start,Interval End,Market,Location,LMP\n2025-06-01 00:00:00-05:00,2025-06-01 01:00:00-05:00,DAM,HB,25\n';
	assert.equal(values(read(status)), [0.025]);
	assert.equal(times(read(status)), ['2025-06-01T05:00']);
	const ember =
		'Country,ISO3 Code,Datetime (UTC),Datetime (Local),Price (EUR/MWhe)\nGermany,DEU,2024-06-01 00:00:00,2024-06-01 02:00:00,40\nFrance,FRA,2024-06-01 00:00:00,2024-06-01 02:00:00,30\n';
	refuses(ember, /it has several countries \("Germany", "France"\); say region/);
	const france = read(ember, { region: 'France' });
	assert.equal([france.currency, values(france)], ['EUR', [0.03]]);
});

test('Carbon Aware SDK: ratings of a location, of which the file does not say what they are', () => {
	const rating = (location: string, hour: number, value: number) => ({
		...{ Location: location, Time: `2021-09-01T0${hour}:00:00+00:00`, Rating: value },
		Duration: '01:00:00',
	});
	const list = [rating('eastus', 0, 65), rating('eastus', 1, 70)];
	for (const text of [JSON.stringify(list), `\ufeff${JSON.stringify({ Emissions: list })}`]) {
		const file = read(text);
		assert.equal([values(file), file.kind, file.region], [[65, 70], null, 'eastus']);
	}
	const both = JSON.stringify([...list, rating('westus', 0, 80)]);
	refuses(both, /it has several locations \("eastus", "westus"\); say region/);
	assert.equal(values(read(both, { region: 'westus' })), [80]);
});

test('Great Britain: regions as JSON and as CSV, and the files of its system operator', () => {
	const part = (minute: string, forecast: number) => ({
		...{ from: `2024-06-20T00:${minute}Z`, to: `2024-06-20T01:${minute}Z` },
		intensity: { forecast, index: 'low' },
	});
	const data = [part('00', 50), part('30', 60)];
	const one = { data: { regionid: 13, dnoregion: 'UKPN London', shortname: 'London', data } };
	const file = read(JSON.stringify(one));
	assert.equal([values(file), file.region, file.kind], [[50, 60], 'GB', 'average']);
	assert.match(notes(file), /^2 of 2 values are forecasts/);
	const regions = data.map(({ from, to, intensity }) => ({
		...{ from, to },
		regions: [
			{ regionid: 1, shortname: 'North Scotland', intensity: { forecast: 5, index: 'low' } },
			{ regionid: 13, shortname: 'London', intensity },
		],
	}));
	refuses(JSON.stringify({ data: regions }), /several regions \("North Scotland", "London"\)/);
	assert.equal(values(read(JSON.stringify({ data: regions }), { region: 'london' })), [50, 60]);
	const csv = 'datetime,North Scotland,London\n2024-06-20T00:00:00,5,50\n';
	refuses(csv, /several columns of values/);
	assert.equal(values(read(csv, { column: 'London' })), [50]);
	assert.equal(values(read('datetime,forecast,actual,index\n2024-06-20T00:00Z,5,50,low\n')), [50]);
	const mix = 'DATETIME,GAS,COAL,CARBON_INTENSITY\n2024-06-20T00:00:00,1,2,77\n';
	assert.equal(values(read(mix)), [77]);
});

test('the unit that a scenario says is that of a file which says none, and contradicts one that does', () => {
	const unit = (text: string) => {
		const read = readUnit(text);
		if (read?.type !== 'unit') throw new TypeError(text);
		return { unit: read.unit };
	};
	const moer = 'timestamp,MOER\n2023-06-08T00:00:00Z,400\n';
	assert.equal(values(read(moer)), [181.436948]);
	assert.equal(values(read(moer, unit('kg/MWh'))), [400]);
	const ercot =
		'DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice\n06/01/2025,01:00,HB,25\n';
	assert.equal(values(read(ercot, unit('USD/kWh'))), [25]);
	refuses(ercot, /its prices are in USD, and the scenario says unit: EUR\/MWh$/, unit('EUR/MWh'));
	refuses(ercot, /kg\/MWh is not the unit of a price$/, unit('kg/MWh'));
	assert.equal(values(read(WEBSITE, unit('EUR/MWh')), 1000)[0], 10);
	refuses(WEBSITE, /it says its own unit, which is not EUR\/kWh; drop unit$/, unit('EUR/kWh'));
});

test('a file that begins as JSON and is none says so in one line of ours', () => {
	refuses(
		'{"data": [\n{"a": 1},\n{oops',
		/it begins as JSON and is none from line 3 on; is it whole\?$/,
	);
});

test('semicolons, decimal commas, comments and contradictions are read or refused in every CSV', () => {
	const rows = 'timestamp;MOER\n2023-06-08T00:00:00Z;1000,5\n2023-06-08T00:05:00Z;900\n';
	const file = read(`# exported\n${rows}`);
	assert.equal(values(file), [453.819166185, 408.233133]);
	assert.match(notes(file), /1 of 2 numbers have a decimal comma/);
	refuses(
		rows.replace('900', '900.5'),
		/numbers with a comma \(line 2\) and with a point \(line 3\)/,
	);
	refuses(
		rows.replace('1000,5', '1,000'),
		/"1,000", which may have a decimal comma or one between/,
	);
	assert.is(values(read(rows.replace('1000,5', '1,000'), { decimal: 'point' }))[0], 453.59237);
});

test.run();
