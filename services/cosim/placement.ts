import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Scenario } from '../../protocol/scenario.ts';

export interface Placed {
	readonly roster: readonly RosterEntry[];
	/** Hosts whose processes somebody else starts. */
	readonly external: ReadonlySet<string>;
}

/** The host of everything when the whole run is one process. */
export const INLINE_HOST = 'all';

/**
 * Places every actor in a host: a host of its own, one named in the scenario, or one process for all.
 * Where an actor runs never changes what it computes.
 *
 * @throws ConfigError for names that are no actors, and placements that contradict each other
 */
export function place(
	actors: readonly Omit<RosterEntry, 'host'>[],
	placement: Scenario['placement'],
): Placed {
	const { mode, external, hosts } = placement;
	const names = new Set(actors.map(({ name }) => name));
	const kinds = new Set(actors.map(({ kind }) => kind));
	for (const name of external) {
		if (names.has(name) || kinds.has(name)) continue;
		throw new ConfigError(
			`Cannot await "${name}" from elsewhere: no such actor or kind; known are ${[...new Set([...kinds, ...names])].join(', ')}`,
		);
	}
	if (mode === 'in-process') {
		if (external.length > 0) {
			throw new ConfigError(
				'Cannot run in one process and await actors from elsewhere: drop one of the two',
			);
		}
		return {
			roster: actors.map((actor) => ({ ...actor, host: INLINE_HOST })),
			external: new Set(),
		};
	}
	const hostOf = groupOf(hosts, names);
	const roster = actors.map((actor) => ({ ...actor, host: hostOf.get(actor.name) ?? actor.name }));
	const awaited = roster
		.filter(({ name, kind }) => external.includes(name) || external.includes(kind))
		.map(({ host }) => host);
	return { roster, external: new Set(awaited) };
}

function groupOf(
	hosts: Scenario['placement']['hosts'],
	names: ReadonlySet<string>,
): ReadonlyMap<string, string> {
	const hostOf = new Map<string, string>();
	for (const [host, members] of Object.entries(hosts)) {
		for (const name of members) {
			if (!names.has(name)) {
				throw new ConfigError(
					`Cannot place "${name}" in host "${host}": no such actor; known are ${[...names].join(', ')}`,
				);
			}
			const other = hostOf.get(name);
			if (other !== undefined) {
				throw new ConfigError(
					`Cannot place "${name}" in "${host}": it is already placed in "${other}"`,
				);
			}
			hostOf.set(name, host);
		}
		if (names.has(host) && !members.includes(host)) {
			throw new ConfigError(
				`Cannot call a host "${host}": an actor that runs elsewhere has that name`,
			);
		}
	}
	return hostOf;
}
