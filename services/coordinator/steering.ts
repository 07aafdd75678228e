import type { Bus } from '../../kernel/bus/bus.ts';
import { encode } from '../../protocol/codec.ts';
import type { Command, CommandBy, ControlSpec, TakesCommands } from '../../protocol/commands.ts';
import type { Control, Proposal } from '../../protocol/control-messages.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { RunState } from '../../protocol/status-messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Commands } from './commands.ts';
import type { Membership } from './membership.ts';
import type { World } from './run-plan.ts';
import type { Waker } from './waker.ts';
import type { Windows } from './windows.ts';

export interface SteeringContext {
	readonly subjects: RunSubjects;
	readonly refusals: Refusals;
	readonly world: Pick<World, 'nowMs' | 'event'>;
	readonly waker: Waker;
	readonly windows: Windows;
	readonly commands: Commands;
	readonly membership: Pick<Membership, 'joined' | 'ready' | 'seatOf'>;
	/** How the run stands. */
	state(): Promise<RunState>;
	/** Lets the run pause between two windows, as soon as it can. */
	setPaused(isPaused: boolean): void;
	/** Ends it after its window. */
	stop(): void;
}

/** A control, and whose it is. */
export interface ControlOf extends ControlSpec {
	readonly actor: string;
}

/** What users, programs and hosts want of a run while it goes on. */
export class Steering {
	private readonly context: SteeringContext;

	constructor(context: SteeringContext) {
		this.context = context;
	}

	/**
	 * Hears it from now on.
	 *
	 * @param controls the bus with the control key of the run
	 * @param bus that of the run
	 */
	listen(controls: Bus, bus: Bus): void {
		const { subjects, refusals } = this.context;
		const { control: subject, proposals } = subjects;
		controls.subscribe(
			subject,
			guarded({ subject, refusals, types: ['control'] }, (message) => this.control(message)),
		);
		bus.subscribe(
			proposals,
			guarded({ subject: proposals, refusals, types: ['proposal'] }, (message) => {
				this.hear(message);
				return undefined;
			}),
		);
	}

	pause(): void {
		const { windows, waker, world } = this.context;
		this.context.setPaused(true);
		world.event?.({ event: 'paused', atUs: windows.clock.completedUs });
		waker.wakeAll();
	}

	resume(): void {
		const { windows, waker, world } = this.context;
		this.context.setPaused(false);
		windows.endSteps();
		world.event?.({ event: 'resumed', atUs: windows.clock.completedUs });
		waker.wakeAll();
	}

	/** Pauses, and lets so many steps be simulated. Resolves when they are, or nobody wants them any more. */
	step(count: number): Promise<void> {
		this.context.setPaused(true);
		return this.context.windows.step(count);
	}

	/** Simulated seconds per second of real time; null: as fast as possible. */
	setSpeed(factor: number | null): void {
		const { windows, waker, world } = this.context;
		windows.setPace(factor);
		world.event?.({ event: 'paced', factor });
		waker.wakeAll();
	}

	/** Lets a command act from the next window on. @returns why not, or null */
	command(command: Command, by: CommandBy): string | null {
		const refusal = this.context.commands.ask(command, by);
		if (refusal === null) this.context.waker.wakeAll();
		return refusal;
	}

	/** What may be set, by actor. */
	controls(): ControlOf[] {
		const { membership } = this.context;
		return [...membership.ready.values()]
			.flat()
			.flatMap(({ name: actor, takes }) =>
				(takes?.controls ?? []).map((control) => ({ ...control, actor })),
			);
	}

	/** What acted so far, in the order of time. */
	acted(): readonly LoggedCommand[] {
		return this.context.commands.acted;
	}

	/** The simulated time that the schedule is at; null where it goes as fast as possible. */
	dueUs(): SimTime | null {
		return this.context.windows.schedule.atUs(this.context.world.nowMs());
	}

	/** How far the run is behind its schedule, real milliseconds; null: it has none. */
	get lagMs(): number | null {
		return this.context.windows.lagMs;
	}

	state(): Promise<RunState> {
		return this.context.state();
	}

	private control(message: Control): Uint8Array | Promise<Uint8Array> {
		switch (message.command) {
			case 'status':
				return this.state().then((state) => encode(state));
			case 'act': {
				const reason = this.command(message.what, message.by);
				if (reason === null) break;
				return encode({ type: 'refused', reason, retry: false });
			}
			case 'pause':
				this.pause();
				break;
			case 'resume':
				this.resume();
				break;
			case 'step':
				void this.step(message.count);
				break;
			case 'pace':
				this.setSpeed(message.factor);
				break;
			case 'stop':
				this.context.stop();
		}
		return encode({ type: 'ok' });
	}

	/** What does not fit changes nothing: it is refused and counted. */
	private hear(proposal: Proposal): void {
		const { refusals, subjects } = this.context;
		const { host, actor, command } = proposal;
		const refusal =
			this.proposalRefusal(proposal) ??
			this.command(command, command.type === 'grid-event' ? 'grid' : 'feed');
		if (refusal === null) return;
		const reason = `a proposal of "${actor}" (${host}) that does not fit: ${refusal}`;
		refusals.refuse({ subject: subjects.proposals, kind: 'unexpected', reason });
	}

	private proposalRefusal({ host, seat, actor, command }: Proposal): string | null {
		const { membership } = this.context;
		const { joined, ready } = membership;
		if (!joined.has(host)) return `no host "${host}" has joined`;
		if (seat !== membership.seatOf(host)) return `another process has the place "${host}" by now`;
		if (ready.get(host)?.some(({ name }) => name === actor) !== true)
			return `"${host}" has no actor "${actor}"`;
		if (command.type === 'grid-event') return null;
		return command.type === 'signal' && command.actor === actor
			? null
			: 'an actor proposes signals of its own, and events of the grid';
	}
}

/** What each actor follows, by its name: also one whose process is gone and that is made again. */
export class Followers {
	private readonly takes: Map<string, TakesCommands>;

	constructor(roster: readonly { readonly name: string }[]) {
		this.takes = new Map(roster.map(({ name }) => [name, {}]));
	}

	/** With what those say that are ready now. */
	from(ready: Membership['ready']): ReadonlyMap<string, TakesCommands> {
		for (const actors of ready.values())
			for (const { name, takes } of actors) if (takes !== undefined) this.takes.set(name, takes);
		return this.takes;
	}
}
