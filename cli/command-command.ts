import type { Command as Commander } from 'commander';
import { Command, type ControlValue } from '../protocol/commands.ts';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError } from '../protocol/errors.ts';
import { tellRun } from './ask-run.ts';

interface CommandFlags {
	readonly site?: string;
	readonly actor?: string;
}

/** Adds `gridbeat command`; `set` takes the exit code. */
export function addCommand(
	gridbeat: Commander,
	set: (work: Promise<number>) => Promise<void>,
): void {
	gridbeat
		.command('command')
		.description(
			'set a control of a run that you have started on this machine, from its next window on (docs/real-time.md)',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument(
			'<key=value>',
			'such as capW=300, minSoc=0.3 or island=true; null: as the scenario says',
		)
		.option('--site <name>', 'of this site; default: of all')
		.option('--actor <name>', 'of this actor; default: of all that have the control')
		.action((run: string, text: string, flags: CommandFlags) =>
			set(tellRun(run, 'steer', settingOf(text, flags))),
		);
}

function settingOf(
	text: string,
	{ site = null, actor = null }: { site?: string | null; actor?: string | null },
): Control {
	const cut = text.indexOf('=');
	const what = Command.safeParse({
		...{ type: 'set', site, actor, key: text.slice(0, Math.max(0, cut)) },
		value: controlValue(text.slice(cut + 1)),
	});
	if (cut > 0 && what.success)
		return { type: 'control', command: 'act', by: 'user', what: what.data };
	throw new ConfigError(`Cannot set "${text}": give KEY=VALUE, such as capW=300 or island=true`);
}

function controlValue(text: string): ControlValue {
	if (text === 'null') return null;
	if (text === 'true' || text === 'false') return text === 'true';
	const number = Number(text);
	return text.trim() === '' || Number.isNaN(number) ? text : number;
}
