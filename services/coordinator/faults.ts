import { LostError, type SimulationError } from '../../protocol/errors.ts';

/** Something beside the simulation went wrong: the run goes back to its last checkpoint. */
export interface Fault {
	/** Hosts that are gone, or must be taken for gone. */
	readonly hosts: readonly string[];
	readonly error: SimulationError;
	/** Nothing is wrong: a worker leaves, and everybody has kept what is needed for that. */
	readonly isLeave?: boolean;
}

/** Hosts do not answer what they must answer, or do not come. */
export class HostsLostError extends LostError {
	readonly hosts: readonly string[];

	constructor(hosts: readonly [string, ...string[]], message: string) {
		super(message, { actor: hosts[0] });
		this.hosts = hosts;
	}
}

/** A fault at the same place ends the run at this time. */
const SAME_PLACE_MAX = 3;
/** So many faults in a row without a window that is new end it too. */
const IN_A_ROW_MAX = 10;
const BACKOFF_MS = 250;
const BACKOFF_MAX_MS = 8_000;

/** Faults as they come, from wherever; work is given up for the first. */
export class Faults {
	private waiting: Fault[] = [];
	private wake: (() => void) | null = null;

	raise(fault: Fault): void {
		this.waiting.push(fault);
		this.wake?.();
	}

	/** What has come since; empty if nothing has. */
	take(): Fault[] {
		return this.waiting.splice(0);
	}

	/** @throws Interrupted as soon as there is a fault */
	async orFault<T>(work: Promise<T>): Promise<T> {
		work.catch(() => {});
		const fault = new Promise<never>((_, reject) => {
			this.wake = () => reject(new Interrupted());
			if (this.waiting.length > 0) this.wake();
		});
		fault.catch(() => {});
		return Promise.race([work, fault]);
	}
}

/** Work was given up because of a fault. */
export class Interrupted extends Error {
	override readonly name = 'Interrupted';
}

/** How often a run has been set back, and where: bounds it, and says how long to wait before the next try. */
export class Setbacks {
	/** Times that the run went back. */
	count: number;
	private inARow = 0;
	private furthest = -1;
	private readonly atPlace = new Map<string, number>();

	constructor(before: number) {
		this.count = before;
	}

	/**
	 * Notes faults in a window.
	 *
	 * @returns milliseconds to wait before the next try
	 * @throws LostError naming the fault, if it has come too often
	 */
	note(faults: readonly Fault[], window: number): number {
		if (window > this.furthest) this.inARow = 0;
		this.furthest = Math.max(this.furthest, window);
		this.count++;
		this.inARow++;
		for (const { hosts, error } of faults) {
			const place = `${hosts.join(' ') || error.message} ${window}`;
			const times = (this.atPlace.get(place) ?? 0) + 1;
			this.atPlace.set(place, times);
			if (times >= SAME_PLACE_MAX) throw given(error, `${times} times at the same place`);
		}
		const [first] = faults as [Fault, ...Fault[]];
		if (this.inARow >= IN_A_ROW_MAX)
			throw given(first.error, `${this.inARow} faults in a row and no window got done`);
		return this.inARow === 1 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (this.inARow - 2));
	}
}

function given(error: SimulationError, why: string): LostError {
	const { actor, timeUs } = error;
	const where = { ...(actor === null ? {} : { actor }), ...(timeUs === null ? {} : { timeUs }) };
	return new LostError(`${error.message} (${why})`, where, { cause: error });
}
