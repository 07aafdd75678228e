import { type Command, Option } from 'commander';
import { ConfigError } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { resumeRun } from '../run/run-scenario.ts';
import { addTraceFlags, logFlags } from './log-flags.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import { inTerminal } from './run-command.ts';
import { TAKE_OVER } from './take-over.ts';
import { shownBy, VERBOSE } from './verbose.ts';

/** Where actors run from here on. */
interface PlacementFlags {
	readonly inProcess?: boolean;
	readonly processes?: string;
}

interface ResumeFlags extends PlacementFlags {
	readonly json?: boolean;
	readonly takeOver?: boolean;
}

/** Adds `gridbeat resume`; `set` takes the exit code. */
export function addResume(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	const resume = gridbeat
		.command('resume')
		.description('go on with a run that has not reached its end, from its last checkpoint')
		.argument('<run>', 'run folder')
		.addOption(new Option('--in-process', 'in one process from here on').conflicts('processes'))
		.option('--processes <count>', 'in so many processes from here on, or auto: one for each core')
		.option('--take-over', TAKE_OVER)
		.option(...VERBOSE)
		.option('--json', 'print the result as JSON, everything else to standard error');
	addTraceFlags(addNatsFlags(resume)).action(
		(run: string, options: ResumeFlags & Record<string, unknown>) => {
			const placement = placementOf(options);
			const env = natsEnv(options);
			const { takeOver = false } = options;
			return set(
				inTerminal({ ...shownBy(options), logs: logFlags(options, env) }, (heard) =>
					resumeRun(run, { ...heard, env, placement, takeOver }),
				),
			);
		},
	);
}

/** What `--in-process` and `--processes` say; undefined: as before. */
export function placementOf({
	inProcess,
	processes,
}: PlacementFlags): Scenario['placement'] | undefined {
	if (inProcess === true) return { mode: 'in-process', hosts: {}, external: [], processes: null };
	if (processes === undefined) return undefined;
	if (processes === 'auto') return { mode: 'auto', hosts: {}, external: [], processes: null };
	const count = Number(processes);
	if (!Number.isSafeInteger(count) || count < 1)
		throw new ConfigError(
			`Cannot use --processes "${processes}": give a whole number such as 4, or auto`,
		);
	return { mode: 'processes', hosts: {}, external: [], processes: count };
}
