import { type Limits, roundedValue } from '../../feeds/signal/limits.ts';
import type { SolarConfig } from './config.ts';

type TraceSky = Extract<SolarConfig['sky'], { type: 'trace' }>;

/** Of the peak power. */
const [LEAST_PART, MOST_PART] = [-0.05, 1.5];

/**
 * Within what a plant's power may lie, in its trace's unit: inverters draw a little at night, and the edges of clouds make
 * more than the nameplate for minutes. What lies beyond was meant in another unit or is no power of this plant.
 */
export function powerLimits(peakPowerW: number, unit: TraceSky['unit']) {
	const peak = unit === 'fraction' ? 1 : peakPowerW;
	return { least: LEAST_PART * peak, most: MOST_PART * peak };
}

/** What is plausible for the trace of a plant; null: it has none. */
export function solarLimits({ peakPowerW, sky }: SolarConfig): Limits | null {
	if (sky.type !== 'trace') return null;
	const { unit } = sky;
	const peak = `the peak power of ${peakPowerW} W`;
	return {
		what: 'solar power',
		...powerLimits(peakPowerW, unit),
		belowZero: 'what the inverter draws, taken as a load',
		say(written, taken) {
			const part = taken / (unit === 'fraction' ? 1 : peakPowerW);
			if (taken < 0)
				return `${written}, a draw of ${roundedValue(-part * 100)} % of ${peak}; an inverter draws up to 5 % at night: correct the file, or give a load of its own`;
			return unit === 'fraction'
				? `${written}, ${roundedValue(part)} times ${peak}; values are fractions of it: if they are a power, say unit: W or kW, or name the column "P (W)"`
				: `${written}, so ${roundedValue(taken)} W, ${roundedValue(part)} times ${peak}; say the unit of the file (unit: W or kW), or the peak power of its plant`;
		},
	};
}
