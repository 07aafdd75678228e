import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clearSkyOf } from '../../feeds/sky/site-sky.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { close } from '../../tests/close.test-support.ts';
import type { SolarConfig } from './config.ts';
import { STANDARD_CHAIN } from './location-defaults.ts';
import { pvOutput } from './pv-system.ts';
import { PVWATTS_LOSSES_PERCENT, totalLossesPercent } from './pvwatts.ts';
import { solarActor, stepSolar } from './testdata/run-solar.ts';

/** A clear day of a plant, and what pvlib 0.16.1 makes of it from the middles of five-minute intervals. */
interface Day {
	readonly what: string;
	readonly date: string;
	readonly config: Partial<SolarConfig>;
	readonly ghiKwhM2: number;
	readonly poaKwhM2: number;
	readonly acKwh: number;
	/** Apparent zenith, azimuth, true zenith, extraterrestrial; then light on the plane, cells, AC power. */
	readonly instants: readonly (readonly number[])[];
}

const COMMON = {
	...STANDARD_CHAIN,
	horizonDeg: [],
	lossesPercent: totalLossesPercent(PVWATTS_LOSSES_PERCENT),
	sky: { type: 'clear' },
} satisfies Partial<SolarConfig>;

const air = (meanC: number, windMs: number) => ({
	airTemperature: { meanC, dailyAmplitudeC: 0 },
	windMs,
});

const DAYS: readonly Day[] = [
	{
		what: 'a backtracking tracker at 1600 m with Perez, Faiman and ASHRAE',
		date: '2024-03-20',
		config: {
			...{ latitude: 40, longitude: -105, altitudeM: 1600, linkeTurbidity: 3 },
			...{ peakPowerW: 5000, inverterPowerW: 4000, temperatureCoefficientPerK: -0.0037 },
			...{ tiltDeg: 0, azimuthDeg: 180, albedo: 0.2, transposition: 'perez', ...air(10, 3) },
			tracker: {
				...{ axisTiltDeg: 0, axisAzimuthDeg: 180, maxAngleDeg: 45 },
				...{ backtrack: true, gcr: 0.4, crossAxisTiltDeg: 0 },
			},
			temperature: { type: 'faiman', u0: 25, u1: 6.84 },
			incidence: { type: 'ashrae', b: 0.05 },
		},
		ghiKwhM2: 6.204738,
		poaKwhM2: 8.717324,
		acKwh: 35.065533,
		instants: [
			[
				68.170176582, 109.314645376, 68.204420944, 1376.892361219, 820.285160518, 28.020324264,
				3331.477838233,
			],
			[
				39.742178149, 178.15403493, 39.753713434, 1376.892361219, 866.618799959, 29.038198593,
				3479.358920132,
			],
			[
				66.383844386, 249.009941627, 66.415281771, 1376.892361219, 849.698389412, 28.666484829,
				3442.904852981,
			],
		],
	},
	{
		what: 'a fixed plant at 1600 m under Haurwitz’ sky with PVsyst cells',
		date: '2024-06-21',
		config: {
			...{
				latitude: 40,
				longitude: -105,
				altitudeM: 1600,
				linkeTurbidity: 3,
				clearSky: 'haurwitz',
			},
			...{ peakPowerW: 5000, inverterPowerW: 4500, temperatureCoefficientPerK: -0.0047 },
			...{ tiltDeg: 30, azimuthDeg: 180, albedo: 0.25, ...air(25, 2) },
			temperature: { type: 'pvsyst', u0: 29, u1: 0, absorption: 0.9, efficiency: 0.1 },
		},
		ghiKwhM2: 8.792751,
		poaKwhM2: 8.118722,
		acKwh: 29.249667,
		instants: [
			[
				52.499770686, 89.381129648, 52.51781693, 1321.458422975, 534.53901177, 39.93022757,
				1976.675090422,
			],
			[
				16.561644046, 180.414316775, 16.565761809, 1321.458422975, 1016.099342249, 53.380705766,
				3637.779799443,
			],
			[
				52.698051112, 270.780310475, 52.716226321, 1321.458422975, 530.832956274, 39.826713606,
				1962.185638758,
			],
		],
	},
	{
		what: 'a southern plant with isotropic sky, glass-polymer modules and coated glass',
		date: '2024-01-15',
		config: {
			...{ latitude: -33.8688, longitude: 151.2093, altitudeM: 58, linkeTurbidity: 3.5 },
			...{ peakPowerW: 3000, inverterPowerW: 2700, temperatureCoefficientPerK: -0.003 },
			...{ tiltDeg: 30, azimuthDeg: 0, albedo: 0.25, transposition: 'isotropic', ...air(26, 2) },
			temperature: { type: 'sapm', rack: 'open-rack-glass-polymer' },
			incidence: { type: 'physical', coatingIndex: 1.29 },
		},
		ghiKwhM2: 8.535352,
		poaKwhM2: 7.857845,
		acKwh: 17.762544,
		instants: [
			[123.281742475, 163.761150193, 123.281742475, 1412.984953857, 0, 26, 0],
			[
				41.970334387, 84.357895716, 41.985367714, 1412.984953857, 707.7179548, 45.446336573,
				1633.706070363,
			],
		],
	},
	{
		what: 'a plant on the equator',
		date: '2024-06-21',
		config: {
			...{ latitude: 0, longitude: 0, altitudeM: 0, linkeTurbidity: 3 },
			...{ peakPowerW: 1000, inverterPowerW: 1000, temperatureCoefficientPerK: -0.0035 },
			...{ tiltDeg: 10, azimuthDeg: 0, albedo: 0.2, transposition: 'perez', ...air(28, 2) },
			temperature: { type: 'faiman', u0: 25, u1: 6.84 },
		},
		ghiKwhM2: 6.693279,
		poaKwhM2: 7.287382,
		acKwh: 5.436786,
		instants: [
			[
				49.650363671, 301.449070268, 49.670152471, 1321.458422975, 677.312206107, 45.510656828,
				514.402819924,
			],
			[103.856995068, 294.181623589, 103.856995068, 1321.458422975, 0, 28, 0],
		],
	},
	{
		what: 'a plant under the midnight sun',
		date: '2024-06-21',
		config: {
			...{ latitude: 78.22, longitude: 15.65, altitudeM: 10, linkeTurbidity: 2.2 },
			...{ peakPowerW: 1000, inverterPowerW: 1000, temperatureCoefficientPerK: -0.0037 },
			...{ tiltDeg: 45, azimuthDeg: 180, albedo: 0.2, transposition: 'perez', ...air(5, 4) },
			temperature: { type: 'faiman', u0: 25, u1: 6.84 },
		},
		ghiKwhM2: 8.672235,
		poaKwhM2: 8.965495,
		acKwh: 7.292856,
		instants: [
			[
				61.236011561, 245.963555157, 61.266479443, 1321.458422975, 583.644295737, 16.146758895,
				485.421229481,
			],
			[
				72.882112157, 304.453051614, 72.935665538, 1321.458422975, 31.961949737, 5.610426848,
				22.768322895,
			],
			[
				78.269451223, 0.721137917, 78.347244047, 1321.458422975, 23.84993624, 5.455499164,
				15.449904618,
			],
		],
	},
];

function configOf({ config, date }: Day, stepUs: number): SolarConfig {
	return { ...COMMON, stepUs, startEpochMs: Date.parse(date), ...config } as SolarConfig;
}

/** The day's kWh/m2 on the ground and on the plane, and its kWh. */
function energies(day: Day, stepUs: number): { ghi: number; poa: number; ac: number } {
	const actor = solarActor(configOf(day, stepUs));
	const sums = { ghi: 0, poa: 0, ac: 0 };
	const kwh = stepUs / HOUR_US / 1000;
	stepSolar(actor, actor.init(), { fromUs: 0, untilUs: DAY_US }, ({ powerW, weather }) => {
		sums.ac += powerW * kwh;
		sums.ghi += (weather[0] as number) * kwh;
		sums.poa += (weather[3] as number) * kwh;
	});
	return sums;
}

for (const day of DAYS) {
	test(`${day.what}: fed pvlib's angles the chain gives pvlib's light, cells and power`, () => {
		const config = configOf(day, MINUTE_US);
		for (const [zenithDeg, azimuthDeg, trueZenithDeg, outside, ...expected] of day.instants) {
			const sun = { zenithDeg, azimuthDeg, trueZenithDeg } as Required<
				Parameters<typeof clearSkyOf>[0]
			>;
			const site = { ...config, linkeTurbidity: config.linkeTurbidity as number };
			const sky = clearSkyOf(sun, outside as number, site);
			const weather = {
				airC: config.airTemperature.meanC as number,
				windMs: config.windMs as number,
			};
			const { poaWm2, cellC, acW } = pvOutput(sky.clear, sky, config, weather);
			// The angles have nine decimals, so 1e-6 is the chain's, not theirs.
			for (const [i, value] of [poaWm2, cellC, acW].entries())
				close(value, expected[i] as number, 1e-6);
		}
	});

	test(`${day.what}: with our own sun the day's energies are pvlib's within 0.1 %`, () => {
		const five = energies(day, 5 * MINUTE_US);
		close(five.ghi, day.ghiKwhM2, 1e-3);
		close(five.poa, day.poaKwhM2, 1e-3);
		close(five.ac, day.acKwh, 1e-3);
	});

	test(`${day.what}: the day's energy does not depend on the step within 0.05 %`, () => {
		const { ac } = energies(day, MINUTE_US);
		for (const minutes of [7.5, 15, 60, 180])
			close(energies(day, minutes * MINUTE_US).ac, ac, 5e-4);
	});
}

/** Sums of 48 half-hourly instants by pvlib 0.16.1, Hay-Davies, from the start of the UTC day. */
const HALF_HOURS = [
	{
		what: 'Berlin in December',
		...{ date: '2024-12-21', ghi: 0.867187, poa: 2.794552, ac: 11.748322 },
		site: { latitude: 52.52, longitude: 13.405, altitudeM: 34, linkeTurbidity: 2.5, ...air(2, 4) },
		plant: { tiltDeg: 35, azimuthDeg: 180, peakPowerW: 5000, inverterPowerW: 4500 },
		gamma: -0.0037,
	},
	{
		what: 'Sydney in January',
		...{ date: '2024-01-15', ghi: 8.535974, poa: 7.815919, ac: 17.433231 },
		site: {
			...{ latitude: -33.8688, longitude: 151.2093, altitudeM: 58, linkeTurbidity: 3.5 },
			...air(26, 2),
		},
		plant: { tiltDeg: 30, azimuthDeg: 0, peakPowerW: 3000, inverterPowerW: 2700 },
		gamma: -0.003,
	},
] as const;

for (const { what, date, ghi, poa, ac, site, plant, gamma } of HALF_HOURS) {
	test(`${what}: the day's energies are those of pvlib within 0.3 %`, () => {
		const config = { ...site, ...plant, temperatureCoefficientPerK: gamma, albedo: 0.25 };
		const day = { what, date, config, ghiKwhM2: ghi, poaKwhM2: poa, acKwh: ac, instants: [] };
		const sums = energies(day, MINUTE_US);
		close(sums.ghi, ghi, 3e-3);
		close(sums.poa, poa, 3e-3);
		close(sums.ac, ac, 3e-3);
	});
}

test('a polar night gives nothing', () => {
	const night = { ...(DAYS[4] as Day), date: '2024-12-21' };
	assert.equal(energies(night, 15 * MINUTE_US), { ghi: 0, poa: 0, ac: 0 });
});

test.run();
