import { NoResponderError } from '../../kernel/bus/bus.ts';
import { LostError, type SimulationError } from '../../protocol/errors.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import {
	explainWait,
	type HostState,
	heldBy,
	isDeadlocked,
	isHung,
	meanProgressUs,
	progressOf,
} from './diagnosis.ts';
import type { RunPlan, World } from './run-plan.ts';
import { type CoordinatorLimits, LAST_MULTIPLE, NOTICE_MULTIPLES } from './run-plan.ts';
import type { Waker } from './waker.ts';

/** A status request waits at least this long, however short the limits: a busy machine is late. */
const STATUS_MS = 1_000;

export interface WatchContext {
	readonly plan: RunPlan;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly waker: Waker;
	/** Asks a host how far it is; throws like a bus. */
	ask(host: string, timeoutMs: number): Promise<StatusReport>;
	/** Hosts that neither answer nor work. */
	onHung(hosts: readonly string[], error: SimulationError): void;
	/** Nobody listens to the host's subject. */
	onGone(host: string): void;
}

/** A window that is being simulated. */
export interface WatchedWindow {
	readonly fromUs: SimTime;
	readonly untilUs: SimTime;
	/** Hosts that are not done. */
	pending(): readonly string[];
	isOver(): boolean;
}

/**
 * Tells slow hosts from dead ones. A host is asked on a subject of its own, over a connection of its own, so that no
 * readings stand before the question. One that answers, or whose process works, is slow: that is said, and waited for.
 * One that does neither while nobody gets any further is dead.
 */
export class Watch {
	private readonly context: WatchContext;
	/** What keeps the run, as it was said; null: nothing does. */
	private held: string | null = null;

	constructor(context: WatchContext) {
		this.context = context;
	}

	/** True while something beside the simulation keeps the run, and it waits for that to pass. */
	get isHeld(): boolean {
		return this.held !== null;
	}

	/**
	 * While a window lasts: asks the hosts that are not done how far they are, and says so if it takes long.
	 *
	 * @throws LostError if nobody can go on: something that was said did not arrive
	 */
	async during(window: WatchedWindow): Promise<void> {
		try {
			await this.lookOn(window);
		} finally {
			this.hold([], '');
		}
	}

	private async lookOn(window: WatchedWindow): Promise<void> {
		const { world, waker, limits } = this.context;
		let movedMs = world.nowMs();
		let notices = 0;
		let stuckFor = 0;
		let before = -1;
		for (;;) {
			await waker.sleep(limits.pollMs);
			if (window.isOver()) return;
			const states = await this.ask(window.pending());
			if (window.isOver()) return;
			const progress = progressOf(states);
			const nowMs = world.nowMs();
			if (progress !== before) movedMs = nowMs;
			stuckFor = progress === before && isDeadlocked(states, window.untilUs) ? stuckFor + 1 : 0;
			before = progress;
			this.tellProgress(states, window);
			if (this.hold(states, `after ${formatSimTime(window.fromUs)}`)) movedMs = nowMs;
			if (stuckFor >= 3) throw this.stall('nobody can go on', states, window);
			const waitedMs = nowMs - movedMs;
			if (waitedMs < limits.waitLimitMs) notices = 0;
			if (waitedMs < noticeMultiple(notices) * limits.waitLimitMs) continue;
			notices++;
			const seconds = Math.round(waitedMs / 1000);
			if (waitedMs >= LAST_MULTIPLE * limits.waitLimitMs && states.some(isHung)) {
				const hung = states.filter(isHung).map(({ host }) => host);
				this.context.onHung(hung, this.stall(`no sign of life for ${seconds} s`, states, window));
				return;
			}
			world.notice(
				`Waiting since ${seconds} s for the window to ${formatSimTime(window.untilUs)}: ${explainWait(states, window.untilUs)}`,
			);
		}
	}

	/** While something is asked of hosts: asks also how far they are, by which what was lost is known. */
	async until<T>(work: Promise<T>, hosts: readonly string[]): Promise<T> {
		let isOver = false;
		const over = work.finally(() => {
			isOver = true;
		});
		over.catch(() => {});
		void this.askOften(hosts, () => isOver);
		return over;
	}

	private async askOften(hosts: readonly string[], isOver: () => boolean): Promise<void> {
		const { waker, limits } = this.context;
		for (;;) {
			await waker.sleep(limits.pollMs);
			if (isOver()) return;
			await this.ask(hosts);
		}
	}

	/** How far hosts are, and whether those that do not answer work. */
	async ask(hosts: readonly string[]): Promise<HostState[]> {
		return Promise.all(hosts.map((host) => this.askOne(host)));
	}

	/** Asks a host that ends its work; false for one that neither answers nor works. */
	async isEnding(host: string): Promise<'held' | 'at work' | false> {
		const state = await this.askOne(host);
		if (this.hold([state], 'at the end')) return 'held';
		return isHung(state) ? false : 'at work';
	}

	/** Says once that something keeps the run, and once that it goes on. Returns whether something does. */
	private hold(states: readonly HostState[], when: string): boolean {
		const { held } = this;
		const reason = heldBy(states);
		this.held = reason;
		const { notice } = this.context.world;
		if (reason !== null && held === null)
			notice(`Paused ${when}, until that is mended (Ctrl-C ends the run): ${reason}`);
		else if (reason === null && held !== null) notice('Nothing keeps the run any more; going on');
		return reason !== null;
	}

	/** True for a host that answers or whose process works. */
	async isAlive(host: string): Promise<boolean> {
		const state = await this.askOne(host);
		if (heldBy([state]) !== null) this.hold([state], 'before it goes on');
		return !isHung(state);
	}

	private async askOne(host: string): Promise<HostState> {
		const { limits, world } = this.context;
		const timeoutMs = Math.max(limits.pollMs, STATUS_MS);
		try {
			const report = await this.context.ask(host, timeoutMs);
			world.isAtWork?.(host);
			return { host, report, isAtWork: true };
		} catch (error) {
			if (error instanceof NoResponderError) this.context.onGone(host);
			return { host, report: null, isAtWork: world.isAtWork?.(host) ?? false };
		}
	}

	/** Hosts that are done have come to the window's end. */
	private tellProgress(states: readonly HostState[], { fromUs, untilUs }: WatchedWindow): void {
		const { plan, world } = this.context;
		const names = new Set(states.map(({ host }) => host));
		const done = plan.roster.filter(({ host }) => !names.has(host)).length;
		world.underWay?.(meanProgressUs(states, { done, fromUs, untilUs }));
	}

	private stall(what: string, states: readonly HostState[], window: WatchedWindow): LostError {
		const first = states.find(isHung) ?? states[0];
		const actor = this.context.plan.roster.find((entry) => entry.host === first?.host)?.name;
		const timeUs = window.fromUs;
		return new LostError(
			`Cannot go on after ${formatSimTime(timeUs)} of simulated time, ${what}: ${explainWait(states, window.untilUs)}`,
			{ ...(actor === undefined ? {} : { actor }), timeUs },
		);
	}
}

/** After the last of the multiples each notice comes after twice the time of the one before. */
function noticeMultiple(notices: number): number {
	const later = notices - NOTICE_MULTIPLES.length + 1;
	return NOTICE_MULTIPLES[notices] ?? LAST_MULTIPLE * 2 ** later;
}
