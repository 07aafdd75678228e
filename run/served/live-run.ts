import { basename, join } from 'node:path';
import type { Command, CommandBy } from '../../protocol/commands.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { RunState } from '../../protocol/status-messages.ts';
import type { SimTime } from '../../protocol/time.ts';
import { MONITOR } from '../../services/gateway/monitor/outside-key.ts';
import { MonitorView } from '../../services/gateway/monitor/view.ts';
import { EXCHANGE, Exchange } from '../../services/gateway/openai/exchange.ts';
import type {
	RunListing,
	RunRecord,
	ServedRun,
	StartOptions,
} from '../../services/gateway/runs-host.ts';
import type { Snapshot } from '../../services/gateway/snapshot.ts';
import type { RunHandle } from '../launch/run-handle.ts';
import { type Plan, runId } from '../resolve/plan.ts';
import { type ScenarioSource, scenarioFrom } from '../resolve/scenario-source.ts';
import { type RunOptions, runScenario } from '../run-scenario.ts';
import { EmptyRecord } from './empty-record.ts';
import { refuseUntrusted } from './untrusted-scenario.ts';

/** Where runs that are started here are, and what they are told. */
export interface LiveRunContext {
	readonly root: string;
	readonly env: RunOptions['env'];
	/** Folders whose files a scenario may name that comes without a token, beside those that ship. */
	readonly data: readonly string[];
	readonly onNotice: (text: string) => void;
}

interface Made {
	readonly monitor: MonitorView;
	readonly exchange: Exchange;
	readonly control: RunHandle;
	readonly ended: Promise<void>;
}

/** A run that goes on in this process, and is seen and controlled from outside. */
export class LiveRun implements ServedRun {
	/** The name of its folder, as for runs that are over. */
	readonly id: string;
	readonly folder: string;
	readonly #plan: Plan;
	readonly #listeners = new Set<(event: RunEvent) => void>();
	/** What its monitor remembers. */
	readonly monitor: MonitorView;
	readonly exchange: Exchange;
	readonly #control: RunHandle;
	#simulatedUs: SimTime = 0;
	#isOver = false;
	#end: RunEvent | null = null;
	/** Resolves when the run is over and its report is written. */
	readonly ended: Promise<void>;

	private constructor(plan: Plan, { monitor, exchange, control, ended }: Made) {
		this.monitor = monitor;
		this.exchange = exchange;
		this.ended = ended;
		this.#plan = plan;
		this.#control = control;
		this.id = basename(plan.folder);
		this.folder = plan.folder;
	}

	/**
	 * Runs something so that it is seen and can be controlled from outside.
	 *
	 * @param options of the run; what it is told goes there too
	 * @param go runs it
	 * @param begun hears of it when it is certain that it begins
	 * @throws what `go` throws
	 */
	static async follow<T>(
		options: RunOptions,
		go: (options: RunOptions) => Promise<T>,
		begun: (run: LiveRun) => void,
	): Promise<T> {
		const [monitor, exchange] = [new MonitorView(), new Exchange(after)];
		let control: RunHandle | null = null;
		let run: LiveRun | null = null;
		let isEnded = () => {};
		const ended = new Promise<void>((done) => {
			isEnded = done;
		});
		try {
			return await go({
				...options,
				outside: { ...options.outside, [MONITOR]: monitor, [EXCHANGE]: exchange },
				onHandle(handle) {
					control = handle;
					options.onHandle?.(handle);
				},
				onPlan(plan) {
					if (control !== null) run = new LiveRun(plan, { monitor, exchange, control, ended });
					options.onPlan?.(plan);
				},
				onEvent(event) {
					options.onEvent?.(event);
					run?.heard(event);
					// From here on it is the folder that says what came of it.
					if (event.event === 'begun' && run !== null) begun(run);
				},
			});
		} catch (error) {
			(run as LiveRun | null)?.over(messageOf(error));
			throw error;
		} finally {
			(run as LiveRun | null)?.over(null);
			exchange.over('the run is over');
			isEnded();
		}
	}

	/**
	 * Begins a run, which goes on by itself.
	 *
	 * @throws ConfigError for what cannot be run
	 */
	static async start(
		scenario: unknown,
		asked: StartOptions,
		context: LiveRunContext,
	): Promise<LiveRun> {
		const { id, speed } = asked;
		const { root, env, data, onNotice } = context;
		// A text is never taken for the path of a file.
		const source = typeof scenario === 'string' ? `${scenario}\n` : scenario;
		const read = scenarioFrom(source as ScenarioSource);
		if (!asked.isTrusted) refuseUntrusted(read, data);
		const paced = speed === undefined ? read : { ...read, pace: speed };
		const name = id ?? runId(read, Date.now());
		const where = { id: name, out: join(root, name) };
		return new Promise((resolve, reject) => {
			const go = (options: RunOptions) => runScenario(paced, options);
			LiveRun.follow({ env, onNotice, ...where }, go, resolve).catch((error: unknown) => {
				reject(error);
				onNotice(messageOf(error));
			});
		});
	}

	get isOver(): boolean {
		return this.#isOver;
	}

	/** The run in a line: what its folder says, and what is known beyond that. */
	listing(recorded: RunListing | null): RunListing {
		const { scenario, frame } = this.#plan;
		const { stepUs, untilUs, location } = frame;
		const live = { isLive: true, simulatedUs: this.#simulatedUs };
		if (recorded !== null) return { ...recorded, ...live };
		return {
			...{ id: this.id, status: 'starting', name: scenario.name, location: location.name },
			...{ startedAt: null, endedAt: null, simStart: null, timezone: location.timeZone },
			...{ stepUs, untilUs, reason: null, ...live },
		};
	}

	/** What is recorded before there is a folder. */
	recordBeforeItsFolder(): RunRecord {
		return new EmptyRecord(this.listing(null), this.#plan.scenario);
	}

	heard(event: RunEvent): void {
		if (event.event === 'completed') this.#simulatedUs = event.untilUs;
		// Whoever hears of the end reads the folder next: it is told when that is in order.
		if (event.event === 'ended') this.#end = event;
		else this.#tell(event);
	}

	/** @param reason why it could not go on, where nobody else has said so */
	over(reason: string | null): void {
		if (this.#isOver) return;
		this.#isOver = true;
		const simulatedUntilUs = this.#simulatedUs;
		const [outcome, text] = reason === null ? ['complete', ''] : ['failed', reason];
		this.#tell(
			this.#end ?? {
				...{ event: 'ended', outcome: outcome as 'complete' | 'failed', text, simulatedUntilUs },
				...{ refused: 0, duplicates: 0, setbacks: 0, checkpoints: 0, actor: null, timeUs: null },
			},
		);
	}

	#tell(event: RunEvent): void {
		for (const listener of [...this.#listeners]) listener(event);
	}

	pause(): void {
		this.#control.pause();
	}

	resume(): void {
		this.#control.resume();
	}

	step(count?: number): Promise<void> {
		return this.#control.step(count);
	}

	setSpeed(factor: number | null): void {
		this.#control.setSpeed(factor);
	}

	stop(): void {
		this.#control.stop();
	}

	command(command: Command, by: CommandBy): Promise<string | null> {
		return this.#control.command(command, by);
	}

	controls(): ReturnType<RunHandle['controls']> {
		return this.#control.controls();
	}

	state(): Promise<RunState> {
		return this.#control.state();
	}

	onEvent(listener: (event: RunEvent) => void): () => void {
		this.#listeners.add(listener);
		return () => void this.#listeners.delete(listener);
	}

	onStep(listener: () => void): () => void {
		return this.monitor.onStep(listener);
	}

	snapshot(): Snapshot | null {
		const snapshot = this.monitor.snapshot();
		if (snapshot === null) return null;
		const { simUs, sites, replicas } = snapshot;
		return {
			simUs,
			sites: sites.map((site) => ({
				...site,
				actors: site.actors.map((actor) => ({ ...actor })),
				batteries: site.batteries.map((battery) => ({ ...battery })),
			})),
			replicas: replicas.map((replica) => ({ ...replica })),
		};
	}
}

/** Requests from outside wait for their time here. */
function after(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, ms);
	return () => clearTimeout(timer);
}
