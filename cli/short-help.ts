import { type Command, Help, Option } from 'commander';

/**
 * Help on one screen of 80 columns and 24 lines, with what most people need; `--help-all` lists the rest. Texts stand here
 * where those of the long help need more than a line.
 */

/** Given in place of --help. */
export const HELP_ALL = '--help-all';

/** Of `gridbeat run`: the flag, and a shorter text; null: its own. */
const RUN: readonly (readonly [long: string, text: string | null])[] = [
	['--location', 'a place, such as Berlin'],
	['--until', null],
	['--model', null],
	['--device', 'GPU of the replicas: a100, h100, a40 or a card'],
	['--replicas', null],
	['--qps', 'requests per second'],
	['--requests', 'replay a trace: Azure, BurstGPT, Mooncake, …'],
	['--solar', 'peak power of the plant, such as "4 kW"'],
	['--battery-capacity', 'such as 3kWh; 0: none'],
	['--carbon', 'none, zone:NAME, file:FILE, FILE.csv, …'],
	['--cap', 'none, or such as "carbon>300:250"'],
	['--out', null],
	['--dry-run', 'check and show everything, run nothing'],
];

/** Commands that most people need. */
const COMMANDS = [
	...[
		'init',
		'run',
		'validate',
		'compare',
		'sweep',
		'capacity',
		'ls',
		'open',
		'report',
		'profiles',
	],
	'serve',
];

/** Of the other commands the short help leaves these out: how to reach NATS, and what is written for whoever watches. */
const APART = /^--(nats-.*|join-key-file|log|log-level|trace)$/;

function inShort(option: Option): boolean {
	return !APART.test(option.long ?? '');
}

function shortRun(options: readonly Option[]): Option[] {
	return RUN.flatMap(([long, text]) => {
		const option = options.find((one) => one.long === long);
		// Made anew, since the headings of the long help take lines.
		return option === undefined ? [] : [new Option(option.flags, text ?? option.description)];
	});
}

/** The first line of what a command is. */
function cut(text: string): string {
	return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX).replace(/[:,;]? \S*$/, '')} …`;
}

/** What fits beside the names of commands. */
const TEXT_MAX = 60;

/** Gives the commands a short help. */
export function shortenHelp(gridbeat: Command): void {
	const whole = new Help();
	gridbeat.configureHelp({
		visibleCommands: (command) =>
			whole
				.visibleCommands(command)
				.filter((one) => command !== gridbeat || COMMANDS.includes(one.name())),
		subcommandTerm: (command) => command.name(),
		subcommandDescription: (command) => cut(command.description()),
	});
	gridbeat.addHelpText('after', `\nAll commands: gridbeat ${HELP_ALL}`);
	for (const command of gridbeat.commands) {
		const options = whole.visibleOptions(command);
		const kept = command.name() === 'run' ? shortRun(options) : options.filter(inShort);
		if (kept.length === options.length) continue;
		command.configureHelp({ visibleOptions: () => kept });
		command.addHelpText('after', `\nAll flags: gridbeat ${command.name()} ${HELP_ALL}`);
	}
}
