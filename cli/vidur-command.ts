import type { Command } from 'commander';
import type { VidurResult } from '../vidur/serving/vidur.ts';

/** Adds `gridbeat vidur`, which reads its own flags: those of `python -m vidur.main`. */
export function addVidur(gridbeat: Command): void {
	gridbeat
		.command('vidur')
		.description('run a command line of `python -m vidur.main` and write its files')
		.argument('[flags...]', 'flags of vidur.main, and --profile; see docs/vidur-command.md')
		.allowUnknownOption()
		// Its flags are listed too, which are read when somebody wants to see them.
		.helpOption(false)
		.allowExcessArguments()
		.action(async (_flags: string[], _options: unknown, command: Command) => {
			if (command.args.some((arg) => arg === '-h' || arg === '--help')) {
				const { flagHelp } = await import('../vidur/serving/flag-help.ts');
				process.stdout.write(`${command.helpInformation()}\n${flagHelp()}\n`);
				return;
			}
			const { runVidur } = await import('../vidur/serving/vidur.ts');
			const result = await runVidur(command.args, timestamp(new Date()));
			const { ignored, profile, folder, completed, arrived, endS } = result;
			const without = ignored.length === 0 ? '' : `; without effect here: ${ignored.join(', ')}`;
			process.stderr.write(`Latency profile: ${profile}${without}\n`);
			for (const line of changeLines(result.changes)) process.stderr.write(`${line}\n`);
			process.stdout.write(
				`${folder}: ${completed} of ${arrived} requests completed in ${endS.toFixed(3)} s\n`,
			);
		});
}

/** What Vidur does to lengths without a word. */
function changeLines({ cut, tokens, zeros }: VidurResult['changes']): string[] {
	return [
		...(cut === 0
			? []
			: [`Cut to the flag's max_tokens, as Vidur does: ${cut} requests, by ${tokens} tokens`]),
		...(zeros === 0 ? [] : [`Without tokens, taken as 1, as Vidur does: ${zeros} requests`]),
	];
}

/** The local time as Vidur names its folders: 2024-11-19_15-04-05-000000. */
function timestamp(now: Date): string {
	const two = (value: number) => String(value).padStart(2, '0');
	const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
	const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
	return `${date}_${time}-${String(now.getMilliseconds()).padStart(3, '0')}000`;
}
