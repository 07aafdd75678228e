import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clearMonthsKwhPerM2Day } from '../../feeds/sky/clear-days.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { drawnFactor, monthStd } from './drawn-years.ts';
import { loadLocations } from './load.ts';
import { cloudParameters } from './locations.ts';

const YEARS = 2000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function deviation(values: readonly number[]): { mean: number; std: number } {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const sum = values.reduce((total, value) => total + (value - mean) ** 2, 0);
	return { mean, std: Math.sqrt(sum / values.length) };
}

test('monthStd() is that of the mean of an autoregression, which a sample of it has', () => {
	const statistics = { days: 30, indexMean: 0.6, indexStd: 0.2, dayPersistence: 0.5 };
	const prng = namedPrng('a sample');
	const means = Array.from({ length: 4000 }, () => {
		let [value, sum] = [prng.normal(), 0];
		for (let day = 0; day < 30; day++) {
			sum += 0.6 + 0.2 * value;
			value = 0.5 * value + Math.sqrt(0.75) * prng.normal();
		}
		return sum / 30;
	});
	// The formula is that of long samples: a month of 30 days is a few per cent below.
	const found = deviation(means).std / 0.6;
	assert.ok(Math.abs(found / monthStd(statistics) - 1) < 0.06, `${found}`);
});

for (const location of loadLocations())
	test(`years drawn in ${location.name} differ as years do, around the typical one`, () => {
		const { months, dayPersistence } = cloudParameters(location);
		const clear = clearMonthsKwhPerM2Day(location);
		const random = (year: number) => namedPrng(`1/years/${year}`);
		const total = (year: number) =>
			months.reduce((sum, { ghiKwhPerM2Day, dailyIndexStd: indexStd }, month) => {
				const days = MONTH_DAYS[month] as number;
				const indexMean = ghiKwhPerM2Day / (clear[month] as number);
				const factor = drawnFactor(
					random,
					{ year, month },
					{ days, indexMean, indexStd, dayPersistence },
				);
				return sum + factor * days * ghiKwhPerM2Day;
			}, 0);
		const typical = months.reduce(
			(sum, { ghiKwhPerM2Day }, month) => sum + ghiKwhPerM2Day * (MONTH_DAYS[month] as number),
			0,
		);
		const { mean, std } = deviation(Array.from({ length: YEARS }, (_, year) => total(year)));
		assert.ok(Math.abs(mean / typical - 1) < 0.005, `${mean / typical}`);
		// Published: 3 to 6 % in most climates, 3.9 % in Toronto; 2,000 years know their spread to 2 %.
		assert.ok(std / typical > 0.03 && std / typical < 0.06, `${std / typical}`);
	});

test.run();
