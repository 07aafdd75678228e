import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';
import type { KindScenario } from './kind-scenarios.test-support.ts';

const PORT = "{ name: 'power', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] }";
/** The part of a kind that makes an actor which draws 1 W, with other parts in place of its own. */
export const actor = (parts: string) =>
	`create: (config, env) => ({ timing: 'time', stepUs: env.run.stepUs, inputs: [], outputs: [${PORT}], init: () => 0, step(state, span, inputs, outputs) { outputs[0].append(span.fromUs, [-1]); return state; }, ${parts} })`;
/** The text of a module with a kind. */
export const module = (parts: string, config = '(value) => value') =>
	`export const kind = { kind: 'thing', config: ${config}, ${parts} };\n`;

/** A scenario with one entry under `actors`, beside a module of this text; null: there is none. */
export function scenarioWith(entry: string, code: string | null): string {
	const folder = tempFolder();
	if (code !== null) writeFileSync(join(folder, 'thing.js'), code);
	const path = join(folder, 'scenario.yaml');
	writeFileSync(
		path,
		`until: 10min\nserving: null\nprice: null\nloads: [{type: constant, name: house, powerW: 100}]\nactors:\n  - ${entry}\n`,
	);
	return path;
}

/** A module with a kind that reports one value a step, as an expression of its configuration `c` and the state `k`. */
const signalModule = (port: string, value: string, more = { kind: 'shed', inputs: '' }) =>
	`export const kind = { kind: '${more.kind}', config(c) {
	if ('fromG' in c && !('slopeG' in c)) throw new Error('slopeG is missing');
	return c;
}, create: (c, env) => ({
	timing: 'time', stepUs: env.run.stepUs,
	inputs: [${more.inputs}],
	outputs: [${port}],
	init: () => 0,
	step(k, span, inputs, outputs) { outputs[0].append(span.fromUs, [${value}]); return k + 1; },
}) };
`;
const port = (name: string, field: string, unit: string) =>
	`{ name: '${name}', kind: 'interval', fields: [{ name: '${field}', unit: '${unit}' }] }`;
const SIGNAL = port('signal', 'value', 'g/kWh');

/** Signals of the user's own: an intensity that changes, a price that follows the intensity, a temperature. */
export const SIGNAL_MODULES: Readonly<Record<string, string>> = {
	'co2.js': signalModule(SIGNAL, 'c.fromG + c.slopeG * k', { kind: 'ramp', inputs: '' }),
	'price.js': signalModule(port('price', 'value', 'USD/kWh'), 'inputs[0][0].value(0) / 1000', {
		...{ kind: 'spot', inputs: SIGNAL },
	}),
	'air.js': signalModule(port('air', 'temperature', 'degC'), 'c.degC'),
};

/** The kinds of the example, and signals, for days. */
export const OWN_KINDS: Readonly<Record<string, KindScenario>> = {
	'kinds of the user’s, a member and a store': {
		scenario: {
			...{ serving: null, until: '4d', step: '15min', window: '12h' },
			solar: [{ peakPowerW: 30_000 }],
			loads: [
				{ type: 'constant', name: 'base', powerW: 4000 },
				{
					...{ name: 'charger', module: projectFile('examples/own-kind/charger.js') },
					...{ powerW: 20_000, energyWh: 15_000, arrivalsPerHour: 0.5 },
				},
			],
			actors: [
				{
					...{ name: 'flywheel', module: projectFile('examples/own-kind/flywheel.js') },
					...{ capacityWh: 5000, powerW: 10_000 },
				},
			],
		},
		files: {},
	},
	'signals of the user’s, which caps, prices and the facility follow': {
		scenario: {
			...{ until: '4min', step: '20s', window: '1min' },
			requests: { qps: 2 },
			serving: {
				replicas: 1,
				pue: {
					byOutdoorC: [
						[0, 1],
						[40, 2],
					],
					outdoor: { module: './air.js', degC: 20 },
				},
			},
			carbon: { source: 'module', module: './co2.js', kind: 'average', fromG: 100, slopeG: 20 },
			price: { source: 'module', module: './price.js' },
			cap: [{ signal: 'carbon', above: 200, capWPerGpu: 150 }],
		},
		files: SIGNAL_MODULES,
	},
};
