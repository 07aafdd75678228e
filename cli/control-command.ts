import type { Command } from 'commander';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError } from '../protocol/errors.ts';
import { tellRun } from './ask-run.ts';

const COMMANDS = ['pause', 'resume', 'stop'] as const;

/** Adds `gridbeat control`; `set` takes the exit code. */
export function addControl(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('control')
		.description(
			'pause, resume or stop a run that you have started on this machine, or set its pace',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<what>', 'pause, resume, stop, or pace')
		.argument('[factor]', 'simulated seconds per real second, or max')
		.action((run: string, what: string, factor?: string) =>
			set(tellRun(run, 'control', asked(what, factor))),
		);
}

function asked(what: string, factor: string | undefined): Control {
	const type = 'control';
	const command = COMMANDS.find((one) => one === what);
	if (command !== undefined && factor === undefined) return { type, command };
	if (what !== 'pace')
		throw new ConfigError(
			`Cannot control a run by "${[what, factor].join(' ').trim()}": give ${COMMANDS.join(', ')}, or pace FACTOR`,
		);
	if (factor === 'max') return { type, command: 'pace', factor: null };
	const number = Number(factor);
	if (!(number > 0) || !Number.isFinite(number))
		throw new ConfigError(
			`Cannot use the pace "${factor ?? ''}": give simulated seconds per real second, such as 600, or max`,
		);
	return { type, command: 'pace', factor: number };
}
