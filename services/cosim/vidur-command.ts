import type { Command } from 'commander';

/** Adds `gridbeat vidur`, which reads its own flags: those of `python -m vidur.main`. */
export function addVidur(gridbeat: Command): void {
	gridbeat
		.command('vidur')
		.description('run a command line of `python -m vidur.main` and write its files')
		.argument('[flags...]', 'flags of vidur.main, and --profile; see docs/vidur-command.md')
		.allowUnknownOption()
		.allowExcessArguments()
		.action(async (_flags: string[], _options: unknown, command: Command) => {
			const { runVidur } = await import('../vidur/vidur.ts');
			const result = await runVidur(command.args, timestamp(new Date()));
			const { ignored, profile, folder, completed, arrived, endS } = result;
			const without = ignored.length === 0 ? '' : `; without effect here: ${ignored.join(', ')}`;
			process.stderr.write(`Latency profile: ${profile}${without}\n`);
			process.stdout.write(
				`${folder}: ${completed} of ${arrived} requests completed in ${endS.toFixed(3)} s\n`,
			);
		});
}

/** The local time as Vidur names its folders: 2024-11-19_15-04-05-000000. */
function timestamp(now: Date): string {
	const two = (value: number) => String(value).padStart(2, '0');
	const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
	const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
	return `${date}_${time}-${String(now.getMilliseconds()).padStart(3, '0')}000`;
}
