import type { Command } from 'commander';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError } from '../protocol/errors.ts';
import { tellRun } from './ask-run.ts';

const COMMANDS = ['pause', 'resume', 'stop'] as const;
/** Two words for one thing: simulated seconds per real second. */
const SPEEDS: ReadonlySet<string> = new Set(['speed', 'pace']);

/** Adds `gridbeat control`; `set` takes the exit code. */
export function addControl(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('control')
		.description(
			'pause, resume or stop a run that you have started on this machine, let it go some steps, or set its speed',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<what>', 'pause, resume, stop, step, or speed (or pace)')
		.argument('[number]', 'how many steps; simulated seconds per real second, or max')
		.action((run: string, what: string, number?: string) =>
			set(tellRun(run, 'control', asked(what, number))),
		);
}

function asked(what: string, number: string | undefined): Control {
	const type = 'control';
	const command = COMMANDS.find((one) => one === what);
	if (command !== undefined && number === undefined) return { type, command };
	if (what === 'step') return { type, command: 'step', count: stepsOf(number) };
	if (!SPEEDS.has(what))
		throw new ConfigError(
			`Cannot control a run by "${[what, number].join(' ').trim()}": give ${COMMANDS.join(', ')}, step COUNT, or speed FACTOR`,
		);
	if (number === 'max') return { type, command: 'pace', factor: null };
	const factor = Number(number);
	if (!(factor > 0) || !Number.isFinite(factor))
		throw new ConfigError(
			`Cannot use the ${what} "${number ?? ''}": give simulated seconds per real second, such as 600, or max`,
		);
	return { type, command: 'pace', factor };
}

function stepsOf(text = '1'): number {
	const count = Number(text);
	if (Number.isSafeInteger(count) && count >= 1) return count;
	throw new ConfigError(`Cannot go "${text}" steps: give a whole number, such as 1`);
}
