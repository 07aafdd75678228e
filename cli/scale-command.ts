import type { Command } from 'commander';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError } from '../protocol/errors.ts';
import { tellRun } from './ask-run.ts';

/** Adds `gridbeat scale`; `set` takes the exit code. */
export function addScale(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('scale')
		.description(
			'let a run that you have started on this machine have another number of replicas from its next window on',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<replica=count>', 'how many replicas; its scenario needs serving.scaling')
		.action((run: string, count: string) => set(tellRun(run, 'scale', scaled(count))));
}

function scaled(text: string): Control {
	const count = Number(/^replicas?=(\d+)$/.exec(text)?.[1]);
	if (Number.isSafeInteger(count) && count >= 1)
		return {
			...{ type: 'control', command: 'act', by: 'user' },
			what: { type: 'replicas', replicas: count },
		};
	throw new ConfigError(`Cannot scale a run to "${text}": give replica=COUNT, such as replica=8`);
}
