import { momentName } from '../../kernel/actor/moment-name.ts';
import { digestOf } from '../../kernel/bus/keys.ts';
import { StaleHeadError, type Store } from '../../kernel/bus/store.ts';
import { CheckpointError, LostError, messageOf, SimulationError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Kept, Restore } from '../../protocol/window-messages.ts';
import { intervalMs, type Keeping } from './checkpoint-interval.ts';

/** Where a run can go on from: what every actor was before a window. Plain data. */
export interface Checkpoint {
	/** Under which it was taken. */
	readonly attempt: number;
	/** The window that comes next, and where it begins. */
	readonly window: number;
	readonly fromUs: SimTime;
	/** What the store has of it; together every actor once. None: all actors begin anew. */
	readonly objects: readonly KeptObject[];
}

export interface KeptObject {
	readonly name: string;
	readonly actors: readonly string[];
	/** What its bytes must have. */
	readonly sha256: string;
}

/** Where every run begins. */
export const BEGINNING: Checkpoint = { attempt: 0, window: 0, fromUs: 0, objects: [] };

/** Objects that have one of these actors. */
export function objectsOf({ objects }: Checkpoint, actors: readonly string[]): Restore['objects'] {
	const own = new Set(actors);
	return objects
		.filter((object) => object.actors.some((name) => own.has(name)))
		.map(({ name, sha256 }) => ({ name, sha256 }));
}

/** After so many in a row that failed, no more are tried. */
const FAILURES_MAX = 3;

export interface KeeperContext {
	readonly roster: readonly RosterEntry[];
	readonly keeping: Keeping;
	openStore(): Promise<Store>;
	nowMs(): number;
	notice(text: string): void;
	/** What happens, for whoever keeps a log of it. */
	event?(event: RunEvent): void;
	/** A checkpoint is complete: whoever leads the run may keep it elsewhere too. `read` fetches an object. */
	keep?(checkpoint: Checkpoint, read: (name: string) => Promise<Uint8Array>): Promise<void>;
	/** Somebody else leads the run. */
	onStale(error: SimulationError): void;
}

interface Growing {
	readonly checkpoint: Omit<Checkpoint, 'objects'>;
	/** Who keeps what of it: where actors are may be otherwise the next time. */
	readonly actorsOf: ReadonlyMap<string, readonly string[]>;
	/** The digests of what hosts have kept of it, by host. */
	readonly digests: Map<string, string>;
	readonly beganMs: number;
	/** Who waits for it. */
	readonly wanted: number;
	/** That hosts stood still. */
	stoodMs: number;
	bytes: number;
}

/** Decides when the hosts of a run keep what they are, and knows the last checkpoint that all of them have kept. */
export class Keeper {
	/** Where the run can go on from. */
	last: Checkpoint;
	/** The one before it: should the last not be what was kept, the run goes on from there. */
	private previous: Checkpoint | null = null;
	/** Checkpoints that were completed. */
	count = 0;
	private readonly context: KeeperContext;
	private store: Store | null = null;
	private growing: Growing | null = null;
	/** The last checkpoint is being kept elsewhere, and those before it are dropped. */
	private isSettling = false;
	/** What is kept elsewhere is older, and that was said. */
	private isBehind = false;
	private costMs: number | null = null;
	private sinceMs: number;
	private failures = 0;
	/** Who waits for one that begins from now on. */
	private wanted: ((isKept: boolean) => void)[] = [];
	/** The checkpoint that is being completed. */
	private busy: Promise<void> = Promise.resolve();

	constructor(context: KeeperContext, from: Checkpoint) {
		this.context = context;
		this.last = from;
		this.sinceMs = context.nowMs();
	}

	/**
	 * Opens the store. A run that goes on from a checkpoint has its objects put there first.
	 *
	 * @throws LostError if that cannot be done
	 */
	async open(read: ((name: string) => Promise<Uint8Array>) | null): Promise<void> {
		if (this.context.keeping === 'never' && read === null) return;
		try {
			this.store = await this.context.openStore();
			const { remark } = this.store;
			if (remark !== null) this.context.notice(`Checkpoints may be lost: ${remark}`);
			// Whoever led the run before us leads it no more from here on.
			await this.store.readHead();
			for (const { name } of read === null ? [] : this.last.objects)
				await this.store.put(name, await (read as NonNullable<typeof read>)(name));
			if (read !== null) await this.store.writeHead(headOf(this.last));
		} catch (error) {
			if (read !== null) throw new LostError(messageOf(error));
			this.store = null;
			this.context.notice(
				`No checkpoints are kept, so the run begins anew when something of it is lost: ${messageOf(error)}`,
			);
		}
	}

	/**
	 * Has one kept before the next window, however long ago the last was.
	 *
	 * @returns once it is complete: true; false if there is none to come
	 */
	want(): Promise<boolean> {
		if (this.store === null) return Promise.resolve(false);
		return new Promise((resolve) => void this.wanted.push(resolve));
	}

	/** True if hosts shall keep what they are before the next window. */
	isDue(): boolean {
		if (this.store === null || this.growing !== null || this.isSettling) return false;
		if (this.wanted.length > 0) return true;
		return this.context.nowMs() - this.sinceMs >= intervalMs(this.costMs, this.context.keeping);
	}

	/** Hosts are told to keep what they are before a window. */
	begin(attempt: number, window: number, fromUs: SimTime): void {
		const checkpoint = { attempt, window, fromUs };
		const actorsOf = new Map<string, string[]>();
		for (const { host, name } of this.context.roster)
			actorsOf.set(host, [...(actorsOf.get(host) ?? []), name]);
		this.sinceMs = this.context.nowMs();
		const nothing = { digests: new Map(), stoodMs: 0, bytes: 0 };
		const wanted = this.wanted.length;
		this.growing = { checkpoint, actorsOf, wanted, beganMs: this.sinceMs, ...nothing };
	}

	/** What a host says that it has kept. */
	heard(host: string, attempt: number, kept: Kept | null): void {
		const { growing } = this;
		if (growing === null || kept === null || attempt !== growing.checkpoint.attempt) return;
		if (kept.window !== growing.checkpoint.window || growing.digests.has(host)) return;
		if (kept.failure !== null || kept.sha256 === null) {
			const reason = kept.failure ?? `"${host}" says no digest of what it has kept`;
			this.failed(growing.checkpoint, reason);
			return;
		}
		growing.stoodMs += kept.tookMs;
		growing.bytes += kept.bytes;
		growing.digests.set(host, kept.sha256);
		// One after the other: what is being written for one that was given up is no word of somebody else's.
		if (growing.digests.size === growing.actorsOf.size)
			this.busy = this.busy.then(() => this.complete(growing));
	}

	/** The last checkpoint cannot be used: the one before it is the last from here on, or the beginning. */
	async reject(): Promise<void> {
		await this.busy;
		const { last, store } = this;
		this.last = this.previous ?? BEGINNING;
		this.previous = null;
		// What is kept elsewhere must not be ahead of where the run goes on.
		if (store !== null) await this.keepElsewhere(this.last, store);
		for (const { name } of last.objects) void store?.drop(name).catch(() => {});
	}

	/** The run goes back: what is being kept is not waited for, and goes. */
	abandon(): void {
		const { growing, store } = this;
		this.growing = null;
		if (growing === null) return;
		const { attempt, window } = growing.checkpoint;
		for (const host of growing.actorsOf.keys())
			void store?.drop(momentName(attempt, window, host)).catch(() => {});
	}

	/** The run is over: nobody needs the store any more. */
	async close(): Promise<void> {
		this.answerWanted(false);
		await this.busy;
		const { store } = this;
		this.store = null;
		await store?.remove().catch(() => {});
	}

	private async complete(growing: Growing): Promise<void> {
		const { context, store } = this;
		if (store === null || this.growing !== growing) return;
		const { stoodMs, bytes } = growing;
		const checkpoint = this.grown(growing);
		const { attempt, window, fromUs } = checkpoint;
		const beganMs = context.nowMs();
		try {
			await store.writeHead(headOf(checkpoint));
		} catch (error) {
			if (error instanceof StaleHeadError) {
				const reason = 'another process leads this run by now';
				context.onStale(new SimulationError(`Cannot go on with the run: ${reason}`));
			} else this.failed(checkpoint, messageOf(error));
			return;
		}
		if (this.growing !== growing) return;
		const older = this.previous;
		this.previous = this.last;
		this.last = checkpoint;
		this.growing = null;
		this.isSettling = true;
		try {
			await this.keepElsewhere(checkpoint, store);
			for (const { name } of older?.objects ?? []) await store.drop(name);
			const nowMs = context.nowMs();
			this.costMs = stoodMs + (nowMs - beganMs);
			this.count++;
			this.failures = 0;
			for (const tell of this.wanted.splice(0, growing.wanted)) tell(true);
			const cost = { bytes, stoodMs, tookMs: nowMs - growing.beganMs };
			context.event?.({ event: 'checkpoint', attempt, window, fromUs, ...cost });
		} catch (error) {
			this.failed(checkpoint, messageOf(error));
		} finally {
			this.isSettling = false;
		}
	}

	private grown({ checkpoint, actorsOf, digests }: Growing): Checkpoint {
		const { attempt, window } = checkpoint;
		const objects = [...actorsOf].map(([host, actors]) => ({
			...{ name: momentName(attempt, window, host), actors: [...actors] },
			sha256: digests.get(host) as string,
		}));
		return { ...checkpoint, objects };
	}

	/** What cannot be kept there now may be the next time: a disk is full. The run can go back to it all the same. */
	private async keepElsewhere(checkpoint: Checkpoint, store: Store): Promise<void> {
		const { keep, notice } = this.context;
		try {
			const digests = new Map(checkpoint.objects.map((one) => [one.name, one.sha256]));
			await keep?.(checkpoint, async (name) => {
				const bytes = await store.get(name);
				if (bytes === null) throw new CheckpointError(`"${name}" is not in the store`);
				if (digestOf(bytes) !== digests.get(name))
					throw new CheckpointError(`"${name}" is not what was kept`);
				return bytes;
			});
			this.isBehind = false;
		} catch (error) {
			if (!this.isBehind)
				notice(`The run folder keeps an older checkpoint for now: ${messageOf(error)}`);
			this.isBehind = true;
		}
	}

	private answerWanted(isKept: boolean): void {
		for (const tell of this.wanted.splice(0)) tell(isKept);
	}

	private failed({ attempt, window, fromUs }: Growing['checkpoint'], why: string): void {
		this.context.event?.({ event: 'no-checkpoint', attempt, window, fromUs, text: why });
		this.abandon();
		this.failures++;
		if (this.failures < FAILURES_MAX) return;
		this.store = null;
		this.answerWanted(false);
		this.context.notice(`No more checkpoints are kept: ${why}`);
	}
}

/** Which objects it has follows from it: so it stays small, however many hosts there are. */
function headOf({ attempt, window, fromUs }: Checkpoint): Uint8Array {
	return new TextEncoder().encode(JSON.stringify({ attempt, window, fromUs }));
}
