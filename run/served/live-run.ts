import { join } from 'node:path';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { RunState } from '../../protocol/status-messages.ts';
import type { SimTime } from '../../protocol/time.ts';
import { MONITOR, MonitorView } from '../../services/gateway/monitor/view.ts';
import { EXCHANGE, Exchange } from '../../services/gateway/openai/exchange.ts';
import type {
	ControlledRun,
	RunListing,
	RunRecord,
	ServedRun,
	StartOptions,
} from '../../services/gateway/runs-host.ts';
import type { Snapshot } from '../../services/gateway/snapshot.ts';
import type { Plan } from '../resolve/plan.ts';
import { type ScenarioSource, scenarioFrom } from '../resolve/scenario-source.ts';
import { type RunOptions, runScenario } from '../run-scenario.ts';
import { EmptyRecord } from './empty-record.ts';

/** Where runs that are started here are, and what they are told. */
export interface LiveRunContext {
	readonly root: string;
	readonly env: RunOptions['env'];
	readonly onNotice: (text: string) => void;
}

interface Made {
	readonly monitor: MonitorView;
	readonly exchange: Exchange;
	readonly stop: AbortController;
	readonly ended: Promise<void>;
}

/** A run that goes on in this process, and is seen and controlled from outside. */
export class LiveRun implements ServedRun {
	readonly id: string;
	readonly folder: string;
	readonly #plan: Plan;
	readonly #listeners = new Set<(event: RunEvent) => void>();
	/** What its monitor remembers. */
	readonly monitor: MonitorView;
	readonly exchange: Exchange;
	readonly #stop: AbortController;
	#control: ControlledRun | null = null;
	#simulatedUs: SimTime = 0;
	#isOver = false;
	/** Resolves when the run is over and its report is written. */
	readonly ended: Promise<void>;

	private constructor(plan: Plan, { monitor, exchange, stop, ended }: Made) {
		this.monitor = monitor;
		this.exchange = exchange;
		this.ended = ended;
		this.#plan = plan;
		this.#stop = stop;
		this.id = plan.run;
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
		const [stop, monitor] = [new AbortController(), new MonitorView()];
		const exchange = new Exchange(after);
		let run: LiveRun | null = null;
		let isEnded = () => {};
		const ended = new Promise<void>((done) => {
			isEnded = done;
		});
		try {
			const { signal, outside } = options;
			return await go({
				...options,
				signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
				outside: { ...outside, [MONITOR]: monitor, [EXCHANGE]: exchange },
				onPlan(plan) {
					run = new LiveRun(plan, { monitor, exchange, stop, ended });
					options.onPlan?.(plan);
				},
				onEvent(event) {
					options.onEvent?.(event);
					run?.heard(event);
					// From here on it is the folder that says what came of it.
					if (event.event === 'begun' && run !== null) begun(run);
				},
			});
		} finally {
			(run as LiveRun | null)?.over();
			exchange.over('the run is over');
			isEnded();
		}
	}

	/**
	 * Begins a run, which goes on by itself.
	 *
	 * @throws ConfigError for what cannot be run
	 */
	static start(scenario: unknown, asked: StartOptions, context: LiveRunContext): Promise<LiveRun> {
		const { id, speed } = asked;
		const { root, env, onNotice } = context;
		const read = scenarioFrom(scenario as ScenarioSource);
		const paced = speed === undefined ? read : { ...read, pace: speed };
		const where = id === undefined ? {} : { id, out: join(root, id) };
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
		const { scenario, frame, run } = this.#plan;
		const { stepUs, untilUs, location } = frame;
		const live = { isLive: true, simulatedUs: this.#simulatedUs };
		if (recorded !== null) return { ...recorded, ...live };
		return {
			...{ id: run, status: 'starting', name: scenario.name, location: location.name },
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
		for (const listener of [...this.#listeners]) listener(event);
	}

	over(): void {
		this.#isOver = true;
	}

	pause(): void {
		this.#controlled().pause();
	}

	resume(): void {
		this.#controlled().resume();
	}

	async step(count?: number): Promise<void> {
		await this.#controlled().step(count);
	}

	setSpeed(factor: number | null): void {
		this.#controlled().setSpeed(factor);
	}

	stop(): void {
		this.#stop.abort();
	}

	async command(_command: unknown): Promise<string | null> {
		return 'it takes none yet';
	}

	async state(): Promise<RunState> {
		return this.#controlled().state();
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

	#controlled(): ControlledRun {
		if (this.#control !== null) return this.#control;
		throw new SimulationError(`Cannot control the run "${this.id}": it is not under way`);
	}
}

/** Requests from outside wait for their time here. */
function after(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, ms);
	return () => clearTimeout(timer);
}
