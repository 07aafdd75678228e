import type { Command } from 'commander';
import { version } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface ExportOptions {
	readonly parquet?: boolean;
	readonly out?: string;
	readonly json?: boolean;
}

/** Adds `gridbeat export`. */
export function addExport(gridbeat: Command): void {
	gridbeat
		.command('export')
		.description('the tables of a run in another format')
		.argument('<run>', 'run folder')
		.option('--parquet', 'Apache Parquet, with units in the metadata')
		.option('--out <folder>', 'where to; default: the run folder')
		.option('--json', 'list the files as JSON')
		.action(async (run: string, options: ExportOptions) => {
			if (options.parquet !== true)
				throw new ConfigError(`Cannot export "${run}" without a format: give --parquet`);
			const [{ exportParquet }, { withRuns }] = await Promise.all([
				import('../results/export/parquet.ts'),
				import('../run/launch/open-run.ts'),
			]);
			const opening = { what: 'gridbeat export', writes: options.out === undefined, say };
			const files = await withRuns([run], opening, () =>
				exportParquet(run, version(), options.out),
			);
			const lines = files.map(({ path, rows, bytes }) => `${path}: ${rows} rows, ${bytes} bytes`);
			process.stdout.write(
				options.json === true ? jsonText('export', { files }) : `${lines.join('\n')}\n`,
			);
		});
}
