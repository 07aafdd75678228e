import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { Command } from '../../protocol/scaling.ts';
import type { SimTime } from '../../protocol/time.ts';

export interface CommandsContext {
	/** Most replicas that can be asked for; null: their number stays. */
	readonly replicasMax: number | null;
	/** What acted before, in the order of time. */
	readonly before: readonly LoggedCommand[];
	/** Keeps a command where it outlives this process, before it acts. */
	log(command: LoggedCommand): void;
}

/**
 * What users want of a run in its course. A command acts from the start of the next window on, and again at the same time
 * whenever the run goes back before it: with its log a run is as certain as without.
 */
export class Commands {
	private readonly context: CommandsContext;
	private readonly logged: LoggedCommand[];
	private waiting: Command | null = null;

	constructor(context: CommandsContext) {
		this.context = context;
		this.logged = [...context.before];
	}

	/** Takes a command for the next window; of several the last counts. @returns why not, or null */
	ask(command: Command): string | null {
		const { replicasMax } = this.context;
		if (replicasMax === null)
			return 'the number of its replicas stays; a scenario with serving.scaling lets them be scaled';
		if (command.replicas > replicasMax)
			return `it has places for ${replicasMax} replicas (serving.scaling.max), not for ${command.replicas}`;
		this.waiting = command;
		return null;
	}

	/**
	 * What acts from the start of a window on, in this order, a new command too; `isNew`: there is one.
	 *
	 * @throws what keeps a new one from being logged: it waits on
	 */
	actingFrom(fromUs: SimTime): { readonly isNew: boolean; readonly acting: Command[] } {
		const { waiting, logged } = this;
		// Those that acted already come first, wherever the run is now.
		const isNew = waiting !== null && (logged.at(-1)?.fromUs ?? 0) <= fromUs;
		if (isNew) {
			const entry = { fromUs, ...waiting };
			this.context.log(entry);
			logged.push(entry);
			this.waiting = null;
		}
		return { isNew, acting: this.before(fromUs) };
	}

	/** What acts from a time on and has acted before. */
	before(fromUs: SimTime): Command[] {
		return this.logged
			.filter((entry) => entry.fromUs === fromUs)
			.map(({ replicas }) => ({ replicas }));
	}
}
