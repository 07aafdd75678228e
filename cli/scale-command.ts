import type { Command } from 'commander';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { askRun } from './ask-run.ts';

/** Adds `gridbeat scale`; `set` takes the exit code. */
export function addScale(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('scale')
		.description(
			'let a run that you have started on this machine have another number of replicas from its next window on',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<replica=count>', 'how many replicas; its scenario needs serving.scaling')
		.action((run: string, count: string) => set(scaleRun(run, countOf(count))));
}

function countOf(text: string): number {
	const count = Number(/^replicas?=(\d+)$/.exec(text)?.[1]);
	if (Number.isSafeInteger(count) && count >= 1) return count;
	throw new ConfigError(`Cannot scale a run to "${text}": give replica=COUNT, such as replica=8`);
}

async function scaleRun(which: string, replicas: number): Promise<number> {
	const run = await askRun(which, 'scale');
	try {
		await run.ask({ type: 'control', command: 'scale', replicas }, 'ok');
		return EXIT.done;
	} finally {
		await run.close();
	}
}
