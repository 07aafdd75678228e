import { clearSkyAt } from '../../feeds/sky/site-sky.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import type { SkyYears } from '../../protocol/signals.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { yearStreamOf } from './drawn-years.ts';
import type { Location } from './location.ts';
import { solarDefaults } from './locations.ts';
import { skySource } from './skies.ts';

const US_PER_MS = 1000;
/** The sun is asked this often within a row. */
const SUN_EVERY_US = 5 * MINUTE_US;

export interface SyntheticSpan {
	readonly fromMs: number;
	readonly untilMs: number;
	/** Length of a row: a whole number of 5 minutes. */
	readonly stepMs: number;
	readonly seed: string;
	/** Every year a typical one, or good and bad ones. */
	readonly years: SkyYears;
}

/**
 * Synthetic weather of a location as a weather file of Gridbeat's own form. It is the weather that a plant named
 * `solar` has under the stochastic sky of a run with this seed.
 */
export function syntheticWeather(location: Location, span: SyntheticSpan): string {
	const { fromMs, untilMs, stepMs, seed, years } = span;
	const run = { stepUs: HOUR_US, startEpochMs: fromMs, peakPowerW: 0 };
	const defaults = solarDefaults(location, run);
	const { sky } = defaults;
	const config =
		years === 'drawn' && sky.type === 'stochastic'
			? { ...defaults, sky: { ...sky, yearStream: yearStreamOf(seed) } }
			: defaults;
	const source = skySource(config, (purpose) => namedPrng(`${seed}/solar/${purpose}`));
	const parts = Math.round((stepMs * US_PER_MS) / SUN_EVERY_US);
	const rows: string[] = [];
	for (let atMs = fromMs; atMs < untilMs; atMs += stepMs) {
		const sums = [0, 0, 0, 0, 0];
		for (let k = 0; k < parts; k++) {
			const fromUs = (atMs - fromMs) * US_PER_MS + k * SUN_EVERY_US;
			const untilUs = fromUs + SUN_EVERY_US;
			const middleMs = fromMs + (fromUs + untilUs) / 2 / US_PER_MS;
			const sky = clearSkyAt(middleMs, config);
			const { light, air } = source.read(null, { fromUs, untilUs, middleMs, sky });
			[light.ghi, light.dni, light.dhi, air.airC, air.windMs].forEach((value, i) => {
				sums[i] = (sums[i] as number) + value / parts;
			});
		}
		const [ghi, dni, dhi, airC, windMs] = sums as [number, number, number, number, number];
		const light = [ghi, dni, dhi].map((value) => value.toFixed(1)).join(',');
		const stamp = new Date(atMs).toISOString().replace('.000Z', 'Z');
		rows.push(`${stamp},${light},${airC.toFixed(2)},${windMs.toFixed(2)}`);
	}
	return `${headerOf(location, seed)}\n${rows.join('\n')}\n`;
}

/** What the synthetic weather of a place is made of. */
export function basisOf({ name, statistics }: Pick<Location, 'name' | 'statistics'>): string {
	return statistics === 'own'
		? 'from monthly statistics (weather-data/README.md)'
		: `by latitude, since no statistics of ${name} are known (docs/weather.md)`;
}

function headerOf(location: Location, seed: string): string {
	const { name, latitude, longitude, altitudeM } = location;
	return [
		`# synthetic: made by Gridbeat ${basisOf(location)}, seed ${seed}; not a measurement`,
		`# location: ${name}`,
		`# latitude: ${latitude}`,
		`# longitude: ${longitude}`,
		`# altitude: ${altitudeM}`,
		'# time zone: UTC',
		'# label: left',
		'# units: ghi, dni, dhi W/m2; air_temperature degC; wind_speed m/s at 10 m',
		'time,ghi,dni,dhi,air_temperature,wind_speed',
	].join('\n');
}
