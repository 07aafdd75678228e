import { join } from 'node:path';
import { type Flags, parseFlags } from './flags.ts';
import { writeConfig, writeOutputs } from './outputs/write.ts';
import { simulate } from './run.ts';
import { setupOf } from './setup.ts';

/** What a run came to. */
export interface VidurResult {
	/** Where the files are. */
	readonly folder: string;
	readonly profile: string;
	/** Flags given that change nothing here. */
	readonly ignored: readonly string[];
	readonly completed: number;
	readonly arrived: number;
	/** Last completion. */
	readonly endS: number;
}

/**
 * Runs a command line of `python -m vidur.main`, without the first three words, and writes its files into a
 * folder named `timestamp` below `--metrics_config_output_dir`, as Vidur does.
 *
 * @throws ConfigError for flags, values and files that cannot be used
 * @throws SimulationError for requests that can never be served
 */
export function runVidur(words: readonly string[], timestamp: string): VidurResult {
	const flags = parseFlags(words);
	const setup = setupOf(flags);
	const folder = join(flags.text('metrics_config_output_dir'), timestamp);
	const run = simulate(setup, {
		tokens: isKept(flags, 'store_token_completion_metrics'),
		members: flags.isOn('metrics_config_enable_chrome_trace'),
	});
	writeConfig(folder, flags, setup);
	writeOutputs(folder, flags, setup, run);
	const { count, atS } = run.completions;
	return {
		folder,
		profile: setup.replica.profile,
		ignored: flags.ignored,
		completed: count,
		arrived: run.requests.length,
		endS: count === 0 ? 0 : atS(count - 1),
	};
}

function isKept(flags: Flags, name: string): boolean {
	return flags.isOn('metrics_config_write_metrics') && flags.isOn(`metrics_config_${name}`);
}
