import { namesOf } from './pack-actors.ts';

interface Named {
	readonly name: string;
	readonly kind: string;
}

/**
 * Which process each actor shares, by the number of processes alone: the same on every machine. Those of one kind that
 * stand together (the replicas of a site) share first, since they have nothing to say to each other; only when there
 * are fewer processes than such groups do neighbours in the roster share, which are of the same site.
 *
 * @param actors in the order of the roster; at least as many as processes
 * @returns names of processes by names of actors; a process of one actor has its name
 */
export function shareProcesses(
	actors: readonly Named[],
	processes: number,
): ReadonlyMap<string, string> {
	const groups = groupsOf(actors);
	const parts =
		groups.length > processes
			? split(groups, processes).map((some) => some.flat())
			: groups.flatMap((group, i) => split(group, shares(groups, processes)[i] as number));
	return namesOf(parts, new Set(actors.map(({ name }) => name)));
}

/** Neighbours of one kind. */
function groupsOf(actors: readonly Named[]): Named[][] {
	const groups: Named[][] = [];
	for (const actor of actors) {
		const last = groups.at(-1);
		if (last?.[0]?.kind === actor.kind) last.push(actor);
		else groups.push([actor]);
	}
	return groups;
}

/** Processes of each group: one an actor up to as many as leave one for every group, the rest to the first that want more. */
function shares(groups: readonly Named[][], processes: number): number[] {
	const counts = groups.map(() => 1);
	let left = processes - groups.length;
	while (left > 0) {
		let isFull = true;
		for (let i = 0; i < groups.length && left > 0; i++) {
			if ((counts[i] as number) >= (groups[i] as Named[]).length) continue;
			counts[i] = (counts[i] as number) + 1;
			left--;
			isFull = false;
		}
		if (isFull) break;
	}
	return counts;
}

/** Neighbours in `parts` parts whose sizes differ by one at most. */
function split<T>(list: readonly T[], parts: number): T[][] {
	const at = (part: number) => Math.floor((part * list.length) / parts);
	return Array.from({ length: parts }, (_, part) => list.slice(at(part), at(part + 1)));
}
