import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

const FLYWHEEL = `
import os
import random
import signal

import gridbeat


def live(span):
    """Ends as if by kill -9, in the middle of a window, where the test says so."""
    if span.from_us == int(os.environ.get("DIE_AT_US", -1)):
        os.kill(os.getpid(), signal.SIGKILL)


class Flywheel(gridbeat.Actor):
    kind = "python-flywheel"

    def begin(self):
        self.state = {"stored_wh": self.config["capacityWh"] * self.config["initialSoc"]}

    def step(self, span, inputs):
        live(span)
        c, hours = self.config, span.seconds / 3600
        power = inputs["setpoint"]["power"]
        turned = power * span.seconds / 3600
        moved = turned * c["efficiency"] if power > 0 else turned / c["efficiency"]
        kept = (1 - c["lossPerHour"]) ** hours
        stored = min(c["capacityWh"], max(0, self.state["stored_wh"] + moved) * kept)
        self.state["stored_wh"] = stored
        room = c["capacityWh"] - stored
        return {
            "soc": stored / c["capacityWh"],
            "charge_level": stored,
            "feasible_min": 0 - min(c["powerW"], stored * c["efficiency"] / hours),
            "feasible_max": min(c["powerW"], room / c["efficiency"] / hours),
            "power": power,
        }


class Heater(gridbeat.Actor):
    kind = "python-heater"

    def begin(self):
        self.state = 0

    def step(self, span, inputs):
        live(span)
        self.state += 1
        whim = random.random() if "WHIM" in os.environ else 0
        return {"power": -(inputs["carbon"]["value"] + self.state % 7 + whim)}


gridbeat.main(Flywheel, Heater)
`;

const HEATER = `const port = (name, field, unit) => ({ name, kind: 'interval', fields: [{ name: field, unit }] }); export const heater = {
	kind: 'heater',
	config: (value) => value,
	create: (config, env) => ({
		timing: 'time',
		stepUs: env.run.stepUs,
		inputs: [port('signal', 'value', 'g/kWh')],
		outputs: [port('power', 'power', 'W')],
		init: () => 0,
		step(state, span, inputs, outputs) {
			outputs[0].append(span.fromUs, [-(inputs[0][0].value(0) + ((state + 1) % 7))]);
			return state + 1;
		},
	}),
};
`;

/** The same microgrid twice: its own kinds as modules, and as processes of a program in Python. */
export function twins(): {
	readonly modules: string;
	readonly processes: string;
	readonly program: string;
} {
	const folder = tempFolder();
	const config = {
		capacityWh: 5000,
		powerW: 50_000,
		efficiency: 0.95,
		lossPerHour: 0.2,
		initialSoc: 0.5,
	};
	const hours = 1 / 60;
	const store = {
		...{ capacityWh: 5000, soc: 0.5 },
		feasibleMinW: 0 - Math.min(50_000, (2500 * 0.95) / hours),
		feasibleMaxW: Math.min(50_000, 2500 / 0.95 / hours),
	};
	const rest = {
		...{ name: 'twins', location: 'San Francisco', start: '2024-06-20T06:00', until: '6h' },
		...{ serving: null, solar: [{ peakPowerW: 20_000 }] },
	};
	const write = (name: string, scenario: unknown) => {
		writeFileSync(join(folder, name), JSON.stringify(scenario));
		return join(folder, name);
	};
	writeFileSync(join(folder, 'heater.js'), HEATER);
	writeFileSync(join(folder, 'program.py'), FLYWHEEL);
	const module = projectFile('examples/own-kind/flywheel.js');
	return {
		modules: write('modules.yaml', {
			...rest,
			loads: [{ name: 'heater', module: './heater.js' }],
			actors: [{ name: 'flywheel', module, ...config }],
		}),
		processes: write('processes.yaml', {
			...rest,
			loads: [{ name: 'heater', external: 'python-heater', reads: { carbon: 'carbon.signal' } }],
			actors: [{ name: 'flywheel', external: 'python-flywheel', store, config }],
		}),
		program: join(folder, 'program.py'),
	};
}
