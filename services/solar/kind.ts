import { ConfigError } from '../../protocol/errors.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import type { Field, PortSpec } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { ActorKind, OutputPort, TimeActor } from '../actor/contract.ts';
import type { Prng } from '../actor/random.ts';
import { loadTrace } from '../signal/load.ts';
import { type Trace, traceAt, traceMean } from '../signal/trace.ts';
import { airTemperatureC } from './air-temperature.ts';
import { type CloudState, meanIndex, startClouds } from './cloud-process.ts';
import { SolarConfig } from './config.ts';
import { type Air, type ClearSky, clearSkyAt, pvOutput, skyIrradiance } from './pv-system.ts';

/** Weather behind a traced power is only guessed; no more than this is explained by cloud edges. */
const MAX_TRACED_INDEX = 1.3;

const IRRADIANCES: Field[] = ['ghi', 'dni', 'dhi', 'poa'].map((name) => ({ name, unit: 'W/m2' }));

/** The sky over the modules and what reaches them. */
export const WEATHER: PortSpec = {
	name: 'weather',
	kind: 'interval',
	fields: [
		...IRRADIANCES,
		{ name: 'cell_temperature', unit: 'degC' },
		{ name: 'clear_sky_index', unit: '1' },
	],
};

/** The weather so far; null when nothing in it is random. */
export type SolarState = CloudState | null;

/** What the sky does in a step: the clear-sky index, and the power if that is given. */
interface SkyReading {
	index: number;
	powerW: number | null;
}

interface Step {
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
	readonly sky: ClearSky;
	readonly air: Air;
}

interface SkyModel {
	init(): SolarState;
	read(state: SolarState, step: Step): SkyReading;
}

/**
 * Actor kind 'solar': a PV system under a sky. Each step's power is that with the sun where it stands in the
 * middle of the step and the mean clear-sky index of the step; day energy changes by less than 1 % between
 * steps of one minute and of 15. No inputs; outputs `power` and `weather`.
 */
export const solarKind: ActorKind<SolarConfig> = {
	kind: 'solar',
	config: SolarConfig,
	create(config, env): TimeActor<SolarState> {
		const model = skyModel(config, () => env.random('clouds'));
		const power = [0];
		const weather = [0, 0, 0, 0, 0, 0];
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [POWER_PORT, WEATHER],
			init: model.init,
			step(state, { fromUs, untilUs }, _inputs, outputs) {
				const middleMs = config.startEpochMs + (fromUs + untilUs) / 2000;
				const sky = clearSkyAt(middleMs, config);
				const airC = airTemperatureC(config.airTemperature, middleMs, config.longitude);
				const air = { airC, windMs: config.windMs };
				const { index, powerW } = model.read(state, { fromUs, untilUs, sky, air });
				const light = skyIrradiance(sky, index);
				const out = pvOutput(light, sky, config, air);
				power[0] = powerW ?? out.acW;
				weather[0] = light.ghi;
				weather[1] = light.dni;
				weather[2] = light.dhi;
				weather[3] = out.poaWm2;
				weather[4] = out.cellC;
				weather[5] = index;
				(outputs[0] as OutputPort).append(fromUs, power);
				(outputs[1] as OutputPort).append(fromUs, weather);
				return state;
			},
		};
	},
};

function skyModel(config: SolarConfig, random: () => Prng): SkyModel {
	const { sky } = config;
	switch (sky.type) {
		case 'clear':
			return { init: () => null, read: () => ({ index: 1, powerW: null }) };
		case 'stochastic': {
			const { type: _type, ...parameters } = sky;
			return {
				init: () => startClouds(parameters, random()),
				read: (state, { fromUs, untilUs }) => ({
					index: meanIndex(state as CloudState, parameters, fromUs, untilUs),
					powerW: null,
				}),
			};
		}
		case 'trace': {
			const { type: _type, unit, sampling, ...options } = sky;
			const trace = loadTrace(options);
			checkNotNegative(trace);
			const factor = unit === 'fraction' ? config.peakPowerW : 1;
			return {
				init: () => null,
				read(_state, step) {
					const value =
						sampling === 'start'
							? traceAt(trace, step.fromUs)
							: traceMean(trace, step.fromUs, step.untilUs);
					return { index: tracedIndex(value * factor, step, config), powerW: value * factor };
				},
			};
		}
	}
}

/** The clear-sky index that goes with a given power, taking power as proportional to it; 0 in the dark. */
function tracedIndex(powerW: number, { sky, air }: Step, config: SolarConfig): number {
	const clearW = pvOutput(sky.clear, sky, config, air).acW;
	return clearW > 0 ? Math.min(MAX_TRACED_INDEX, powerW / clearW) : 0;
}

function checkNotNegative(trace: Trace): void {
	const negative = trace.values.find((value) => value < 0);
	if (negative !== undefined)
		throw new ConfigError(
			`Cannot use ${trace.name} as solar power: it has the value ${negative}; a generator's power is 0 or more`,
		);
}
