import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { CELL_US, CELLS_PER_DAY, type CloudParameters, makeClouds } from './cloud-process.ts';
import { drawnFactor } from './drawn-years.ts';

const MONTH = { ghiKwhPerM2Day: 4, dailyIndexStd: 0.2 };
const PARAMETERS: CloudParameters = {
	indexQuantiles: [0.1, 0.3, 0.8, 1, 1.1],
	dayShare: 0.5,
	fastHours: 0.7,
	dayPersistence: 0.4,
	months: Array.from({ length: 12 }, () => MONTH),
};
const FEBRUARY = Date.UTC(2024, 1, 1) / 86_400_000;
const FEBRUARY_DAYS = 29;

/** A sun that shines from 6 to 18 o'clock and gives 6 kWh/m2 a day. */
const CLEAR = Float64Array.from({ length: CELLS_PER_DAY }, (_, cell) => {
	const hour = (cell + 0.5) / 12;
	return hour < 6 || hour > 18 ? 0 : 250 * Math.PI * Math.sin((Math.PI * (hour - 6)) / 12);
});

function cloudsOf(seed: number, parameters = PARAMETERS, yearStream: string | null = null) {
	const years = yearStream === null ? null : (year: number) => namedPrng(`${yearStream}/${year}`);
	const random = (purpose: string) => namedPrng(`${seed}/solar/${purpose}`);
	return makeClouds({
		parameters,
		random,
		years,
		clearDay: () => CLEAR,
		clearDayKwhPerM2: () => 6,
	});
}

/** Irradiation of a day under clouds, kWh/m2. */
function dayKwh(clouds: ReturnType<typeof cloudsOf>, day: number): number {
	let sum = 0;
	CLEAR.forEach((wm2, cell) => {
		const fromUs = day * DAY_US + cell * CELL_US;
		sum += (wm2 * clouds.meanIndex(fromUs, fromUs + CELL_US) * CELL_US) / HOUR_US / 1000;
	});
	return sum;
}

test('makeClouds() gives every month of every seed its total and its spread of days', () => {
	for (const seed of [1, 2, 3]) {
		const clouds = cloudsOf(seed);
		const days = Array.from({ length: FEBRUARY_DAYS }, (_, i) => dayKwh(clouds, FEBRUARY + i));
		const mean = days.reduce((a, b) => a + b) / FEBRUARY_DAYS;
		assert.ok(Math.abs(mean - 4) < 0.005, `${mean}`);
		const variance = days.reduce((a, b) => a + (b / 6 - mean / 6) ** 2, 0) / (FEBRUARY_DAYS - 1);
		assert.ok(Math.abs(Math.sqrt(variance) - 0.2) < 0.005, `${Math.sqrt(variance)}`);
	}
});

test('makeClouds() gives a drawn month another total, the same for every plant of the site', () => {
	const total = (seed: number, stream: string | null) => {
		const clouds = cloudsOf(seed, PARAMETERS, stream);
		let sum = 0;
		for (let i = 0; i < FEBRUARY_DAYS; i++) sum += dayKwh(clouds, FEBRUARY + i);
		return sum;
	};
	const [typical, drawn] = [total(1, null), total(1, 'one/years')];
	const statistics = { days: FEBRUARY_DAYS, indexMean: 4 / 6, indexStd: 0.2, dayPersistence: 0.4 };
	const years = (year: number) => namedPrng(`one/years/${year}`);
	const factor = drawnFactor(years, { year: 2024, month: 1 }, statistics);
	assert.ok(Math.abs(factor - 1) > 0.005, `${factor}`);
	assert.ok(Math.abs(drawn / typical / factor - 1) < 1e-3, `${drawn / typical} ${factor}`);
	assert.ok(Math.abs(total(2, 'one/years') / drawn - 1) < 1e-3);
	assert.ok(Math.abs(total(1, 'two/years') / drawn - 1) > 0.005);
});

test('makeClouds() gives a day the same clouds whichever days are asked for before', () => {
	const inOrder = cloudsOf(1);
	const expected = [0, 40, 80, 400].map((after) => dayKwh(inOrder, FEBRUARY + after));
	const backwards = cloudsOf(1);
	const found = [400, 80, 40, 0].map((after) => dayKwh(backwards, FEBRUARY + after)).reverse();
	assert.equal(found, expected);
	assert.not.equal(dayKwh(cloudsOf(2), FEBRUARY), expected[0]);
});

test('makeClouds() remembers the day before as much as it is told', () => {
	const correlation = (dayPersistence: number) => {
		const clouds = cloudsOf(5, { ...PARAMETERS, dayPersistence });
		const days = Array.from({ length: 360 }, (_, i) => dayKwh(clouds, FEBRUARY + i) - 4);
		const products = days.slice(1).map((value, i) => value * (days[i] as number));
		const squares = days.map((value) => value * value);
		return products.reduce((a, b) => a + b) / squares.reduce((a, b) => a + b);
	};
	// 360 days know a correlation to 0.05; months that keep their total know it a little less.
	assert.ok(Math.abs(correlation(0)) < 0.15, `${correlation(0)}`);
	assert.ok(Math.abs(correlation(0.7) - 0.65) < 0.15, `${correlation(0.7)}`);
});

test('meanIndex() weights cells by their part of the span', () => {
	const clouds = cloudsOf(2);
	const noon = FEBRUARY * DAY_US + 12 * HOUR_US;
	const first = clouds.meanIndex(noon, noon + CELL_US);
	const second = clouds.meanIndex(noon + CELL_US, noon + 2 * CELL_US);
	const mean = clouds.meanIndex(noon + MINUTE_US, noon + 7 * MINUTE_US);
	assert.ok(Math.abs(mean - (4 * first + 2 * second) / 6) < 1e-12);
});

test('makeClouds() comes as near as it can to a total that no sky could give', () => {
	const months = PARAMETERS.months.map(() => ({ ghiKwhPerM2Day: 9, dailyIndexStd: 0.2 }));
	const clouds = cloudsOf(1, { ...PARAMETERS, months });
	assert.ok(Math.abs(dayKwh(clouds, FEBRUARY) - 6 * 1.1) < 0.01);
});

test.run();
