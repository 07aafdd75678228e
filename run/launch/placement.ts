import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Labels, Placing } from '../../services/coordinator/places.ts';
import { GATEWAY_KINDS, KIND_NAMES } from '../../services/kinds.ts';
import { actorCosts } from './actor-costs.ts';
import { describeMachine, type Machine, mostProcesses, thisMachine } from './machine.ts';
import { packActors } from './pack-actors.ts';
import { shareProcesses } from './share-processes.ts';

/** The whole run in this process. */
export const IN_PROCESS: Scenario['placement'] = {
	mode: 'in-process',
	processes: null,
	external: [],
	hosts: {},
};

export interface Placed {
	readonly roster: readonly RosterEntry[];
	/** Hosts whose processes somebody else starts. */
	readonly external: ReadonlySet<string>;
	/** What workers must be to take those. */
	readonly placing: Placing;
	/** Why actors share processes that nobody asked to share; null where none do. */
	readonly sharing: string | null;
}

/** Up to so many actors have a process each, on any machine. */
const FEW_PROCESSES = 16;

/** The host of everything when the whole run is one process. */
export const INLINE_HOST = 'all';
/** The host in the leading process where actors run in processes: those that meet what is outside. */
export const GATEWAY_HOST = 'gateway';

/**
 * Places every actor in a host: a host of its own, one named in the scenario, one shared with others, or one process
 * for all. Many actors, or mode `auto`, make a host for each core, in which they are packed by their work. Where an actor
 * runs never changes what it computes.
 *
 * @param machine asked only where it decides how many processes there are
 * @throws ConfigError for names that are no actors, and placements that contradict each other
 */
export function place(
	actors: readonly Omit<RosterEntry, 'host'>[],
	placement: Scenario['placement'],
	machine: () => Machine = thisMachine,
): Placed {
	if (placement.mode === 'in-process') return placeAll(actors, placement, machine);
	const isOurs = ({ kind }: { readonly kind: string }) => GATEWAY_KINDS.has(kind);
	if (!actors.some(isOurs)) return placeAll(actors, placement, machine);
	const others = actors.filter((actor) => !isOurs(actor));
	const taken = [...Object.keys(placement.hosts), ...actors.map(({ name }) => name)];
	if (taken.includes(GATEWAY_HOST))
		throw new ConfigError(
			`Cannot call an actor or a host "${GATEWAY_HOST}" in a run that is served: its gateway is called so`,
		);
	const placed = placeAll(others, placement, machine);
	const hostOf = new Map(placed.roster.map(({ name, host }) => [name, host]));
	return {
		...placed,
		roster: actors.map((actor) => ({ ...actor, host: hostOf.get(actor.name) ?? GATEWAY_HOST })),
	};
}

function placeAll(
	actors: readonly Omit<RosterEntry, 'host'>[],
	placement: Scenario['placement'],
	machine: () => Machine,
): Placed {
	const { mode, processes, external, hosts } = placement;
	const names = new Set(actors.map(({ name }) => name));
	const kinds = new Set(actors.map(({ kind }) => kind));
	for (const { name } of awaitedOf(external)) {
		if (names.has(name) || kinds.has(name)) continue;
		throw new ConfigError(
			`Cannot await "${name}" from elsewhere: no such actor or kind; ${knownText(name, [...new Set([...kinds, ...names])])}`,
		);
	}
	const isForeign = ({ kind }: { readonly kind: string }) => !KIND_NAMES.includes(kind);
	if (mode === 'in-process') {
		const foreign = actors.find(isForeign);
		if (foreign !== undefined)
			throw new ConfigError(
				`Cannot run "${foreign.name}" in one process with the rest: its process is started elsewhere; leave out --in-process`,
			);
		if (external.length > 0) {
			throw new ConfigError(
				'Cannot run in one process and await actors from elsewhere: drop one of the two',
			);
		}
		if (processes !== null) {
			throw new ConfigError(
				`Cannot run in one process and in ${processes} processes: drop one of the two`,
			);
		}
		return {
			roster: actors.map((actor) => ({ ...actor, host: INLINE_HOST })),
			external: new Set(),
			placing: { needs: {}, arrange: 'packed', foreign: [] },
			sharing: null,
		};
	}
	const hostOf = groupOf(hosts, names);
	const roster = actors.map((actor) => ({ ...actor, host: hostOf.get(actor.name) ?? actor.name }));
	const needs = needsOf(roster, awaitedOf(external), isForeign);
	const awaited = Object.keys(needs);
	for (const foreign of roster.filter(isForeign)) checkAlone(foreign, roster, isForeign);
	const isFree = ({ name, host }: RosterEntry) => !hostOf.has(name) && !awaited.includes(host);
	const free = roster.filter(isFree);
	const fixed = new Set(
		roster
			.filter((entry) => !isFree(entry) && !awaited.includes(entry.host))
			.map(({ host }) => host),
	).size;
	const wanted = { processes, free: free.length, fixed, isAuto: mode === 'auto' };
	const { most, why } = mostOf(wanted, machine);
	const shared = sharedBy(free, most, why !== null, actors);
	return {
		roster: roster.map((entry) => ({ ...entry, host: shared?.get(entry.name) ?? entry.host })),
		external: new Set(awaited),
		placing: {
			needs,
			arrange: placement.arrange ?? 'packed',
			foreign: [...new Set(roster.filter(isForeign).map(({ host }) => host))],
		},
		sharing: why === null ? null : sharingText(free.length, shared, why),
	};
}

/** No process can run kinds of ours and others. */
function checkAlone(
	foreign: RosterEntry,
	roster: readonly RosterEntry[],
	isForeign: (entry: RosterEntry) => boolean,
): void {
	const mixed = roster.find((one) => one.host === foreign.host && !isForeign(one));
	if (mixed === undefined) return;
	throw new ConfigError(
		`Cannot place "${mixed.name}" in host "${mixed.host}" beside "${foreign.name}": that one's process is no program of Gridbeat`,
	);
}

interface Awaited {
	/** An actor or a kind. */
	readonly name: string;
	readonly labels: Labels;
}

function awaitedOf(external: Scenario['placement']['external']): Awaited[] {
	return external.map((one) =>
		typeof one === 'string'
			? { name: one, labels: {} }
			: { name: one.name ?? one.kind ?? '', labels: one.labels },
	);
}

/** Whether an actor's process is started elsewhere. */
export function isAwaited(
	actor: Pick<RosterEntry, 'name' | 'kind'>,
	external: Scenario['placement']['external'],
): boolean {
	return awaitedOf(external).some(({ name }) => name === actor.name || name === actor.kind);
}

/** What those must be that take the hosts that are awaited: the first word on an actor counts, by name before kind. */
function needsOf(
	roster: readonly RosterEntry[],
	awaited: readonly Awaited[],
	isForeign: (entry: RosterEntry) => boolean,
) {
	const needs: Record<string, Labels> = {};
	for (const entry of roster) {
		const { name, kind, host } = entry;
		const found =
			awaited.find((one) => one.name === name) ?? awaited.find((one) => one.name === kind);
		if (found === undefined && !isForeign(entry)) continue;
		const before = needs[host] ?? {};
		const labels = found?.labels ?? {};
		for (const [label, value] of Object.entries(labels)) {
			const other = before[label];
			if (other === undefined || other === value) continue;
			throw new ConfigError(
				`Cannot place "${name}" in host "${host}": it needs ${label}=${value}, another actor there ${label}=${other}`,
			);
		}
		needs[host] = { ...before, ...labels };
	}
	return needs;
}

function sharingText(actors: number, shared: ReadonlyMap<string, string> | null, why: string) {
	const processes = new Set(shared?.values()).size;
	const many = processes === 1 ? '1 process' : `${processes} processes`;
	return `${actors} actors share ${many}, at most one for each core (${why}); --processes N sets another number`;
}

interface Wanted {
	readonly processes: number | null;
	/** Actors that may share processes. */
	readonly free: number;
	/** Processes that the scenario names. */
	readonly fixed: number;
	/** A process for each core also where there are few actors. */
	readonly isAuto: boolean;
}

/** By the number of processes alone where somebody has set it, else by what the actors cost. */
function sharedBy(
	free: readonly RosterEntry[],
	most: number,
	isPacked: boolean,
	actors: readonly Omit<RosterEntry, 'host'>[],
): ReadonlyMap<string, string> | null {
	if (most === free.length) return null;
	if (!isPacked) return shareProcesses(free, most);
	const costOf = new Map(actorCosts(actors).map(({ name, cost }) => [name, cost]));
	return packActors(
		free.map(({ name }) => ({ name, cost: costOf.get(name) ?? 0 })),
		most,
	);
}

/** Processes of the actors that may share some, and why they are fewer than those where nobody asked for it. */
function mostOf(
	{ processes, free, fixed, isAuto }: Wanted,
	machine: () => Machine,
): { most: number; why: string | null } {
	const least = fixed + Math.min(1, free);
	if (processes === null) {
		// A machine is looked at only for what any would hardly bear.
		if (!isAuto && fixed + free <= FEW_PROCESSES) return { most: free, why: null };
		const here = machine();
		const most = Math.max(1, mostProcesses(here) - fixed);
		return most >= free ? { most: free, why: null } : { most, why: describeMachine(here) };
	}
	if (processes >= least && processes <= fixed + free)
		return { most: processes - fixed, why: null };
	throw new ConfigError(
		`Cannot run in ${processes} ${processes === 1 ? 'process' : 'processes'}: ` +
			(processes < least
				? `the scenario needs ${least} at least`
				: `there are ${free} actors to place and ${fixed} named hosts; give ${fixed + free} at most`),
	);
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
					`Cannot place "${name}" in host "${host}": no such actor; ${knownText(name, [...names])}`,
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
