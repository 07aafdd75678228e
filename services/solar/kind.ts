import { POWER_PORT } from '../../protocol/ports.ts';
import type { Field, PortSpec } from '../../protocol/readings.ts';
import type { ActorKind, OutputPort, TimeActor } from '../actor/contract.ts';
import { SolarConfig } from './config.ts';
import { clearSkyAt, pvOutput } from './pv-system.ts';
import { skySource } from './skies.ts';
import type { SolarState } from './sky-source.ts';

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

/**
 * Actor kind 'solar': a PV system under a sky. Each step's power is that with the sun where it stands in the
 * middle of the step and the mean clear-sky index of the step; day energy changes by less than 1 % between
 * steps of one minute and of 15. No inputs; outputs `power` and `weather`.
 */
export const solarKind: ActorKind<SolarConfig> = {
	kind: 'solar',
	config: SolarConfig,
	create(config, env): TimeActor<SolarState> {
		const source = skySource(config, (purpose) => env.random(purpose));
		const power = [0];
		const weather = [0, 0, 0, 0, 0, 0];
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [POWER_PORT, WEATHER],
			init: source.init,
			step(state, { fromUs, untilUs }, _inputs, outputs) {
				const middleMs = config.startEpochMs + (fromUs + untilUs) / 2000;
				const sky = clearSkyAt(middleMs, config);
				const part = { fromUs, untilUs, middleMs, sky };
				const { light, air, clearSkyIndex, powerW } = source.read(state, part);
				const out = pvOutput(light, sky, config, air);
				power[0] = powerW ?? out.acW;
				weather[0] = light.ghi;
				weather[1] = light.dni;
				weather[2] = light.dhi;
				weather[3] = out.poaWm2;
				weather[4] = out.cellC;
				weather[5] = clearSkyIndex;
				(outputs[0] as OutputPort).append(fromUs, power);
				(outputs[1] as OutputPort).append(fromUs, weather);
				return state;
			},
		};
	},
};
