import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { checkScenario } from './make-plan.ts';
import { FileProblems } from './resolve/file-problems.ts';
import { type ScenarioSource, scenarioFrom } from './resolve/scenario-source.ts';

/** Whether a scenario can be run. */
export type Validation =
	| {
			readonly isValid: true;
			/** With every default filled in, and the paths of files absolute; it can be simulated as it is. */
			readonly scenario: Scenario;
			readonly problems: readonly [];
	  }
	| {
			readonly isValid: false;
			readonly scenario: null;
			/** A line each, with the place, the value and what would do; the first is what `simulate` throws. */
			readonly problems: readonly string[];
	  };

/**
 * Checks all of a scenario that a run checks before it starts: keys, place, times, models, files. Live feeds are not asked,
 * and nothing is written.
 *
 * @param source the path of a YAML file, its text, or an object with the keys of one
 * @param options `relativeTo` as for simulate()
 */
export async function validate(
	source: ScenarioSource,
	options: { readonly relativeTo?: string | undefined } = {},
): Promise<Validation> {
	try {
		const scenario = scenarioFrom(source, options.relativeTo);
		await checkScenario(scenario);
		return { isValid: true, scenario, problems: [] };
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		const problems = error instanceof FileProblems ? error.problems : [error.message];
		return { isValid: false, scenario: null, problems };
	}
}
