import { type NatsEnv, withContext } from '../kernel/bus/nats-context.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { type ScenarioSource, scenarioFrom } from './resolve/scenario-source.ts';
import type { RunResult } from './run-result.ts';
import { type RunOptions, runScenario } from './run-scenario.ts';

/** How a scenario is simulated; every key may be left out. */
export interface SimulateOptions extends Omit<RunOptions, 'lockedAs'> {
	/** Where the actors run: all in this process, or in processes of their own; default: as the scenario says. */
	readonly placement?: Scenario['placement']['mode'] | undefined;
	/** The NATS server that the processes meet on, such as nats://host:4222; default: as the environment says. */
	readonly natsUrl?: string | undefined;
	/** Folder to which files named in a scenario that is an object or text are relative; default: the working directory. */
	readonly relativeTo?: string | undefined;
}

/**
 * Runs a scenario to its end, and returns its figures and where its run folder is. Several may run at a time in one process.
 * It writes nothing to the terminal, listens to no signals of the process and does not end it.
 *
 * @param scenario the path of a YAML file, its text, or an object with the keys of one; all keys may be left out
 * @throws ConfigError for what cannot be run, in a line that names the place, the value and what would do; nothing is left
 * behind. RunFailed (a SimulationError) for a run that failed under way, RunAborted (its name is AbortError) for one that
 * was ended by `signal`; both say what was recorded up to the last whole window
 */
export async function simulate(
	scenario: ScenarioSource,
	options: SimulateOptions = {},
): Promise<RunResult> {
	const { placement: mode, natsUrl, relativeTo, env = process.env, ...others } = options;
	const read = scenarioFrom(scenario, relativeTo);
	if (read.repeats !== 1)
		throw new ConfigError(
			`Cannot simulate "repeats" = ${read.repeats}: this is one run; leave it out, or use gridbeat run`,
		);
	const placement = mode === undefined ? read.placement : { ...read.placement, mode };
	return runScenario({ ...read, placement }, { ...others, env: withUrl(env, natsUrl) });
}

function withUrl(env: NatsEnv, url: string | undefined): NatsEnv {
	return withContext(url === undefined ? env : { ...env, NATS_URL: url });
}
