import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { clearSkyAt } from '../sky/site-sky.ts';
import type { Quantity } from './series.ts';
import { sunTime } from './sun-time.ts';
import { columnsOf, notesOf, readText } from './weather-text.test-support.ts';

type Named = Exclude<Quantity, 'pv'>;

/** Rows of what a file says, in W/m2, degC and m/s. */
const TRUTH: Readonly<Record<Named, readonly number[]>> = {
	ghi: [500, 600, 550],
	dni: [700, 710, 720],
	dhi: [100, 110, 105],
	airC: [20, 21, 22],
	windMs: [3, 4, 5],
};
const NAMES: Readonly<Record<Named, readonly string[]>> = {
	ghi: ['ghi', 'GHI', 'Global Horizontal', 'global_horizontal_irradiance', 'gh'],
	dni: ['dni', 'DNI', 'Beam', 'Direct Normal', 'beam_irradiance'],
	dhi: ['dhi', 'DHI', 'Diffuse', 'diffuse_horizontal_irradiance', 'df'],
	airC: ['temp_air', 'air_temperature', 'Tdry', 'Dry Bulb', 'Temperature', 'Ambient Temp'],
	windMs: ['wind_speed', 'Wspd', 'Wind Speed', 'ws10m', 'WindSpeed10m'],
};
/** Units, and a value in each of them. */
const UNITS: Readonly<
	Record<'light' | 'air' | 'wind', readonly (readonly [string, (value: number) => number])[]>
> = {
	light: [
		['W/m2', (value) => value],
		['W m-2', (value) => value],
		['kW/m^2', (value) => value / 1000],
		['Wh/m²', (value) => value],
		['kJ/m2', (value) => value * 3.6],
		['J/cm2', (value) => value * 0.36],
	],
	air: [
		['°C', (value) => value],
		['K', (value) => value + 273.15],
		['deg F', (value) => value * 1.8 + 32],
	],
	wind: [
		['m/s', (value) => value],
		['km/h', (value) => value * 3.6],
		['mph', (value) => value / 0.44704],
	],
};
const measure = (named: Named) =>
	named === 'airC' ? 'air' : named === 'windMs' ? 'wind' : 'light';

interface Column {
	readonly named: Named | null;
	readonly header: string;
	readonly values: readonly number[];
	readonly known: boolean;
}

function columnOf(named: Named): fc.Arbitrary<Column> {
	const units = UNITS[measure(named)];
	return fc
		.record({
			name: fc.constantFrom(...NAMES[named]),
			unit: fc.nat({ max: units.length + 1 }),
			brackets: fc.constantFrom('()', '[]'),
		})
		.map(({ name, unit, brackets }) => {
			const between = (text: string) => `${name} ${brackets[0]}${text}${brackets[1]}`;
			const found = units[unit];
			if (found !== undefined)
				return {
					named,
					header: between(found[0]),
					values: TRUTH[named].map(found[1]),
					known: true,
				};
			const isBare = unit === units.length;
			return { named, header: isBare ? name : between('hp'), values: TRUTH[named], known: isBare };
		});
}

/** Columns in some order, of which some are not of weather that is used. */
const columns: fc.Arbitrary<readonly Column[]> = fc
	.tuple(
		fc
			.subarray(Object.keys(TRUTH) as Named[], { minLength: 1 })
			.chain((names) => fc.tuple(...names.map(columnOf))),
		fc.subarray(['Albedo', 'RH (%)', 'Snow [cm]', 'Clearsky GHI', 'Wdir'], { maxLength: 3 }),
	)
	.chain(([used, unused]) =>
		fc.shuffledSubarray(
			[
				...used,
				...unused.map((header) => ({ named: null, header, values: [1, 2, 3], known: true })),
			],
			{ minLength: used.length + unused.length },
		),
	);

/** Rows of three hours of 21 June, 12:00 to 15:00 at UTC-7, as some format has them. */
const FORMS: Readonly<
	Record<string, (names: readonly string[], cells: readonly (readonly string[])[]) => string[]>
> = {
	SAM: (names, cells) => [
		'Source,Location ID,Latitude,Longitude,Time Zone,Elevation',
		'Measured,1,40,-105,-7,1600',
		`Year,Month,Day,Hour,${names.join(',')}`,
		...cells.map((row, i) => `2021,6,21,${12 + i},${row.join(',')}`),
	],
	TMY3: (names, cells) => [
		'724666,"TOWN",CO,-7.0,40,-105,1600',
		`Date (MM/DD/YYYY),Time (HH:MM),${names.join(',')}`,
		...cells.map((row, i) => `06/21/2021,${13 + i}:00,${row.join(',')}`),
	],
	MIDC: (names, cells) => [
		`DATE (MM/DD/YYYY),MST,${names.join(',')}`,
		...cells.map((row, i) => `6/21/2021,${12 + i}:00,${row.join(',')}`),
	],
	Solcast: (names, cells) => [
		`${names.join(',')},period_end,period`,
		...cells.map((row, i) => `${row.join(',')},2021-06-21T${13 + i}:00:00-07:00,PT60M`),
	],
	own: (names, cells) => [
		`time,${names.join(',')}`,
		...cells.map((row, i) => `2021-06-21 ${12 + i}:00:00-07:00,${row.join(',')}`),
	],
	semicolons: (names, cells) => [
		`Time;${names.join(';')}`,
		...cells.map((row, i) => `2021-06-21T${12 + i}:00-07:00;${row.join(';').replaceAll('.', ',')}`),
	],
};

test('columns in any order, by any name, in any unit are read right, named as not used, or refused', () => {
	fc.assert(
		fc.property(fc.constantFrom(...Object.keys(FORMS)), columns, (form, drawn) => {
			const cells = [0, 1, 2].map((row) => drawn.map(({ values }) => String(values[row])));
			const names = drawn.map(({ header }) => header);
			const text = (FORMS[form] as (typeof FORMS)[string])(names, cells).join('\n');
			const wrong = drawn.find(({ known }) => !known);
			if (wrong !== undefined) {
				assert.throws(() => readText(text), /in "hp", which is no known unit/);
				return;
			}
			const found = readText(text);
			assert.is(found.firstMs, Date.UTC(2021, 5, 21, 19), text);
			const right = Object.fromEntries(
				drawn.flatMap(({ named }) => (named === null ? [] : [[named, [...TRUTH[named]]]])),
			);
			assert.equal(columnsOf(found), right, text);
			const said = notesOf(found).join();
			for (const { named, header } of drawn)
				assert.is(
					said.includes(`"${header}"`) && named === null,
					named === null,
					`${said} of ${text}`,
				);
		}),
		{ numRuns: 10_000 },
	);
});

test('a shift of the hours is found wherever the place is', () => {
	const place = fc.record({
		latitude: fc.double({ min: -50, max: 50, noNaN: true }),
		longitude: fc.double({ min: -180, max: 180, noNaN: true }),
	});
	fc.assert(
		fc.property(
			place,
			fc.integer({ min: -600, max: 600 }),
			fc.constantFrom(15, 30, 60),
			(at, minutes, step) => {
				const site = { ...at, altitudeM: 100, linkeTurbidity: 3 };
				const rows = Array.from({ length: (6 * 24 * 60) / step }, (_, i) => {
					const middleMs = Date.UTC(2023, 2, 1) + (i + 0.5) * step * 60_000;
					const { ghi } = clearSkyAt(middleMs, site).clear;
					return `${new Date(middleMs - minutes * 60_000).toISOString()},${ghi.toFixed(1)}`;
				});
				const found = sunTime(readText(['# label: centre', 'time,ghi', ...rows].join('\n')), site);
				assert.ok(
					Math.abs((found?.minutes ?? 9999) - minutes) <= 2,
					`${found?.minutes} for ${minutes}`,
				);
			},
		),
		{ numRuns: 30 },
	);
});

test.run();
