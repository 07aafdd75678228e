import type { BrokerOptions } from './memory-options.ts';
import { GoneError } from './store.ts';
import {
	checkQueueName,
	type Delivery,
	type FoundQueue,
	type QueueOptions,
	type QueueState,
	type WorkQueue,
} from './work-queue.ts';

type SetTimer = NonNullable<BrokerOptions['setTimer']>;

interface Kept {
	readonly name: string;
	readonly payload: Uint8Array;
	count: number;
	/** Until when its taker has it; null if nobody has. */
	timer: { cancel(): void } | null;
}

/** All work queues of a broker, by name. */
export class MemoryQueues {
	private readonly queues = new Map<string, MemoryQueue>();
	private readonly setTimer: SetTimer;

	constructor(setTimer: SetTimer) {
		this.setTimer = setTimer;
	}

	open(name: string, options: QueueOptions): WorkQueue {
		const there = this.queues.get(name);
		if (there !== undefined) return there;
		const onRemoved = () => void this.queues.delete(name);
		const queue = new MemoryQueue(name, options, { setTimer: this.setTimer, onRemoved });
		this.queues.set(name, queue);
		return queue;
	}

	find(): readonly FoundQueue[] {
		return [...this.queues.values()].map((queue) => queue.found());
	}
}

/** The in-memory counterpart of a work queue on JetStream. */
class MemoryQueue implements WorkQueue {
	private readonly name: string;
	private readonly options: QueueOptions;
	private readonly setTimer: SetTimer;
	private readonly onRemoved: () => void;
	private readonly jobs = new Set<Kept>();
	/** Jobs for takers, the oldest first. */
	private readonly ready: Kept[] = [];
	private readonly takers: ((job: Kept | null) => void)[] = [];
	private isGone = false;

	constructor(
		name: string,
		options: QueueOptions,
		{ setTimer, onRemoved }: { readonly setTimer: SetTimer; readonly onRemoved: () => void },
	) {
		checkQueueName(name);
		this.name = name;
		this.options = options;
		this.setTimer = setTimer;
		this.onRemoved = onRemoved;
	}

	async put(name: string, payload: Uint8Array): Promise<void> {
		checkQueueName(name);
		const job: Kept = { name, payload: Uint8Array.from(payload), count: 0, timer: null };
		this.jobs.add(job);
		this.offer(job);
	}

	async state(): Promise<QueueState> {
		if (this.isGone) throw new GoneError(`Cannot look at the queue: it is not there any more`);
		const left = new Set([...this.jobs].map(({ name }) => name));
		const isIdle = this.ready.length === 0 && [...this.jobs].every(({ timer }) => timer === null);
		return { left, isIdle };
	}

	async take(waitMs: number): Promise<Delivery | null> {
		const job = this.ready.shift() ?? (await this.next(waitMs));
		return job === null ? null : this.delivered(job);
	}

	async remove(): Promise<void> {
		this.isGone = true;
		for (const { timer } of this.jobs) timer?.cancel();
		this.jobs.clear();
		this.ready.length = 0;
		this.onRemoved();
	}

	found(): FoundQueue {
		const { about, silenceMs } = this.options;
		return {
			...{ name: this.name, about, silenceMs, waiting: this.ready.length },
			take: (waitMs) => this.take(waitMs),
		};
	}

	private next(waitMs: number): Promise<Kept | null> {
		return new Promise((resolve) => {
			const taker = (job: Kept | null) => {
				timer.cancel();
				resolve(job);
			};
			const timer = this.setTimer(() => {
				this.takers.splice(this.takers.indexOf(taker), 1);
				resolve(null);
			}, waitMs);
			this.takers.push(taker);
		});
	}

	private offer(job: Kept): void {
		job.timer?.cancel();
		job.timer = null;
		if (!this.jobs.has(job) || job.count >= this.options.deliveriesMax) return;
		const taker = this.takers.shift();
		if (taker === undefined) this.ready.push(job);
		else taker(job);
	}

	private hold(job: Kept, forMs: number): void {
		job.timer?.cancel();
		job.timer = this.setTimer(() => this.offer(job), forMs);
	}

	private delivered(job: Kept): Delivery {
		const count = ++job.count;
		this.hold(job, this.options.silenceMs);
		// Who lost it keeps nothing for others.
		const isMine = () => job.count === count && job.timer !== null;
		return {
			...{ name: job.name, payload: job.payload, count },
			working: async () => {
				if (this.jobs.has(job) && isMine()) this.hold(job, this.options.silenceMs);
				return this.jobs.has(job);
			},
			done: async () => {
				job.timer?.cancel();
				this.jobs.delete(job);
				const place = this.ready.indexOf(job);
				if (place !== -1) this.ready.splice(place, 1);
			},
			giveBack: async (delayMs) => {
				if (isMine()) this.hold(job, delayMs);
			},
		};
	}
}
