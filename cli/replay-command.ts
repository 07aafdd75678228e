import { type Command, Option } from 'commander';
import { EXIT } from '../kernel/host/program.ts';
import type { ReplayResult } from '../run/replay.ts';
import { replayRun } from '../run/replay.ts';
import { addTraceFlags, logFlags } from './log-flags.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import { placementOf } from './resume-command.ts';
import { inTerminal } from './run-command.ts';
import { say } from './say.ts';
import { shownBy, VERBOSE } from './verbose.ts';

interface ReplayFlags {
	readonly out?: string;
	readonly inProcess?: boolean;
	readonly processes?: string;
	readonly json?: boolean;
}

/** Adds `gridbeat replay`; `set` takes the exit code. */
export function addReplay(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	const replay = gridbeat
		.command('replay')
		.description(
			'repeat a run that heard something from outside, by what it has kept of that, and compare its tables',
		)
		.argument('<run>', 'run folder')
		.option('--out <folder>', 'run folder of the repetition; default: that of the run with -replay')
		.addOption(new Option('--in-process', 'in one process').conflicts('processes'))
		.option('--processes <count>', 'in so many processes, or auto: one for each core')
		.option(...VERBOSE)
		.option('--json', 'print the result as JSON, everything else to standard error');
	addTraceFlags(addNatsFlags(replay)).action(
		(run: string, options: ReplayFlags & Record<string, unknown>) => set(replayed(run, options)),
	);
}

async function replayed(
	run: string,
	options: ReplayFlags & Record<string, unknown>,
): Promise<number> {
	const { out } = options;
	const env = natsEnv(options);
	let tables: ReplayResult['tables'] | null = null;
	const code = await inTerminal(
		{ ...shownBy(options), logs: logFlags(options, env) },
		async (heard) => {
			const result = await replayRun(run, { ...heard, env, out, placement: placementOf(options) });
			({ tables } = result);
			return result;
		},
	);
	const { same, different } = (tables ?? { same: [], different: [] }) as ReplayResult['tables'];
	if (different.length === 0) {
		if (code === EXIT.done) say(`The same bytes as in ${run}: ${same.join(', ')}`);
		return code;
	}
	say(`Other bytes than in ${run}: ${different.join(', ')}`);
	return EXIT.failed;
}
