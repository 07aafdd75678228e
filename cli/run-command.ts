import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { summaryJson } from '../results/report/summary-rows.ts';
import { reportedTable } from '../results/report/text.ts';
import { standingOf } from '../run/launch/resume-files.ts';
import { makePlan } from '../run/make-plan.ts';
import type { Plan } from '../run/resolve/plan.ts';
import type { ValueOrigins } from '../run/resolve/value-origins.ts';
import type { RunProgress } from '../run/run-progress.ts';
import { RunAborted, RunFailed, type RunResult } from '../run/run-result.ts';
import { type RunOptions, resumeRun, runScenario } from '../run/run-scenario.ts';
import { printDryRun, printScenario } from './describe-plan.ts';
import { estimateLines } from './estimate-lines.ts';
import { onInterruptions } from './interruptions.ts';
import { type Printed, printJson } from './json-output.ts';
import { type LogFlags, type Watching, watchingFor } from './log-flags.ts';
import { type ProgressView, progressView, silentView } from './progress-view.ts';
import { errorOf } from './report-failure.ts';
import { say } from './say.ts';

export interface RunFlags {
	readonly out?: string;
	readonly id?: string | undefined;
	readonly json: boolean;
	/** Where the values of the scenario are from; default: not known. */
	readonly origins?: ValueOrigins | undefined;
	/** What is said when the run begins of what went of the default scenario; null: nothing. */
	readonly leftOut?: string | null;
	/** All figures at the end. */
	readonly verbose: boolean;
	readonly dryRun: boolean;
	readonly overwrite: boolean;
	/** Goes on with the run that is in the folder, if it has not reached its end. */
	readonly resume?: boolean;
	/** Takes the folder from a process that cannot be seen from here. */
	readonly takeOver?: boolean;
	/** The command line that was given, to repeat the run. */
	readonly command: string;
	/** Says how to reach NATS. */
	readonly env: NatsEnv;
	/** What is written beside the run for whoever watches it. */
	readonly logs?: LogFlags;
	/** Where it is served over HTTP while it goes on; left out: nowhere. */
	readonly serve?: string | undefined;
}

/** `gridbeat run`: from a scenario to a run folder with its report. Returns the exit code. */
export async function runCommand(scenario: Scenario, flags: RunFlags): Promise<number> {
	const { out, id, overwrite, command, env, json, origins, leftOut = null } = flags;
	if (flags.dryRun) {
		const plan = await makePlan(scenario, { out, id, command, origins, asks: false });
		if (leftOut !== null) say(leftOut);
		printDryRun(plan, json);
		return EXIT.done;
	}
	const { takeOver = false, logs = {} } = flags;
	const terminal = { json, verbose: flags.verbose, logs };
	if (flags.resume === true) {
		if (out === undefined)
			throw new ConfigError('Cannot go on with a run without its folder: give --out');
		const standing = standingOf(out);
		if (standing === 'complete') {
			say(`The run in ${out} is complete`);
			return EXIT.done;
		}
		if (standing === 'resumable') {
			say(`Going on with the run in ${out} as it was begun`);
			return inTerminal(terminal, (heard) =>
				served({ ...heard, env, out }, flags, (options) =>
					resumeRun(out, { ...options, env, takeOver }),
				),
			);
		}
	}
	return inTerminal(terminal, (heard) => {
		const onPlan: Heard['onPlan'] = (plan) => {
			if (leftOut !== null) say(leftOut);
			heard.onPlan?.(plan);
		};
		const options = { ...heard, onPlan, out, id, overwrite, command, env, takeOver, origins };
		return served(options, flags, (all) => runScenario(scenario, all));
	});
}

/** Runs something, over HTTP too where that is wanted: the server is read only then. */
async function served<T>(
	options: RunOptions,
	{ serve }: RunFlags,
	go: (options: RunOptions) => Promise<T>,
): Promise<T> {
	if (serve === undefined) return go(options);
	const { serveRun } = await import('./serve-command.ts');
	return serveRun(serve, options, go);
}

/** What a run is told of its terminal. */
type Heard = Pick<
	RunOptions,
	'signal' | 'stopAtOnce' | 'onPlan' | 'onProgress' | 'onNotice' | 'onEvent' | 'isReachable'
>;

/** What is printed at the end, and what is written beside the run. */
interface Shown {
	readonly json: boolean;
	/** All figures, and not only what the run comes to. */
	readonly verbose: boolean;
	readonly logs: LogFlags;
}

/** Runs something in this terminal and prints what came of it. Returns the exit code. */
export async function inTerminal(
	{ json, verbose, logs }: Shown,
	run: (heard: Heard) => Promise<RunResult>,
): Promise<number> {
	const terminal = new RunTerminal(json);
	let watching: Watching | null = null;
	try {
		watching = await watchingFor(logs, (text) => terminal.notice(text));
		const { log, event } = watching;
		const { signal, stopAtOnce } = terminal;
		const result = await run({
			isReachable: true,
			...{ signal, stopAtOnce },
			onPlan(plan) {
				log?.about({ run: plan.run });
				terminal.begin(plan);
			},
			onEvent: event,
			onProgress: (progress) => terminal.progress(progress),
			onNotice: (text) => terminal.notice(text),
		});
		terminal.end();
		print(result, { json, verbose });
		return EXIT.done;
	} catch (error) {
		terminal.end();
		if (!(error instanceof RunAborted || error instanceof RunFailed)) {
			watching?.log?.event({ event: 'error', text: messageOf(error) });
			throw error;
		}
		const code = error instanceof RunAborted ? EXIT.interrupted : EXIT.failed;
		if (error.result !== null) print(error.result, { json, verbose, error: errorOf(error, code) });
		else if (json) printJson('error', { error: errorOf(error, code) });
		process.stderr.write(`${error.message}\n`);
		return code;
	} finally {
		watching?.close();
	}
}

/** What a run says in a terminal, and what its user wants of it there. */
class RunTerminal {
	readonly #json: boolean;
	readonly #stop = new AbortController();
	readonly #stopAtOnce = new AbortController();
	readonly signal = this.#stop.signal;
	readonly stopAtOnce = this.#stopAtOnce.signal;
	/** Null before there is something to show, and after. */
	#view: ProgressView | null = null;
	#hasBegun = false;
	readonly #stopListening = onInterruptions(() => this.#interrupt());

	constructor(json: boolean) {
		this.#json = json;
	}

	begin(plan: Plan): void {
		// Before there is a bar: while it is there, terminals cut what is longer than a line.
		if (!this.#json) printScenario(plan);
		else for (const line of [plan.sharing, ...estimateLines(plan)]) if (line !== null) say(line);
		this.#view = this.#json ? silentView(say) : progressView(plan.frame.untilUs, process.stdout);
	}

	progress(progress: RunProgress): void {
		if (progress.phase === 'reporting') this.end();
		else if (progress.phase === 'begun') this.#hasBegun = true;
		else this.#view?.show(progress);
	}

	notice(text: string): void {
		if (this.#view === null) say(text);
		else this.#view.notice(text);
	}

	end(): void {
		this.#view?.end();
		this.#view = null;
		this.#stopListening();
	}

	#interrupt(): void {
		if (this.#stop.signal.aborted) this.#stopAtOnce.abort();
		else if (this.#hasBegun)
			this.notice('Stopping after this window (Ctrl-C again to stop at once)');
		this.#stop.abort();
	}
}

/** What is printed at the end, and why it is an end before its time. */
type Ended = Omit<Shown, 'logs'> & { readonly error?: Printed<'error'>['error'] };

function print(result: RunResult, { json, verbose, ...why }: Ended): void {
	const { summary, report } = result;
	if (json) {
		printJson('run', { ...result, summary: summaryJson(summary), ...why });
		return;
	}
	process.stdout.write(
		`${reportedTable(summary, verbose)}\nReport: ${report}${verbose ? '' : '\nAll figures: -v, or gridbeat report RUN'}\n`,
	);
}
