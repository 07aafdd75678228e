import { encode } from '../../protocol/codec.ts';
import {
	type Command,
	type CommandBy,
	commandText,
	type GridEventCommand,
	type SetCommand,
	type TakesCommands,
} from '../../protocol/commands.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { SimTime } from '../../protocol/time.ts';
import { COMMANDS_MAX } from '../../protocol/window-messages.ts';
import { controlRefusal } from './control-value.ts';

/** Commands that wait for a window: more come only from somebody who does not look. */
const WAITING_MAX = 1_000;
/** A batch has the clock at which it keeps to the cap: the highest where there is none. */
const NO_CLOCK =
	'the clock of a GPU is no control: each batch has the highest at which it keeps to the cap; set capW';
/** Bytes of commands in one grant, where messages may be as long as usual. */
const BYTES_MAX = 262_144;

export interface CommandsContext {
	/** Most replicas that can be asked for; null: their number stays. */
	readonly replicasMax: number | null;
	/** What acted before, in the order of time. */
	readonly before: readonly LoggedCommand[];
	/** What was taken before and has not acted; default: nothing. */
	readonly waiting?: readonly WaitingCommand[];
	/** Those that have names; none: there is one, of all. */
	readonly sites: readonly CommandedSite[];
	/** Nothing may come any more; default: it may. */
	readonly isClosed?: boolean;
	/** The most that a message may hold; default: no limit. */
	readonly maxBytes?: number;
	/** What each actor follows, as far as it is made. */
	takes(): ReadonlyMap<string, TakesCommands>;
	/** Time of day, milliseconds since 1970. */
	wallMs(): number;
	/** Keeps a command where it outlives this process, before it acts. */
	log(command: LoggedCommand): void;
}

/** A site as commands name it. */
export interface CommandedSite {
	readonly name: string;
	readonly actors: readonly string[];
}

/** A command that was taken and acts in no window yet. */
export interface WaitingCommand extends Omit<LoggedCommand, 'fromUs'> {
	readonly bytes: number;
}

/**
 * What comes to a run from outside in its course. A command acts from the start of the next window on, and again at the same
 * time whenever the run goes back before it: with its log a run is as certain as without.
 */
export class Commands {
	private readonly context: CommandsContext;
	private readonly logged: LoggedCommand[];
	private waiting: WaitingCommand[];
	private readonly bytesMax: number;

	constructor(context: CommandsContext) {
		this.context = context;
		this.logged = [...context.before];
		this.waiting = [...(context.waiting ?? [])];
		this.bytesMax = Math.min(BYTES_MAX, (context.maxBytes ?? Number.POSITIVE_INFINITY) / 4);
	}

	/** All that acted so far, in the order of time. */
	get acted(): readonly LoggedCommand[] {
		return this.logged;
	}

	/** What was taken and has not acted yet. */
	get yetToAct(): readonly WaitingCommand[] {
		return [...this.waiting];
	}

	/**
	 * Takes a command for the next window. Of several on the same number or control the last counts.
	 *
	 * @returns why not, or null
	 */
	ask(command: Command, by: CommandBy): string | null {
		if (this.context.isClosed === true) return 'it repeats a run with the commands of that';
		const found = this.addressed(command);
		if (typeof found === 'string') return found;
		if (this.waiting.length + found.length > WAITING_MAX)
			return `${this.waiting.length} commands wait for its next window already`;
		const at = new Date(this.context.wallMs()).toISOString();
		for (const one of found) {
			const bytes = encode({ type: 'proposal', host: 'x', seat: 0, actor: 'x', command: one });
			if (bytes.byteLength > this.bytesMax)
				return `it takes ${bytes.byteLength} bytes, more than ${this.bytesMax} in a window`;
			this.waiting = this.waiting.filter((other) => !isReplaced(other.command, one));
			this.waiting.push({ by, at, command: one, bytes: bytes.byteLength });
		}
		return null;
	}

	/**
	 * What acts from the start of a window on, in this order, new commands too; `fresh` are those.
	 *
	 * @throws what keeps a new one from being logged: it waits on
	 */
	actingFrom(fromUs: SimTime): { readonly fresh: readonly Command[]; readonly acting: Command[] } {
		const before = this.before(fromUs);
		const fresh: Command[] = [];
		// Those that acted already come first, wherever the run is now.
		if ((this.logged.at(-1)?.fromUs ?? 0) > fromUs) return { fresh, acting: before };
		let bytes = 0;
		for (;;) {
			const [next] = this.waiting;
			if (next === undefined || before.length + fresh.length >= COMMANDS_MAX) break;
			bytes += next.bytes;
			if (fresh.length > 0 && bytes > this.bytesMax) break;
			const { by, at, command } = next;
			const entry = { fromUs, by, at, command };
			this.context.log(entry);
			this.logged.push(entry);
			this.waiting.shift();
			fresh.push(command);
		}
		return { fresh, acting: [...before, ...fresh] };
	}

	/** What acts from a time on and has acted before. */
	before(fromUs: SimTime): Command[] {
		return this.logged.filter((entry) => entry.fromUs === fromUs).map(({ command }) => command);
	}

	/** When the next one acts that is logged already: a window ends there. Infinity for never. */
	nextUs(afterUs: SimTime): SimTime {
		return this.logged.find(({ fromUs }) => fromUs > afterUs)?.fromUs ?? Number.POSITIVE_INFINITY;
	}

	/** The command as it acts, one for each actor that it is for; or why it cannot. */
	private addressed(command: Command): readonly Command[] | string {
		const { replicasMax } = this.context;
		switch (command.type) {
			case 'replicas':
				if (replicasMax === null)
					return 'the number of its replicas stays; a scenario with serving.scaling lets them be scaled';
				if (command.replicas > replicasMax)
					return `it has places for ${replicasMax} replicas (serving.scaling.max), not for ${command.replicas}`;
				return [command];
			case 'signal':
				if (this.context.takes().get(command.actor)?.signals?.includes(command.quantity) === true)
					return [command];
				return `no actor "${command.actor}" of it follows a feed of ${command.quantity}`;
			case 'set':
				return this.settings(command);
			case 'grid-event':
				return this.event(command);
		}
	}

	private settings(command: SetCommand): readonly Command[] | string {
		const names = this.actorsOf(command.site);
		if (names === null) return this.noSite(command.site);
		const takes = this.context.takes();
		const { actor, key, value } = command;
		if (actor !== null && !takes.has(actor)) return `it has no actor "${actor}"`;
		const found = names.filter((name) => actor === null || name === actor);
		const having = found.flatMap((name) => {
			const control = takes.get(name)?.controls?.find((one) => one.key === key);
			return control === undefined ? [] : [{ name, control }];
		});
		if (having.length === 0) return this.noControl(command, found);
		for (const { control } of having) {
			const refusal = controlRefusal(control, value);
			if (refusal !== null) return refusal;
		}
		return having.map(({ name }) => ({ ...command, actor: name }));
	}

	private noControl({ key, actor }: SetCommand, names: readonly string[]): string {
		if (/clock/i.test(key)) return NO_CLOCK;
		const takes = this.context.takes();
		const known = new Set(
			names.flatMap((name) => takes.get(name)?.controls?.map((one) => one.key) ?? []),
		);
		const all = [...known].sort().join(', ');
		const who = actor === null ? 'no actor of it has' : `"${actor}" does not have`;
		return `${who} a control "${key}"; there are: ${all || 'none'}`;
	}

	private event(command: GridEventCommand): readonly Command[] | string {
		const names = this.actorsOf(command.site);
		if (names === null) return this.noSite(command.site);
		const takes = this.context.takes();
		const following = names.filter((name) => takes.get(name)?.gridEvents === true);
		if (following.length === 0) return 'nobody in it follows events of the grid';
		if (command.actors !== undefined) {
			const stranger = command.actors.find((name) => !following.includes(name));
			if (stranger !== undefined) return `no actor "${stranger}" follows events of the grid`;
			return [command];
		}
		return [{ ...command, actors: following }];
	}

	/** null: no such site. */
	private actorsOf(site: string | null): readonly string[] | null {
		const { sites } = this.context;
		if (site === null) return [...this.context.takes().keys()];
		return sites.find(({ name }) => name === site)?.actors ?? null;
	}

	private noSite(site: string | null): string {
		const names = this.context.sites.map(({ name }) => name);
		return `it has no site "${site}"${names.length === 0 ? '' : `; there are: ${names.join(', ')}`}`;
	}
}

/** Whether an earlier command that did not act yet says nothing beside a later one. */
function isReplaced(earlier: Command, later: Command): boolean {
	if (earlier.type === 'replicas') return later.type === 'replicas';
	if (earlier.type === 'set')
		return later.type === 'set' && earlier.actor === later.actor && earlier.key === later.key;
	return false;
}

/** Several commands in a line. */
export function commandsText(commands: readonly Command[]): string {
	return commands.map(commandText).join('; ');
}
