import { NoResponderError } from '../../kernel/bus/bus.ts';
import type { Command } from '../../protocol/commands.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import { formatSimTime, SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { Keeper } from './checkpoints.ts';
import { type Clock, type ClockCommand, hostDone, nextWindow } from './clock.ts';
import { type Commands, commandsText } from './commands.ts';
import { failedError } from './host-failure.ts';
import { windowRefusal } from './host-words.ts';
import type { Question, Questions } from './questions.ts';
import { type CoordinatorLimits, NEVER_MS, type TrustedPlan, type World } from './run-plan.ts';
import { Schedule, type ScheduleStanding } from './schedule.ts';
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
	/** Ends the run here. */
	stop(): void;
	/** The server says that nobody answers for a host. */
	nobodyAnswers(host: string): void;
}

interface Steps {
	left: number;
	over(): void;
}

/** A paced window takes at least so long, so that it costs little of it to agree on it. */
const PACED_WINDOW_S = 0.02;

/** Grants window after window at the pace that is wanted, and waits for the word of every host on each. */
export class Windows {
	clock: Clock;
	readonly schedule: Schedule;
	/** Steps that are simulated although the run pauses. */
	private steps: Steps | null = null;
	private isOver = false;
	/** How late the last window was granted. */
	private lateMs = 0;
	private hasBegun: boolean;
	private readonly context: WindowsContext;

	constructor(context: WindowsContext, clock: Clock) {
		this.context = context;
		this.clock = clock;
		const { plan, world } = context;
		const before = plan.from?.wishes?.schedule ?? null;
		const anchored: World['anchored'] = (anchor) => world.anchored?.(anchor);
		this.hasBegun = before !== null;
		this.schedule =
			before === null ? new Schedule(plan.pace, anchored) : Schedule.from(before, anchored);
	}

	get pace(): number | null {
		return this.schedule.pace;
	}

	/** When simulated times are due; null before the first window. */
	get standing(): ScheduleStanding | null {
		return this.hasBegun ? this.schedule.standing : null;
	}

	/** From where it is on: simulated seconds per second; null: as fast as possible. */
	setPace(factor: number | null): void {
		this.schedule.change(factor, this.context.world.nowMs(), this.clock.grantedUntilUs);
		this.lateMs = 0;
	}

	/** How far it is behind its schedule, real milliseconds; null: it has none. */
	get lagMs(): number | null {
		if (this.pace === null) return null;
		if (this.context.isPaused() || !this.hasBegun) return 0;
		const { pending, grantedUntilUs, completedUs } = this.clock;
		const nowMs = this.context.world.nowMs();
		if (pending.length === 0) return this.schedule.latenessMs(nowMs, completedUs);
		return Math.max(this.lateMs, this.schedule.latenessMs(nowMs, grantedUntilUs));
	}

	/** So many more steps while the run pauses; resolves when they are simulated, or nobody wants them any more. */
	step(count: number): Promise<void> {
		this.steps?.over();
		if (this.isOver) return Promise.resolve();
		return new Promise((over) => {
			this.steps = { left: count, over };
			this.context.waker.wakeAll();
		});
	}

	/** Goes no more single steps. */
	endSteps(): void {
		this.steps?.over();
		this.steps = null;
	}

	/** The run is over: nobody who wants a step from here on waits for it. */
	close(): void {
		this.isOver = true;
		this.endSteps();
	}

	/** From the clock's time on, until the end or until the run shall stop. */
	async simulate(): Promise<void> {
		const { world, isStopping, isPaused } = this.context;
		const { attempt } = this.clock;
		const isOurs = () => isStopping() === null && this.clock.attempt === attempt;
		// One that goes back keeps to its schedule.
		if (!this.hasBegun) this.schedule.begin(world.nowMs(), this.clock.completedUs);
		this.hasBegun = true;
		// Somebody let it go on while its hosts gathered.
		if (!isPaused()) this.schedule.resume(world.nowMs());
		for (;;) {
			const isStep = await this.turn(isOurs);
			if (!isOurs()) return;
			const { commands, plan } = this.context;
			const endUs = plan.stopUs ?? plan.untilUs;
			if (this.clock.completedUs >= endUs && endUs < plan.untilUs) return this.context.stop();
			const cutUs = Math.min(commands.nextUs(this.clock.completedUs), endUs);
			const [clock, command] = nextWindow(this.clock, this.lengthUs(isStep), cutUs);
			this.clock = clock;
			if (command.type !== 'grant') return;
			this.lateMs = this.schedule.latenessMs(world.nowMs(), command.fromUs);
			await this.window(command);
			if (this.clock.attempt !== attempt) return;
			const { window, completedUs } = this.clock;
			world.event?.({ event: 'completed', attempt, window, untilUs: completedUs });
			world.windowDone?.(completedUs);
			if (isStep) this.stepDone();
		}
	}

	/** Waits until the next window may begin. @returns whether it is a single step of a run that pauses */
	private async turn(isOurs: () => boolean): Promise<boolean> {
		const { waker, limits, isPaused, world } = this.context;
		for (;;) {
			await this.due(() => isOurs() && !isPaused());
			if (!isOurs() || !isPaused()) return false;
			this.schedule.pause(world.nowMs(), this.clock.completedUs);
			while (isOurs() && isPaused() && this.steps === null) await waker.sleep(limits.pollMs);
			// One that is set back, or led by another from here on, stands still where it did.
			if (!isOurs()) return false;
			if (isPaused()) {
				this.schedule.stepFrom(world.nowMs(), this.clock.completedUs);
				return true;
			}
			this.schedule.resume(world.nowMs());
		}
	}

	/** Waits until what is simulated so far is due. */
	private async due(isOurs: () => boolean): Promise<void> {
		const { world, waker, limits } = this.context;
		for (;;) {
			const waitMs = this.schedule.dueMs(this.clock.completedUs) - world.nowMs();
			if (waitMs <= 0 || !isOurs()) return;
			await waker.sleep(Math.min(waitMs, limits.pollMs));
		}
	}

	private lengthUs(isStep: boolean): SimTime {
		const { leastUs, windowUs } = this.clock;
		if (isStep) return leastUs;
		if (this.pace === null) return windowUs;
		const steps = Math.floor((PACED_WINDOW_S * this.pace * SECOND_US) / leastUs);
		return Math.min(windowUs, leastUs * Math.max(1, steps));
	}

	private stepDone(): void {
		const { steps } = this;
		this.schedule.stepTo(this.clock.completedUs);
		if (steps === null) return;
		steps.left--;
		if (steps.left > 0) return;
		this.steps = null;
		steps.over();
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
			const { fresh, acting } = commands.actingFrom(fromUs);
			// What feeds give comes too often to be said.
			const told = fresh.filter(({ type }) => type !== 'signal');
			if (told.length > 0) world.notice(`From ${formatSimTime(fromUs)} on: ${commandsText(told)}`);
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
