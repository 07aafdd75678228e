import { BEGINNING, type Checkpoint } from '../services/coordinator/checkpoints.ts';
import type { Origin } from '../services/coordinator/run-plan.ts';

/** Where checkpoints of runs under faults outlive who leads them. For tests. */

type Kept = Omit<Origin, 'setbacks' | 'checkpoints'>;

/** Keeps the last checkpoint of a run. */
export interface Shelf {
	keep(checkpoint: Checkpoint, read: Origin['read']): Promise<void>;
	/** Null: none yet. */
	kept(): Kept | null;
}

export function shelfInMemory(): Shelf {
	let kept: Kept | null = null;
	return {
		kept: () => kept,
		async keep(checkpoint, read) {
			const objects = new Map<string, Uint8Array>();
			for (const { name } of checkpoint.objects) objects.set(name, await read(name));
			kept = { checkpoint, commands: [], read: async (name) => objects.get(name) as Uint8Array };
		},
	};
}

/** A run of which nothing is left begins anew. */
export const NOTHING_KEPT: Kept = {
	checkpoint: BEGINNING,
	commands: [],
	read: async (name) => {
		throw new Error(`nothing was kept, not "${name}" either`);
	},
};
