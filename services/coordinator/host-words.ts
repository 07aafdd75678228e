import type { ActorPorts, Ready, RosterEntry } from '../../protocol/messages.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import type { Done, Failed, Grant } from '../../protocol/window-messages.ts';

/**
 * What hosts may say, and when. A word that does not fit changes nothing: it is refused and counted. All functions
 * return why a word is refused, or null.
 */

/** Who takes part so far. */
export interface Participants {
	readonly roster: readonly RosterEntry[];
	/** Hosts that have a place. */
	readonly joined: ReadonlySet<string>;
	/** Which of the processes that had the place of a host has it now. */
	seatOf(host: string): number;
	/** Hosts that are ready, with the ports of their actors. */
	readonly ready: ReadonlyMap<string, readonly ActorPorts[]>;
}

/** The same ready said again is none to refuse: the answer to the first was lost. */
export function readyRefusal(participants: Participants, word: Ready): string | null {
	const { roster, ready } = participants;
	const { host, actors } = word;
	const stranger = seatRefusal(participants, word);
	if (stranger !== null) return stranger;
	const before = ready.get(host);
	if (before !== undefined)
		return JSON.stringify(before) === JSON.stringify(actors) ? null : `"${host}" is ready already`;
	const own = actorsOf(roster, host);
	const names = actors.map(({ name }) => name);
	if (names.length === own.length && own.every((name) => names.includes(name))) return null;
	return `"${host}" has ${own.join(', ')}, not ${names.join(', ')}`;
}

/** A host that could not make its actors. */
export function unreadyRefusal(participants: Participants, failed: Failed): string | null {
	const { roster, ready } = participants;
	const { host } = failed;
	const stranger = seatRefusal(participants, failed);
	if (stranger !== null) return stranger;
	if (ready.has(host)) return `"${host}" is ready already`;
	return placeRefusal(roster, host, failed);
}

/** A process that had the place before may be heard late. */
function seatRefusal(
	{ joined, seatOf }: Participants,
	{ host, seat }: { readonly host: string; readonly seat?: number | undefined },
): string | null {
	if (!joined.has(host)) return `no host "${host}" has joined`;
	return seat === seatOf(host) ? null : `another process has the place "${host}" by now`;
}

/** The answer of `host` to a grant. */
export function windowRefusal(
	roster: readonly RosterEntry[],
	host: string,
	grant: Pick<Grant, 'attempt' | 'window'>,
	answer: Done | Failed,
): string | null {
	if (answer.type === 'failed') return placeRefusal(roster, host, answer);
	const stranger = hostRefusal(host, answer);
	if (stranger !== null) return stranger;
	const { attempt, window } = answer;
	if (attempt === grant.attempt && window === grant.window) return null;
	return `it is about window ${window} of attempt ${attempt}, not ${grant.window} of ${grant.attempt}`;
}

/** Any word that says of which host it is. */
export function hostRefusal(host: string, word: { readonly host: string }): string | null {
	return word.host === host ? null : `it is of host "${word.host}", not of "${host}"`;
}

/** A failure of `host` at any other time. */
export function placeRefusal(
	roster: readonly RosterEntry[],
	host: string,
	failed: Pick<Failed, 'host' | 'actor'>,
): string | null {
	const other = hostRefusal(host, failed);
	if (other !== null) return other;
	const { actor } = failed;
	// An actor may fail for what another sent; then it names the other, which is one of the run.
	if (actor === null || roster.some(({ name }) => name === actor)) return null;
	return `this run has no actor "${actor}"`;
}

/** How far a host says it is. */
export function reportRefusal(
	roster: readonly RosterEntry[],
	host: string,
	report: StatusReport,
): string | null {
	const other = hostRefusal(host, report);
	if (other !== null) return other;
	const own = actorsOf(roster, host);
	const stranger = report.actors.find(({ name }) => !own.includes(name));
	return stranger === undefined ? null : `"${host}" has no actor "${stranger.name}"`;
}

/** Names of the actors of a host, in the order of the roster. */
export function actorsOf(roster: readonly RosterEntry[], host: string): string[] {
	return roster.filter((entry) => entry.host === host).map(({ name }) => name);
}
