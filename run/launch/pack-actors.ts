/** An actor with what it costs, in any unit. */
export interface Load {
	readonly name: string;
	readonly cost: number;
}

/** Halvings of the span in which the least cost of the heaviest process lies: more change no double. */
const HALVINGS = 60;

/**
 * Which process each actor shares so that the one with the most work has as little as can be. Neighbours in the roster
 * stay together: they are of the same site, and have the most to say to each other.
 *
 * @param actors in the order of the roster
 * @param processes at most so many; at least 1
 * @returns names of processes by names of actors; a process of one actor has its name
 */
export function packActors(
	actors: readonly Load[],
	processes: number,
): ReadonlyMap<string, string> {
	const total = actors.reduce((sum, { cost }) => sum + cost, 0);
	let low = Math.max(0, ...actors.map(({ cost }) => cost));
	let high = Math.max(low, total);
	for (let i = 0; i < HALVINGS; i++) {
		const middle = (low + high) / 2;
		if (cutAt(actors, middle).length <= processes) high = middle;
		else low = middle;
	}
	return namesOf(cutAt(actors, high), new Set(actors.map(({ name }) => name)));
}

/** Runs of neighbours, each as long as its cost is within `most`. */
function cutAt(actors: readonly Load[], most: number): Load[][] {
	const parts: Load[][] = [];
	let sum = Number.POSITIVE_INFINITY;
	for (const actor of actors) {
		if (sum + actor.cost > most) {
			parts.push([]);
			sum = 0;
		}
		parts.at(-1)?.push(actor);
		sum += actor.cost;
	}
	return parts;
}

/** Names of processes by names of actors: that of its actor for one, `shared-N` for several. */
export function namesOf(
	parts: readonly (readonly { readonly name: string }[])[],
	taken: ReadonlySet<string>,
): ReadonlyMap<string, string> {
	const hostOf = new Map<string, string>();
	let number = 0;
	for (const part of parts) {
		let host = part[0]?.name ?? '';
		if (part.length > 1)
			do host = `shared-${++number}`;
			while (taken.has(host));
		for (const { name } of part) hostOf.set(name, host);
	}
	return hostOf;
}
