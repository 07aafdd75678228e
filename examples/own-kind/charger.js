// A consumer that nobody plans: a fast charger for lorries. They come by chance, stay until they have their energy, and
// wait while the point is taken. docs/own-kind.md goes through it line by line.

const HOUR_US = 3_600_000_000;

/** @typedef {{ powerW: number, energyWh: number, arrivalsPerHour: number }} Config */
/**
 * What the lorries that are there still want; the state of the stream is part of it.
 * @typedef {{ wantedWh: number, chance: readonly number[] }} State
 */

/**
 * The configuration is read by a function here; a schema of zod, valibot or arktype does as well.
 * @param {unknown} value
 */
function config(value) {
	const { powerW, energyWh, arrivalsPerHour, ...others } = /** @type {Config} */ (value);
	for (const [key, number] of Object.entries({ powerW, energyWh, arrivalsPerHour }))
		if (!(typeof number === 'number' && number > 0)) throw new Error(`${key} must be above 0`);
	const [unknown] = Object.keys(others);
	if (unknown !== undefined) throw new Error(`unknown key "${unknown}"`);
	return { powerW, energyWh, arrivalsPerHour };
}

/** @type {import('gridbeat').OwnKind<Config>} */
export const charger = {
	kind: 'fast charger',
	config,
	create({ powerW, energyWh, arrivalsPerHour }, env) {
		const { stepUs } = env.run;
		const hours = stepUs / HOUR_US;
		// A stream of its own, of the run's seed: the same lorries in every placement.
		const begin = env.random('arrivals').state();
		/** @type {import('gridbeat').TimeActor<State>} */
		const actor = {
			timing: 'time',
			stepUs,
			inputs: [],
			outputs: [{ name: 'power', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] }],
			init: () => ({ wantedWh: 0, chance: begin }),
			step(state, span, _inputs, outputs) {
				const stream = env.random('arrivals', state.chance);
				const comes = stream.uniform() < 1 - Math.exp(-arrivalsPerHour * hours);
				const wantedWh = state.wantedWh + (comes ? energyWh : 0);
				const takenWh = Math.min(wantedWh, powerW * hours);
				// Consumption is negative, and a mean over the step.
				outputs[0].append(span.fromUs, [-takenWh / hours]);
				return { wantedWh: wantedWh - takenWh, chance: stream.state() };
			},
		};
		return actor;
	},
};
