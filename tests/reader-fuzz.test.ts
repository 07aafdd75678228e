import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	type GridFile,
	type GridFileChoices,
	NOTHING_CHOSEN,
} from '../feeds/grid/files/grid-file.ts';
import { parseGridFile } from '../feeds/grid/files/parse-grid-file.ts';
import { unitInName } from '../feeds/signal/column-units.ts';
import { parseTrace, traceColumn } from '../feeds/signal/parse-trace.ts';
import type { TraceOptions } from '../feeds/signal/trace.ts';
import { ConfigError } from '../protocol/errors.ts';
import * as fc from './properties.test-support.ts';
import {
	type Cells,
	type Dress,
	dressArb,
	dressed,
	numberText,
	parts,
	shuffled,
	TIME_FORMS,
	type Truth,
	truthArb,
} from './reader-fuzz.test-support.ts';

/** Readers of ten thousand files: what they give is right, or they refuse it in one line of ours. */

/** What a reader gives; null where it refuses, which is looked at. */
function outcome<T>(text: string, read: () => T): T | null {
	try {
		return read();
	} catch (error) {
		const shown = `${(error as Error).stack}\n${text.slice(0, 400)}`;
		assert.instance(error, ConfigError, shown);
		const { message } = error as Error;
		assert.is(message.split('\n').length, 1, shown);
		assert.not.match(message, /undefined|NaN|\[object|\.$/, shown);
		return null;
	}
}

function isRight(text: string, got: Truth, truth: Truth): void {
	assert.equal(got.times, truth.times, text.slice(0, 400));
	for (const [i, value] of truth.values.entries())
		assert.ok(
			Math.abs((got.values[i] as number) - value) <= 1e-9 * Math.max(1, value),
			`${got.values[i]}, not ${value}\n${text.slice(0, 400)}`,
		);
}

/** Titles of the values, a row of units below them, and how many W a value of 1 is. */
const TITLES = [
	['Load', null, 1],
	['Load (kW)', null, 1e3],
	['power_MW', null, 1e6],
	['P', 'kW', 1e3],
	['Leistung [W]', null, 1],
] as const;

const changeArb = fc.constantFrom('none', 'none', 'none', 'rename', 'drop', 'no header');

const traceArb = fc.record({
	truth: truthArb,
	dress: dressArb,
	form: fc.constantFrom(...Object.keys(TIME_FORMS)),
	title: fc.constantFrom(...TITLES),
	change: changeArb,
	others: fc.subarray(['note', 'temperature', 'id']),
	at: fc.nat(),
});

/** A trace of the truth with other columns, in some order, and perhaps with one dropped or called otherwise. */
function traceText({
	truth,
	dress,
	form,
	title,
	change,
	others,
	at,
}: typeof traceArb extends fc.Arbitrary<infer T> ? T : never) {
	const [name, unit] = title;
	const { named = 'time', text: write } = TIME_FORMS[form] as NonNullable<
		(typeof TIME_FORMS)[string]
	>;
	const [firstMs] = truth.times as [number];
	const cellsOf = (time: string | readonly string[]) => (typeof time === 'string' ? [time] : time);
	const times = truth.times.map((ms) => cellsOf(write(ms, firstMs)));
	const timeNames = times[0]?.length === 2 ? ['Date', 'Time'] : [named];
	const other: Readonly<Record<string, (i: number) => string>> = {
		note: (i) => `row ${i}`,
		temperature: (i) => numberText(10 + i, dress),
		id: () => '7',
	};
	const header = [...timeNames, name, ...others];
	const rows = times.map((time, i) => [
		...[...time, numberText(truth.values[i] as number, dress)],
		...others.map((one) => (other[one] as (i: number) => string)(i)),
	]);
	const below = unit === null ? [] : [header.map((one) => (one === name ? unit : ''))];
	const all: Cells = shuffled([header, ...below, ...rows], dress);
	const width = header.length;
	const changed = all.map((row, i) => {
		if (change === 'drop') return row.filter((_, j) => j !== at % width);
		return change === 'rename' && i === 0
			? row.map((cell, j) => (j === at % width ? 'xyz' : cell))
			: row;
	});
	const head = change === 'no header' ? [] : changed.slice(0, 1 + below.length);
	return dressed(head, changed.slice(1 + below.length), dress);
}

test('a trace is read right or refused, however it is written and whatever is done to its columns', () => {
	let [read, refused] = [0, 0];
	fc.assert(
		fc.property(traceArb, (drawn) => {
			const { truth, title, form, change } = drawn;
			const text = traceText(drawn);
			const [firstMs, secondMs] = truth.times as [number, number];
			const untilUs = truth.times.length * (secondMs - firstMs) * 1000;
			const civil = { startEpochMs: firstMs, untilUs, timezone: 'UTC', extend: 'error' } as const;
			const options: TraceOptions = {
				path: 'x',
				column: title[0],
				fill: 'ffill',
				anchor: null,
				scale: 1,
				civil,
			};
			const got = outcome(text, () => ({
				trace: parseTrace(text, options),
				column: traceColumn(text, options),
			}));
			if (got === null) {
				refused++;
				// What hides the times is an order of columns, or of days and months.
				const isPlain = change === 'none' && drawn.dress.columns.length === 0;
				assert.ok(!isPlain || form.startsWith('slashes'), text.slice(0, 400));
				return;
			}
			read++;
			const { name, unit } = got.column;
			const named = unitInName(unit === null ? name : `(${unit})`);
			const factor = named?.type === 'unit' ? named.unit.factor : 1;
			assert.is(factor, title[2], text.slice(0, 400));
			const times = Array.from(got.trace.timesUs, (us) => firstMs + us / 1000);
			isRight(text, { times, values: [...got.trace.values] }, truth);
		}),
		{ numRuns: 5000 },
	);
	assert.ok(read > refused && refused > 100, `${read} read, ${refused} refused`);
});

/** How a format of a grid signal writes the truth; `unit` is what its figures are multiplied by to be g/kWh or money/kWh. */
interface Format {
	readonly header: readonly string[];
	readonly unit: number;
	readonly currency?: string | null;
	row(ms: number, value: string): readonly string[];
	/** Whether the first column has to be that of the times. */
	readonly isFixed?: true;
}

const isoZ = (ms: number) => new Date(ms).toISOString();
const dayFirst = (ms: number, ahead: number) => {
	const { year, month, day, hour, minute } = parts(ms, ahead);
	return `${day}/${month}/${year} ${hour}:${minute}:00`;
};
const FORMATS: Readonly<Record<string, Format>> = {
	'WattTime CSV (MOER)': {
		...{ header: ['timestamp', 'MOER', 'MOER version'], unit: 0.45359237 },
		row: (ms, value) => [isoZ(ms), value, '3.2'],
	},
	'Electricity Maps CSV (lifecycle)': {
		header: [
			'Datetime (UTC)',
			'Zone Id',
			'Carbon Intensity gCO₂eq/kWh (direct)',
			'Carbon Intensity gCO₂eq/kWh (LCA)',
		],
		unit: 1,
		row: (ms, value) => [isoZ(ms).slice(0, 19).replace('T', ' '), 'DE', '1', value],
	},
	'ENTSO-E day-ahead CSV': {
		header: ['MTU (CET/CEST)', 'Area', 'Sequence', 'Day-ahead Price (GBP/MWh)'],
		...{ unit: 1e-3, currency: 'GBP' },
		row: (ms, value) => [
			`${dayFirst(ms, 2)} - ${dayFirst(ms + 1, 2)}`,
			'BZN|GB',
			'Without Sequence',
			value,
		],
	},
	'Energy-Charts CSV': {
		...{ header: ['Date (GMT+1)', 'Day Ahead Auction (DE-LU) (EUR/MWh)', 'Load'], unit: 1e-3 },
		...{ currency: 'EUR', isFixed: true },
		row: (ms, value) => [isoZ(ms), value, '50000'],
	},
	'CAISO OASIS CSV': {
		...{ header: ['INTERVALSTARTTIME_GMT', 'NODE', 'MARKET_RUN_ID', 'LMP_TYPE', 'MW'], unit: 1e-3 },
		currency: 'USD',
		row: (ms, value) => [isoZ(ms), 'TH_NP15', 'DAM', 'LMP', value],
	},
	'UK Carbon Intensity CSV': {
		...{ header: ['datetime', 'forecast', 'actual', 'index'], unit: 1 },
		row: (ms, value) => [isoZ(ms), '1', value, 'low'],
	},
	'Ember CSV': {
		...{ header: ['Country', 'Datetime (UTC)', 'Price (EUR/MWhe)'], unit: 1e-3, currency: 'EUR' },
		row: (ms, value) => ['Germany', isoZ(ms).slice(0, 19), value],
	},
};

const gridArb = fc.record({
	truth: truthArb,
	dress: dressArb,
	format: fc.constantFrom(...Object.keys(FORMATS)),
	change: changeArb,
	at: fc.nat(),
});

function gridText(
	format: Format,
	truth: Truth,
	{ dress, change, at }: { dress: Dress; change: string; at: number },
): string {
	const rows = truth.times.map((ms, i) =>
		format.row(ms, numberText(truth.values[i] as number, dress)),
	);
	const all =
		format.isFixed === true ? [format.header, ...rows] : shuffled([format.header, ...rows], dress);
	const width = format.header.length;
	const changed = all.map((row, i) => {
		if (change === 'drop') return row.filter((_, j) => j !== at % width);
		return change === 'rename' && i === 0
			? row.map((cell, j) => (j === at % width ? 'xyz' : cell))
			: row;
	});
	return dressed(change === 'no header' ? [] : changed.slice(0, 1), changed.slice(1), dress);
}

const CHOICES: GridFileChoices = { ...NOTHING_CHOSEN, timezone: 'UTC' };

test('a file of a grid signal is read right or refused, whatever is done to its columns', () => {
	let [read, refused] = [0, 0];
	fc.assert(
		fc.property(gridArb, (drawn) => {
			const format = FORMATS[drawn.format] as Format;
			// Below what no plant emits, in any unit.
			const truth = { ...drawn.truth, values: drawn.truth.values.map((value) => value / 2) };
			const rounded = { ...truth, values: truth.values.map((value) => Number(value.toFixed(2))) };
			const text = gridText(format, rounded, drawn);
			const file: GridFile | null = outcome(text, () => parseGridFile(text, 'x', CHOICES));
			if (file === null) {
				refused++;
				assert.ok(drawn.change !== 'none', text.slice(0, 400));
				return;
			}
			read++;
			const got = {
				times: file.points.map(({ epochMs }) => epochMs),
				values: file.points.map(({ value }) => value / format.unit),
			};
			isRight(text, got, rounded);
			assert.is(file.currency, format.currency ?? null);
		}),
		{ numRuns: 5000 },
	);
	assert.ok(read > refused && refused > 100, `${read} read, ${refused} refused`);
});

test.run();
