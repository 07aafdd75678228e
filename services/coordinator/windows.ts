import { NoResponderError } from '../../kernel/bus/bus.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { ClockAnchor } from '../../protocol/pace.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { Command } from '../../protocol/scaling.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Keeper } from './checkpoints.ts';
import { type Clock, type ClockCommand, hostDone, nextWindow } from './clock.ts';
import type { Commands } from './commands.ts';
import { failedError } from './host-failure.ts';
import { windowRefusal } from './host-words.ts';
import type { Question, Questions } from './questions.ts';
import { type CoordinatorLimits, NEVER_MS, type TrustedPlan, type World } from './run-plan.ts';
import type { Waker } from './waker.ts';
import type { Watch } from './watch.ts';

export interface WindowsContext {
	readonly plan: TrustedPlan;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly waker: Waker;
	readonly questions: Questions;
	readonly refusals: Refusals;
	readonly watch: Watch;
	readonly keeper: Keeper;
	readonly commands: Commands;
	/** Whether the run shall end before its time. */
	isStopping(): 'after the window' | 'at once' | null;
	isPaused(): boolean;
	/** The server says that nobody answers for a host. */
	nobodyAnswers(host: string): void;
}

/** Grants window after window at the pace that is wanted, and waits for the word of every host on each. */
export class Windows {
	clock: Clock;
	pace: number | null;
	/** Where real time and simulated time meet; null: before the first window. It outlives setbacks: what was lost is caught up. */
	private anchor: ClockAnchor | null = null;
	private readonly context: WindowsContext;

	constructor(context: WindowsContext, clock: Clock) {
		this.context = context;
		this.clock = clock;
		this.pace = context.plan.pace;
	}

	/** From the clock's time on, until the end or until the run shall stop. */
	async simulate(): Promise<void> {
		const { world, waker, limits, isStopping, isPaused } = this.context;
		const { attempt } = this.clock;
		if (this.anchor === null) this.begin();
		const isOurs = () => isStopping() === null && this.clock.attempt === attempt;
		while (isOurs()) {
			if (isPaused()) {
				world.anchored?.(null);
				while (isOurs() && isPaused()) await waker.sleep(limits.pollMs);
				this.begin();
			}
			if (!isOurs()) return;
			if (this.anchor?.speed !== this.pace) this.begin();
			const [clock, command] = nextWindow(this.clock);
			this.clock = clock;
			if (command.type !== 'grant') return;
			await this.window(command);
			if (this.clock.attempt !== attempt) return;
			const { window, completedUs } = this.clock;
			world.event?.({ event: 'completed', attempt, window, untilUs: completedUs });
			world.windowDone?.(completedUs);
			const dueMs = this.dueMs();
			while (isOurs() && world.nowMs() < dueMs && this.anchor?.speed === this.pace)
				await waker.sleep(Math.min(dueMs - world.nowMs(), limits.pollMs));
		}
	}

	/** From now on simulated time follows real time by the pace that is wanted. */
	private begin(): void {
		const { world } = this.context;
		this.anchor = { realMs: world.nowMs(), simUs: this.clock.completedUs, speed: this.pace };
		world.anchored?.(this.anchor);
	}

	/** When the next window shall begin, by an absolute schedule: lateness of one window does not add to the next. */
	private dueMs(): number {
		const { realMs, simUs, speed } = this.anchor ?? { realMs: 0, simUs: 0, speed: null };
		if (speed === null) return Number.NEGATIVE_INFINITY;
		return realMs + (this.clock.completedUs - simUs) / 1000 / speed;
	}

	private async window(command: ClockCommand & { type: 'grant' }): Promise<void> {
		const { window, fromUs, untilUs } = command;
		const { world, keeper, watch, waker, isStopping } = this.context;
		const { attempt } = this.clock;
		const keep = keeper.isDue();
		if (keep) keeper.begin(attempt, window, fromUs);
		const acting = this.commandsFrom(fromUs);
		const about = { attempt, window, fromUs, untilUs, keep };
		const what = acting.length === 0 ? about : { ...about, commands: acting };
		const grant = { type: 'grant', ...what } as const;
		world.event?.({ event: 'granted', ...what });
		const all = Promise.all(this.clock.hosts.map((host) => this.grant(host, grant)));
		let isOver = false;
		const watched = {
			...{ fromUs, untilUs },
			pending: () => this.clock.pending,
			isOver: () => isOver || isStopping() === 'at once' || this.clock.attempt !== attempt,
		};
		try {
			// Whoever watches ends early only for what others hear of too.
			const watching = watch.during(watched).then(() => all);
			await Promise.race([all, watching]);
		} finally {
			isOver = true;
			waker.wakeAll();
		}
	}

	/** A new command that cannot be logged now, the disk is full, waits for the next window. */
	private commandsFrom(fromUs: SimTime): Command[] {
		const { commands, world } = this.context;
		try {
			const { isNew, acting } = commands.actingFrom(fromUs);
			if (isNew)
				world.notice(`From ${formatSimTime(fromUs)} on: ${acting.at(-1)?.replicas} replicas`);
			return acting;
		} catch (error) {
			world.notice(`A command waits: ${messageOf(error)}`);
			return commands.before(fromUs);
		}
	}

	private async grant(
		host: string,
		grant: Question<never>['message'] & { readonly type: 'grant' },
	): Promise<void> {
		const { plan, world, questions, refusals, keeper, nobodyAnswers } = this.context;
		const question: Question<'done' | 'failed'> = {
			...{ host, message: grant, timeoutMs: NEVER_MS, types: ['done', 'failed'] },
			refusal: (answer) => windowRefusal(plan.roster, host, grant, answer),
		};
		const isStale = () => this.clock.attempt !== grant.attempt;
		try {
			const answer = await questions.ask(question, { patient: true });
			if (isStale()) return;
			if (answer.type === 'failed') throw failedError(answer);
			refusals.hear(host, answer.refusals);
			keeper.heard(host, answer.attempt, answer.kept);
			const { attempt, window, steps } = answer;
			world.event?.({ event: 'done', attempt, window, host, steps });
			this.clock = hostDone(this.clock, host, answer.window);
		} catch (error) {
			if (isStale()) return;
			if (error instanceof NoResponderError) nobodyAnswers(host);
			throw error;
		}
	}
}
