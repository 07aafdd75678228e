import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScenarioInput } from '../../run/resolve/scenario.ts';
import { simulate } from '../../run/simulate.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { runExperiment } from '../experiments/run-experiment.ts';
import { measure } from './measure.ts';
import type { Figures, TruthCase } from './truth-case.ts';

/**
 * Simulates a measured run as a user would: its scenario, in this process, and what its run folder says. No file stays.
 *
 * @throws ConfigError for what the product cannot run, SimulationError for what it cannot run to the end
 */
export async function runCase(of: TruthCase): Promise<Figures> {
	if (of.protocol === 'experiment') return experimentFigures(of);
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-truth-'));
	try {
		const beside = join(folder, 'files');
		mkdirSync(beside);
		for (const [name, text] of Object.entries(of.files)) writeFileSync(join(beside, name), text);
		const out = join(folder, 'run');
		await simulate(modelBeside(of, beside), {
			...{ out, relativeTo: beside, placement: 'in-process', report: false },
		});
		return await measure(of, out);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function experimentFigures({ scenario }: TruthCase): Figures {
	const { powerW, timeS, mfuPercent } = runExperiment(
		scenario as unknown as Experiment,
		'reproduction',
	);
	return { powerW, timeS, mfuPercent };
}

/** A card of its own is named by its whole path, since names are looked up from the working directory. */
function modelBeside({ scenario, files }: TruthCase, beside: string): ScenarioInput {
	const { serving, ...others } = scenario as { serving: { model: string } };
	const { model } = serving;
	const isFile = files[model] !== undefined;
	return { ...others, serving: { ...serving, model: isFile ? join(beside, model) : model } };
}
