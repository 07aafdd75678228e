/** Time that passes only while everybody waits: the next timer is due as soon as nothing else happens. */
export class VirtualTime {
	private readonly timers: { readonly dueMs: number; readonly order: number; fire(): void }[] = [];
	private currentMs = 0;
	private order = 0;
	private isTicking = false;
	private isOver = false;
	/** True while something happens that no timer here knows of, such as work of a disk. */
	private readonly isBusy: () => boolean;

	constructor(isBusy: () => boolean = () => false) {
		this.isBusy = isBusy;
	}

	readonly nowMs = (): number => this.currentMs;

	readonly sleep = (ms: number): Promise<void> =>
		new Promise((resolve) => void this.setTimer(resolve, ms));

	readonly setTimer = (fire: () => void, delayMs: number): { cancel(): void } => {
		const timer = { dueMs: this.currentMs + Math.max(0, delayMs), order: this.order++, fire };
		// A request that may wait for ever never times out here.
		if (delayMs < 1e9 && !this.isOver) this.timers.push(timer);
		if (!this.isTicking && !this.isOver) setImmediate(() => this.tick());
		this.isTicking = true;
		return {
			cancel: () => {
				timer.fire = () => {};
			},
		};
	};

	/** No timer is due any more. */
	stop(): void {
		this.isOver = true;
		this.timers.length = 0;
	}

	private tick(): void {
		if (this.isOver) return;
		if (this.isBusy()) {
			setImmediate(() => this.tick());
			return;
		}
		this.timers.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
		const next = this.timers.shift();
		this.isTicking = next !== undefined;
		if (next === undefined) return;
		this.currentMs = next.dueMs;
		next.fire();
		setImmediate(() => this.tick());
	}
}
