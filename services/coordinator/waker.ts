import type { World } from './run-plan.ts';

/** Sleep that ends early when something has happened. */
export class Waker {
	private readonly world: Pick<World, 'sleep'>;
	private readonly sleepers = new Set<() => void>();

	constructor(world: Pick<World, 'sleep'>) {
		this.world = world;
	}

	/** Resolves after `ms`, or when somebody calls `wakeAll`. */
	async sleep(ms: number): Promise<void> {
		let wake = () => {};
		const woken = new Promise<void>((resolve) => {
			wake = resolve;
		});
		this.sleepers.add(wake);
		await Promise.race([this.world.sleep(ms), woken]);
		this.sleepers.delete(wake);
	}

	wakeAll(): void {
		for (const wake of [...this.sleepers]) wake();
	}
}
