import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { makeFolders } from '../../kernel/files/write-whole.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { type Flags, parseFlags } from './flags.ts';
import { writeConfig, writeOutputs } from './outputs/write.ts';
import { type RunRecord, simulate } from './run.ts';
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
	/** Requests that Vidur changes, and by how many tokens. */
	readonly changes: RunRecord['changes'];
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
export async function runVidur(words: readonly string[], timestamp: string): Promise<VidurResult> {
	const flags = parseFlags(words);
	checkSubsamples(flags);
	const setup = setupOf(flags);
	const run = simulate(setup, {
		tokens: isKept(flags, 'store_token_completion_metrics'),
		members:
			flags.isOn('metrics_config_enable_chrome_trace') ||
			flags.isOn('metrics_config_write_json_trace'),
		assignment: flags.isOn('metrics_config_write_json_trace'),
		operations: isKept(flags, 'store_operation_metrics'),
		batchOf:
			flags.isGiven('metrics_config_min_batch_index') ||
			flags.isGiven('metrics_config_max_batch_index'),
	});
	const folder = newFolder(flags.text('metrics_config_output_dir'), timestamp);
	writeConfig(folder, flags, setup);
	await writeOutputs(folder, { flags, setup, run });
	const { atS } = run.completions;
	let endS = 0;
	for (let i = 0; i < atS.length; i++) endS = Math.max(endS, atS.at(i));
	return {
		folder,
		profile: setup.replica.profile,
		ignored: flags.ignored,
		completed: atS.length,
		arrived: run.requests.arrivedAtS.length,
		changes: run.changes,
		endS,
	};
}

/** Of runs that end in the same moment each has a folder of its own: the next microsecond that is free. */
function newFolder(parent: string, timestamp: string): string {
	makeFolders(parent);
	const [, whole = '', fraction = ''] = /^(.*?)(\d*)$/.exec(timestamp) ?? [];
	for (let more = 0; ; more++) {
		const later = String(Number(fraction) + more).padStart(fraction.length, '0');
		const folder = join(parent, more === 0 ? timestamp : `${whole}${later}`);
		try {
			mkdirSync(folder);
			return folder;
		} catch (error) {
			if ((error as { code?: string }).code !== 'EEXIST')
				throw new ConfigError(`Cannot create "${folder}": ${fileReason(error)}`);
		}
	}
}

function isKept(flags: Flags, name: string): boolean {
	return flags.isOn('metrics_config_write_metrics') && flags.isOn(`metrics_config_${name}`);
}

function checkSubsamples(flags: Flags): void {
	const subsamples = flags.optional('metrics_config_subsamples');
	if (subsamples === null || subsamples >= 1) return;
	throw new ConfigError(
		`Cannot use "--metrics_config_subsamples ${subsamples}": it must be 1 or more`,
	);
}
