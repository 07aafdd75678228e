import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import type { PowerCurve } from './config.ts';

/** Power over rated power by wind speed at the hub: points, linear between, nothing outside them. */
export interface Curve {
	/** Never falling; two equal ones make a jump. */
	readonly speedsMs: readonly number[];
	readonly fractions: readonly number[];
}

const Points = z.strictObject({
	source: z.string().min(1),
	ratedPowerW: z.number().positive(),
	speedsMs: z.array(z.number().nonnegative()).min(2),
	fractions: z.array(z.number().nonnegative()).min(2),
});

/** weather-data/power-curves.json. */
export const PowerCurvesFile = z.strictObject({
	source: z.string().min(1),
	method: z.string().min(1),
	turbines: z.record(z.string(), Points),
});
export type PowerCurvesFile = z.infer<typeof PowerCurvesFile>;

const CUBIC_POINTS = 60;

/**
 * The curve that a configuration names.
 *
 * @throws ConfigError for an unknown turbine, and for points that are no curve
 */
export function curveOf(config: PowerCurve, shipped: () => PowerCurvesFile): Curve {
	switch (config.type) {
		case 'turbine': {
			const { turbines } = shipped();
			const found = turbines[config.turbine];
			if (found !== undefined) return found;
			throw new ConfigError(
				`Cannot find the power curve "${config.turbine}": ${knownText(config.turbine, Object.keys(turbines))}`,
			);
		}
		case 'cubic':
			return cubicCurve(config);
		case 'table':
			return checkedTable(config);
	}
}

/**
 * The ideal curve of a turbine: between cut-in and rated speed the power rises with the cube of the speed,
 * (v^3 - cutIn^3) / (rated^3 - cutIn^3). Carrillo et al., Review of power curve modelling for wind turbines,
 * Renewable and Sustainable Energy Reviews 21, 2013, equation 6.
 */
function cubicCurve({ cutInMs, ratedMs, cutOutMs }: Extract<PowerCurve, { type: 'cubic' }>): Curve {
	if (!(cutInMs < ratedMs && ratedMs < cutOutMs))
		throw new ConfigError(
			`Cannot use a power curve with cut-in ${cutInMs}, rated ${ratedMs} and cut-out ${cutOutMs} m/s: ` +
				'each must be above the one before',
		);
	const rising = Array.from(
		{ length: CUBIC_POINTS + 1 },
		(_, i) => cutInMs + ((ratedMs - cutInMs) * i) / CUBIC_POINTS,
	);
	const cube = (speed: number) => (speed ** 3 - cutInMs ** 3) / (ratedMs ** 3 - cutInMs ** 3);
	return {
		speedsMs: [...rising, cutOutMs, cutOutMs],
		fractions: [...rising.map(cube), 1, 0],
	};
}

function checkedTable({ speedsMs, fractions }: Curve): Curve {
	if (speedsMs.length !== fractions.length)
		throw new ConfigError(
			`Cannot use a power curve of ${speedsMs.length} speeds and ${fractions.length} fractions: each speed needs one`,
		);
	const falls = speedsMs.findIndex((speed, i) => i > 0 && speed < (speedsMs[i - 1] as number));
	if (falls !== -1)
		throw new ConfigError(
			`Cannot use a power curve whose speed ${speedsMs[falls]} m/s comes after ${speedsMs[falls - 1]}: speeds must rise`,
		);
	return { speedsMs, fractions };
}

/** Power over rated power at a wind speed. */
export function fractionAt({ speedsMs, fractions }: Curve, speedMs: number): number {
	const last = speedsMs.length - 1;
	if (!(speedMs >= (speedsMs[0] as number)) || speedMs > (speedsMs[last] as number)) return 0;
	let [low, high] = [0, last];
	while (high - low > 1) {
		const middle = (low + high) >>> 1;
		if ((speedsMs[middle] as number) <= speedMs) low = middle;
		else high = middle;
	}
	const [from, to] = [speedsMs[low] as number, speedsMs[high] as number];
	const [a, b] = [fractions[low] as number, fractions[high] as number];
	return to > from ? a + ((speedMs - from) / (to - from)) * (b - a) : b;
}

const SMOOTH_STEP_MS = 0.1;
/** The normal distribution is cut off here, in standard deviations, and read at this many points. */
const REACH = 4;
const NODES = 81;

/**
 * A curve as a turbine has it in gusts: the mean power when the speed varies normally about its mean with a
 * standard deviation of `intensity` times the mean. For ideal curves; measured ones are ten-minute means and
 * have their gusts in them. Staffell and Green, How does wind farm performance decline with age?, Renewable
 * Energy 66, 2014, section 2.2.
 */
export function smoothed(curve: Curve, intensity: number): Curve {
	if (intensity === 0) return curve;
	const end = (curve.speedsMs.at(-1) as number) / (1 - Math.min(0.9, REACH * intensity));
	const count = Math.ceil(end / SMOOTH_STEP_MS);
	const speedsMs = Array.from({ length: count + 1 }, (_, i) => i * SMOOTH_STEP_MS);
	const nodes = Array.from({ length: NODES }, (_, i) => -REACH + (2 * REACH * i) / (NODES - 1));
	const weights = nodes.map((x) => Math.exp((-x * x) / 2));
	const total = weights.reduce((a, b) => a + b);
	const fractions = speedsMs.map((speed) =>
		nodes.reduce(
			(sum, x, i) =>
				sum + ((weights[i] as number) / total) * fractionAt(curve, speed * (1 + intensity * x)),
			0,
		),
	);
	return { speedsMs, fractions };
}
