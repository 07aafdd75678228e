import type { ActorEnv, Outputs, TimeActor } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { DAY_US, MINUTE_US } from '../../protocol/time.ts';
import type { WindConfig } from './config.ts';
import { type TurbineState, windKind } from './kind.ts';

/** What tests of turbines share. */

/** A wind that is drawn. */
export const BREEZE = {
	type: 'stochastic',
	meanMs: 6,
	weibullShape: 2,
	correlationHours: 6,
	dailyAmplitudeFraction: 0,
	peakHour: 15,
} as const;

/** At sea level in air of 15 degC, but for what the hub's height takes off, with the wind given at the hub. */
export const TURBINE: WindConfig = {
	stepUs: 10 * MINUTE_US,
	startEpochMs: Date.UTC(2024, 0, 1),
	longitude: 0,
	altitudeM: 0,
	airMeanC: new Array(12).fill(15),
	ratedPowerW: 1000,
	hubHeightM: 30,
	measuredAtM: 30,
	shear: { type: 'power', exponent: 0.143 },
	powerCurve: { type: 'cubic', cutInMs: 3, ratedMs: 12, cutOutMs: 25 },
	turbulenceIntensity: 0,
	densityCorrection: 'none',
	availabilityFraction: 1,
	source: BREEZE,
};

/** What a turbine reports of a step. */
export interface Row {
	readonly timeUs: number;
	readonly powerW: number;
	/** Speed as given, speed at the hub, relative density. */
	readonly wind: readonly number[];
}

/** A turbine without a runtime around it. */
export function actorOf(config: WindConfig, seed = 1): TimeActor<TurbineState> {
	const env: ActorEnv = {
		name: 'wind',
		random: (purpose) => namedPrng(`${seed}/wind/${purpose}`),
		announce: () => {},
	};
	return windKind.create(windKind.config.parse(config), env) as TimeActor<TurbineState>;
}

/** Steps it over a span; the state is that at its end. */
export function stepAll(
	actor: TimeActor<TurbineState>,
	state: TurbineState,
	span: { fromUs: number; untilUs: number },
): Row[] {
	const rows: Row[] = [];
	let powerW = 0;
	const outputs: Outputs = [
		{
			append: (_timeUs, values) => {
				powerW = values[0] as number;
			},
		},
		{ append: (timeUs, values) => rows.push({ timeUs, powerW, wind: Array.from(values) }) },
	];
	for (let fromUs = span.fromUs; fromUs < span.untilUs; fromUs += actor.stepUs)
		actor.step(state, { fromUs, untilUs: fromUs + actor.stepUs }, [], outputs);
	return rows;
}

/** Its rows from the start of a run on. */
export function rowsOf(change: Partial<WindConfig>, untilUs = DAY_US, seed = 1): Row[] {
	const actor = actorOf({ ...TURBINE, ...change }, seed);
	return stepAll(actor, actor.init(), { fromUs: 0, untilUs });
}
