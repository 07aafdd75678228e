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

/** The kinds of the example, for days. */
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
};
