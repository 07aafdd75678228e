import type { Followed } from '../../feeds/signal/followed.ts';
import { type LiveState, liveParts } from '../../feeds/signal/live.ts';
import { loadTrace } from '../../feeds/signal/load.ts';
import { dailyFromMonthly } from '../../feeds/signal/monthly.ts';
import { traceMean } from '../../feeds/signal/trace.ts';
import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import type { SimTime } from '../../protocol/time.ts';
import { followingAll, type HeardSeries } from '../following.ts';
import { airDensityKgM3, STANDARD_DENSITY_KG_M3 } from './air-density.ts';
import { WindConfig } from './config.ts';
import { loadPowerCurves } from './load.ts';
import { WIND } from './port.ts';
import { curveOf, fractionAt, smoothed } from './power-curve.ts';
import { shearFactor } from './shear.ts';
import {
	advanceWind,
	CELL_US,
	relativeSpeedOf,
	startWind,
	type WindState,
} from './wind-process.ts';

const HOUR_MS = 3_600_000;
const US_PER_MS = 1000;

/** Means over a step. */
interface WindReading {
	/** At the height for which the wind is given. */
	speedMs: number;
	powerW: number;
}

/** What is remembered of the wind: how the drawn one is, and what was heard of the measured one. */
export interface TurbineState {
	readonly drawn: WindState | null;
	readonly heard: HeardSeries | null;
}

/** The wind that a turbine is in; `read` goes forward only. */
interface WindSource {
	/** Left out: it draws nothing. */
	draw?(): WindState;
	/** The feed that it follows; left out: none. */
	readonly follows?: Followed;
	read(state: TurbineState, fromUs: SimTime, untilUs: SimTime): WindReading;
}

/**
 * Actor kind 'wind': a wind turbine. The speed is constant within the cells of its source (ten minutes, or
 * the samples of a trace or a feed), and a step's power is the exact mean of the power in them, whatever the step. No
 * inputs; outputs `power` and `wind`.
 */
export const windKind: ActorKind<WindConfig> = {
	kind: 'wind',
	config: WindConfig,
	create(config, env): TimeActor<TurbineState> {
		const turbine = turbineOf(config);
		const source = sourceOf(config, turbine.powerW, () => env.random('wind'));
		const { follows } = source;
		const follower =
			follows === undefined
				? null
				: followingAll([{ followed: follows, series: [SPEED] }], env, config);
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [POWER_PORT, WIND],
			init: () => ({ drawn: source.draw?.() ?? null, heard: follower?.init() ?? null }),
			...(follower === null
				? {}
				: {
						takes: follower.takes,
						attend: follower.attend,
						command: ({ heard }, atUs, command) =>
							follower.command(heard as HeardSeries, atUs, command),
					}),
			step(state, { fromUs, untilUs }, _inputs, outputs) {
				const { speedMs, powerW } = source.read(state, fromUs, untilUs);
				const density = turbine.relativeDensity((fromUs + untilUs) / 2);
				(outputs[0] as OutputPort).append(fromUs, [powerW]);
				const wind = [speedMs, speedMs * turbine.shear, density];
				(outputs[1] as OutputPort).append(fromUs, wind);
				return state;
			},
		};
	},
};

interface Turbine {
	/** Speed at the hub over that at the height for which it is given. */
	readonly shear: number;
	/** Density of the air over that for which power curves hold. */
	relativeDensity(timeUs: SimTime): number;
	/** Power at a speed given for `measuredAtM`. */
	powerW(speedMs: number, timeUs: SimTime): number;
}

/**
 * The turbine's curve in the air of the place: IEC 61400-12-1 corrects the speed of pitch-regulated turbines
 * by the cube root of the density, the power of stall-regulated ones by the density.
 */
function turbineOf(config: WindConfig): Turbine {
	const { startEpochMs, altitudeM, hubHeightM, airMeanC, densityCorrection } = config;
	const curve = smoothed(curveOf(config.powerCurve, loadPowerCurves), config.turbulenceIntensity);
	const shear = shearFactor(config.shear, config.measuredAtM, hubHeightM);
	const fullW = config.ratedPowerW * config.availabilityFraction;
	const relativeDensity = (timeUs: SimTime) => {
		const airC = dailyFromMonthly(airMeanC, startEpochMs + timeUs / US_PER_MS);
		return airDensityKgM3(altitudeM + hubHeightM, airC) / STANDARD_DENSITY_KG_M3;
	};
	return {
		shear,
		relativeDensity,
		powerW(speedMs, timeUs) {
			if (densityCorrection === 'none') return fullW * fractionAt(curve, speedMs * shear);
			const relative = relativeDensity(timeUs);
			if (densityCorrection === 'power')
				return fullW * fractionAt(curve, speedMs * shear) * relative;
			return fullW * fractionAt(curve, speedMs * shear * Math.cbrt(relative));
		},
	};
}

/** What is heard of a feed. */
const SPEED = 'speed';

function sourceOf(
	config: WindConfig,
	powerW: Turbine['powerW'],
	random: () => Prng,
	source: WindConfig['source'] = config.source,
): WindSource {
	switch (source.type) {
		case 'constant': {
			const { speedMs } = source;
			return {
				read: (_state, fromUs, untilUs) => ({
					speedMs,
					powerW: powerW(speedMs, (fromUs + untilUs) / 2),
				}),
			};
		}
		case 'trace': {
			const { type: _type, ...options } = source;
			const speeds = loadTrace(options);
			const negative = speeds.values.find((value) => value < 0);
			if (negative !== undefined)
				throw new ConfigError(
					`Cannot use ${speeds.name} as wind speed: it has the value ${negative}; a speed is 0 or more`,
				);
			const powers = {
				...speeds,
				values: speeds.values.map((speed, i) => powerW(speed, speeds.timesUs[i] as number)),
			};
			return {
				read: (_state, fromUs, untilUs) => ({
					speedMs: traceMean(speeds, fromUs, untilUs),
					powerW: traceMean(powers, fromUs, untilUs),
				}),
			};
		}
		case 'stochastic':
			return stochasticSource(config, source, { powerW, random });
		case 'feed': {
			const { followed, fallback } = source;
			const held = fallback === null ? null : sourceOf(config, powerW, random, fallback);
			return feedSource(followed, powerW, held);
		}
	}
}

/** The power of each value for as long as it holds, as of a trace. */
function feedSource(
	followed: Followed,
	powerW: Turbine['powerW'],
	held: WindSource | null,
): WindSource {
	return {
		...(held?.draw === undefined ? {} : { draw: held.draw }),
		follows: followed,
		read(state, fromUs, untilUs) {
			const heard = state.heard?.[SPEED] as LiveState;
			let first: WindReading | null = null;
			// Of what lies above the first, so that what does not change is itself to the bit.
			const more = { speedMs: 0, powerW: 0 };
			liveParts(heard, { fromUs, untilUs }, followed.following, (part, value) => {
				const lengthUs = part.untilUs - part.fromUs;
				const middleUs = (part.fromUs + part.untilUs) / 2;
				const reading =
					value !== null
						? { speedMs: value, powerW: powerW(value, middleUs) }
						: held?.read(state, part.fromUs, part.untilUs);
				if (reading === undefined) throw new TypeError('a profile holds where one is asked for');
				first ??= reading;
				more.speedMs += lengthUs * (reading.speedMs - first.speedMs);
				more.powerW += lengthUs * (reading.powerW - first.powerW);
			});
			const { speedMs, powerW: atFirstW } = first ?? { speedMs: Number.NaN, powerW: Number.NaN };
			const wholeUs = untilUs - fromUs;
			return {
				speedMs: speedMs + more.speedMs / wholeUs,
				powerW: atFirstW + more.powerW / wholeUs,
			};
		},
	};
}

function stochasticSource(
	config: WindConfig,
	source: Extract<WindConfig['source'], { type: 'stochastic' }>,
	{ powerW, random }: { readonly powerW: Turbine['powerW']; readonly random: () => Prng },
): WindSource {
	const { meanMs, correlationHours } = source;
	const relativeSpeed = relativeSpeedOf(source.weibullShape);
	return {
		draw: () => startWind(random()),
		read({ drawn }, fromUs, untilUs) {
			const state = drawn as WindState;
			const sums = { speedMs: 0, powerW: 0 };
			for (let from = fromUs; from < untilUs; ) {
				advanceWind(state, correlationHours, from);
				const middleUs = (state.cell + 0.5) * CELL_US;
				const epochMs = config.startEpochMs + middleUs / US_PER_MS;
				const mean = typeof meanMs === 'number' ? meanMs : dailyFromMonthly(meanMs, epochMs);
				const speed = mean * dailyFactor(source, epochMs, config.longitude) * relativeSpeed(state);
				const end = Math.min(untilUs, (state.cell + 1) * CELL_US);
				const share = (end - from) / (untilUs - fromUs);
				sums.speedMs += share * speed;
				sums.powerW += share * powerW(speed, middleUs);
				from = end;
			}
			return sums;
		},
	};
}

/** The daily rhythm: a cosine about 1 (as HOMER has it), in mean solar time. */
function dailyFactor(
	{ dailyAmplitudeFraction, peakHour }: { dailyAmplitudeFraction: number; peakHour: number },
	epochMs: number,
	longitude: number,
): number {
	const hour = epochMs / HOUR_MS + longitude / 15;
	return 1 + dailyAmplitudeFraction * Math.cos((2 * Math.PI * (hour - peakHour)) / 24);
}
