// A store that takes part in dispatch beside batteries: a flywheel, full of energy for seconds to minutes, which runs down
// by itself. docs/own-kind.md goes through it line by line.
import * as z from 'zod';

const HOUR_S = 3600;

const Config = z.strictObject({
	/** Energy at full speed. */
	capacityWh: z.number().positive(),
	/** The motor's limit, in and out. */
	powerW: z.number().positive(),
	/** Energy kept of what is put in, and of what is taken out. */
	efficiency: z.number().min(0.1).max(1).default(0.95),
	/** Share of what is stored that friction takes in an hour. */
	lossPerHour: z.number().min(0).max(1).default(0.2),
	initialSoc: z.number().min(0).max(1).default(0.5),
});

/** @typedef {z.infer<typeof Config>} Config */
/**
 * All that it remembers: plain data, so that it can be copied to another process.
 * @typedef {{ storedWh: number }} State
 */

/**
 * What it can take (+) or give (-) on average over a step, W: its motor, and what is stored.
 * @param {Config} config
 * @param {number} storedWh
 * @param {number} stepS
 */
function rangeW({ capacityWh, powerW, efficiency }, storedWh, stepS) {
	const [roomWh, hours] = [capacityWh - storedWh, stepS / HOUR_S];
	return {
		feasibleMinW: 0 - Math.min(powerW, (storedWh * efficiency) / hours),
		feasibleMaxW: Math.min(powerW, roomWh / efficiency / hours),
	};
}

/** @type {import('gridbeat').OwnKind<Config>} */
export const flywheel = {
	kind: 'flywheel',
	config: Config,
	source: 'an example: a flywheel with a constant efficiency',

	/** As it starts: its first row comes after the first step, and the controller decides before. */
	store(config, run) {
		const chargeLevelWh = config.initialSoc * config.capacityWh;
		return {
			capacityWh: config.capacityWh,
			soc: config.initialSoc,
			chargeLevelWh,
			...rangeW(config, chargeLevelWh, run.stepUs / 1e6),
		};
	},

	create(config, env) {
		const { capacityWh, efficiency, lossPerHour, initialSoc } = config;
		const { stepUs } = env.run;
		const stepS = stepUs / 1e6;
		/** @type {import('gridbeat').TimeActor<State>} */
		const actor = {
			timing: 'time',
			stepUs,
			inputs: [{ name: 'setpoint', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] }],
			outputs: [
				{
					name: 'state',
					kind: 'interval',
					fields: [
						{ name: 'soc', unit: '1' },
						{ name: 'charge_level', unit: 'Wh' },
						{ name: 'feasible_min', unit: 'W' },
						{ name: 'feasible_max', unit: 'W' },
						{ name: 'power', unit: 'W' },
					],
				},
			],
			init: () => ({ storedWh: initialSoc * capacityWh }),
			/** Over [fromUs, untilUs) it takes what it was set to (+), or gives it (-), within the range that it said. */
			step(state, span, inputs, outputs) {
				const powerW = inputs[0][0].value(0);
				const turnedWh = (powerW * stepS) / HOUR_S;
				const movedWh = powerW > 0 ? turnedWh * efficiency : turnedWh / efficiency;
				const kept = (1 - lossPerHour) ** (stepS / HOUR_S);
				const storedWh = Math.min(capacityWh, Math.max(0, state.storedWh + movedWh) * kept);
				const { feasibleMinW, feasibleMaxW } = rangeW(config, storedWh, stepS);
				outputs[0].append(span.fromUs, [
					storedWh / capacityWh,
					storedWh,
					feasibleMinW,
					feasibleMaxW,
					powerW,
				]);
				return { storedWh };
			},
		};
		return actor;
	},
};
