import * as fc from './properties.test-support.ts';

/** Tables as people export them, changed as people change them. */

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Instants and what holds from each on. */
export interface Truth {
	readonly times: readonly number[];
	readonly values: readonly number[];
}

/** Values of a June, a step apart, with up to two decimals. */
export const truthArb: fc.Arbitrary<Truth> = fc
	.record({
		day: fc.integer({ min: 1, max: 28 }),
		stepMinutes: fc.constantFrom(5, 15, 30, 60),
		hundredths: fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 26, maxLength: 40 }),
	})
	.map(({ day, stepMinutes, hundredths }) => ({
		times: hundredths.map((_, i) => Date.UTC(2023, 5, day) + i * stepMinutes * MINUTE_MS),
		values: hundredths.map((value) => value / 100),
	}));

/** How a table is written around its cells. */
export const dressArb = fc.record({
	delimiter: fc.constantFrom(',', ';', '\t'),
	lineEnd: fc.constantFrom('\n', '\r\n'),
	isQuoted: fc.boolean(),
	hasMark: fc.boolean(),
	hasComment: fc.boolean(),
	hasComma: fc.boolean(),
	order: fc.constantFrom('up', 'down', 'mixed'),
	columns: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }),
});
export type Dress = typeof dressArb extends fc.Arbitrary<infer T> ? T : never;

export type Cells = readonly (readonly string[])[];

/** The text of a table. Numbers may get a comma where columns are not separated by one. */
export function dressed(header: Cells, rows: Cells, dress: Dress): string {
	const { delimiter, lineEnd, isQuoted, hasMark, hasComment } = dress;
	const write = (cell: string) =>
		isQuoted || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
	const lines = [...header, ...ordered(rows, dress.order)].map((cells) =>
		cells.map(write).join(delimiter),
	);
	const above = hasComment ? `# exported by hand${lineEnd}` : '';
	return `${hasMark ? '\ufeff' : ''}${above}${lines.join(lineEnd)}${lineEnd}`;
}

/** A number with the dress's decimal sign. */
export function numberText(value: number, { hasComma, delimiter }: Dress): string {
	const text = value.toFixed(2);
	return hasComma && delimiter !== ',' ? text.replace('.', ',') : text;
}

/** Columns in another order, the same in every row: each number moves the first one behind it. */
export function shuffled(cells: Cells, { columns }: Dress): Cells {
	return cells.map((row) => {
		const moved = [...row];
		for (const to of columns) moved.splice(to % moved.length, 0, moved.shift() as string);
		return moved;
	});
}

function ordered(rows: Cells, order: Dress['order']): Cells {
	if (order === 'up') return rows;
	if (order === 'down') return [...rows].reverse();
	return [...rows.filter((_, i) => i % 2 === 1), ...rows.filter((_, i) => i % 2 === 0)];
}

const two = (value: number) => String(value).padStart(2, '0');

/** A time in parts, by a clock so many hours ahead of UTC. */
export function parts(ms: number, aheadHours = 0) {
	const date = new Date(ms + aheadHours * HOUR_MS);
	return {
		...{ year: String(date.getUTCFullYear()), month: two(date.getUTCMonth() + 1) },
		...{ day: two(date.getUTCDate()), hour: two(date.getUTCHours()) },
		minute: two(date.getUTCMinutes()),
	};
}

/** Ways to write a time; null: two columns, a day and a time of day. `named` is what their column has to say. */
export const TIME_FORMS: Readonly<
	Record<
		string,
		{
			readonly named?: string;
			text(ms: number, firstMs: number): string | readonly [string, string];
		}
	>
> = {
	iso: { text: (ms) => iso(ms) },
	'iso with Z': { text: (ms) => `${iso(ms).replace(' ', 'T')}:00Z` },
	'iso with an offset': { text: (ms) => `${iso(ms, 2)}+02:00` },
	'iso with an offset of hours': { text: (ms) => `${iso(ms, -7)}:00-07` },
	'iso and UTC': { text: (ms) => `${iso(ms)} UTC` },
	'another zone by name': { named: 'time (UTC+3)', text: (ms) => iso(ms, 3) },
	'slashes, year first': { text: (ms) => iso(ms).replaceAll('-', '/') },
	points: { text: (ms) => ordinary(ms, '.') },
	'slashes, day first': { text: (ms) => ordinary(ms, '/') },
	'slashes, month first': {
		text: (ms) => {
			const { year, month, day, hour, minute } = parts(ms);
			return `${Number(month)}/${Number(day)}/${year} ${hour}:${minute}`;
		},
	},
	seconds: { text: (ms) => String(ms / 1000) },
	milliseconds: { text: (ms) => String(ms) },
	'seconds from 0': { text: (ms, firstMs) => String((ms - firstMs) / 1000) },
	'minutes from 0': { named: 'minutes', text: (ms, firstMs) => String((ms - firstMs) / MINUTE_MS) },
	'hours from 0': { named: 'Time (h)', text: (ms, firstMs) => String((ms - firstMs) / HOUR_MS) },
	digits: { text: (ms) => Object.values(parts(ms)).join('') },
	apart: {
		text: (ms) => {
			const { year, month, day, hour, minute } = parts(ms);
			return [`${year}-${month}-${day}`, `${hour}:${minute}`];
		},
	},
};

function iso(ms: number, aheadHours = 0): string {
	const { year, month, day, hour, minute } = parts(ms, aheadHours);
	return `${year}-${month}-${day} ${hour}:${minute}`;
}

function ordinary(ms: number, separator: string): string {
	const { year, month, day, hour, minute } = parts(ms);
	return `${[day, month, year].join(separator)} ${hour}:${minute}`;
}
