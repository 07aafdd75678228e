import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError, SimulationError } from '../protocol/errors.ts';
import { plainLines } from '../protocol/plain-text.ts';
import { type AskedRun, askRun } from './ask-run.ts';
import { onInterruptions } from './interruptions.ts';
import { printJson } from './json-output.ts';
import { type Sample, stateText } from './state-text.ts';

type Set = (work: Promise<number>) => Promise<void>;

const RUN = 'its id, as in metadata.yaml, or its folder; default: the only one that goes on here';
const NO_LIMITS = { columns: Number.POSITIVE_INFINITY, rows: null };

/** Adds `gridbeat status`; `set` takes the exit code. */
export function addStatus(gridbeat: Command, set: Set): void {
	gridbeat
		.command('status')
		.description('say how a run that you have started on this machine stands, actor by actor')
		.argument('[run]', RUN)
		.option('--json', 'print it as JSON, times in microseconds of simulated time')
		.action((which: string | undefined, { json = false }: { json?: boolean }) =>
			set(status(which, json)),
		);
}

/** Adds `gridbeat top`. */
export function addTop(gridbeat: Command, set: Set): void {
	gridbeat
		.command('top')
		.description('watch a run that you have started on this machine, actor by actor, until it ends')
		.argument('[run]', RUN)
		.option('--every <seconds>', 'between two looks', '1')
		.action((which: string | undefined, { every }: { every: string }) =>
			set(top(which, secondsOf(every))),
		);
}

function secondsOf(text: string): number {
	const seconds = Number(text);
	if (seconds >= 0.1 && seconds <= 3600) return seconds;
	throw new ConfigError(`Cannot look every "${text}" seconds: give 0.1 to 3600`);
}

async function status(which: string | undefined, json: boolean): Promise<number> {
	const run = await askRun(which, 'ask');
	try {
		const now = await sample(run);
		const { type: _, ...state } = now.state;
		if (json) printJson('status', state);
		else process.stdout.write(`${plainLines(stateText(now, null, NO_LIMITS))}\n`);
		return EXIT.done;
	} finally {
		await run.close();
	}
}

async function sample(run: AskedRun): Promise<Sample> {
	const state = await run.ask({ type: 'control', command: 'status' }, 'run-state');
	return { state, atMs: performance.now() };
}

const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const OWN_SCREEN = '\x1b[?25h\x1b[?1049l';
const TO_START = '\x1b[H';
const TO_LINE_END = '\x1b[K';
const TO_SCREEN_END = '\x1b[J';

/** In a terminal a screen that is drawn again and again, elsewhere one text after the other. */
async function top(which: string | undefined, everyS: number): Promise<number> {
	const run = await askRun(which, 'watch');
	const out = process.stdout;
	const over = new AbortController();
	const ignore = onInterruptions(() => over.abort());
	let before: Sample | null = null;
	if (out.isTTY) out.write(OTHER_SCREEN);
	try {
		while (!over.signal.aborted) {
			const now = await sample(run);
			draw(now, before, out);
			before = now;
			await sleep(1000 * everyS, undefined, { signal: over.signal }).catch(() => {});
		}
	} catch (error) {
		// It ended between two looks.
		if (before === null || !(error instanceof SimulationError)) throw error;
	} finally {
		ignore();
		if (out.isTTY) out.write(OWN_SCREEN);
		await run.close();
	}
	const left = over.signal.aborted ? '' : `The run ${run.run} is over\n`;
	out.write(left);
	return EXIT.done;
}

function draw(now: Sample, before: Sample | null, out: NodeJS.WriteStream): void {
	if (!out.isTTY) {
		out.write(`${plainLines(stateText(now, before, NO_LIMITS))}\n\n`);
		return;
	}
	const { columns = 80, rows = 24 } = out;
	const lines = plainLines(stateText(now, before, { columns, rows: rows - 1 })).split('\n');
	out.write(`${TO_START}${lines.join(`${TO_LINE_END}\n`)}${TO_LINE_END}${TO_SCREEN_END}`);
}
